/* SPDX-License-Identifier: MIT */

/* Start a program. */

#include <errno.h>
#include <stddef.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/sized.h"
#include "handle/late.h"
#include "handle/spawn.h"
#include "state/metrics.h"

static const char *const texts[] = {
#define STEP(id, text) [PH_STEP_##id] = text,
#include "state/steps.def"
#undef STEP
};

static int refuse(const struct ph_spawn_options *options, size_t size, int error)
{
	size_t known = offsetof(struct ph_spawn_options, failure) + sizeof(options->failure);

	if (options && size >= known && options->failure)
		*options->failure = (struct ph_failure){ .err = error, .step = PH_STEP_OPTIONS };
	ph_count(PH_METRIC_SPAWNS_FAILED_OPTIONS);
	return error;
}

static __attribute__((__noinline__)) int spawn_with(char *const argv[],
						    const struct ph_spawn_options *options,
						    size_t size, struct ph_process **ret_process)
{
	struct ph_spawn_options ours;
	int r;

	if (size != sizeof(ours)) {
		r = ph_sized_read(&ours, sizeof(ours), options, size);
		if (r < 0)
			return refuse(options, size, r);
		options = &ours;
	}
	return ph_backend_spawn(argv, options, ret_process);
}

PH_EXPORT int ph_spawn_sized(char *const argv[], const struct ph_spawn_options *options,
			     size_t size, struct ph_process **ret_process)
{
	if (!ret_process)
		return refuse(options, size, -EINVAL);
	*ret_process = NULL;
	ph_late_look();
	if (!options || size == 0)
		return ph_spawn_usually(argv, ret_process);
	return spawn_with(argv, options, size, ret_process);
}

PH_EXPORT const char *ph_step_text(int step)
{
	if (step <= 0 || step >= (int)(sizeof(texts) / sizeof(texts[0])))
		return "unknown step";
	return texts[step];
}
