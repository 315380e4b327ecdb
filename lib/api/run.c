/* SPDX-License-Identifier: MIT */

/* Run a program to its end. */

#include <errno.h>
#include <stdlib.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/cancel.h"
#include "base/sized.h"
#include "handle/late.h"
#include "handle/run.h"
#include "state/metrics.h"

static void empty(struct ph_output *output)
{
	output->out = output->err = NULL;
	output->out_size = output->err_size = 0;
	output->exit = (struct ph_exit){ .how = PH_UNKNOWN };
	output->flags = 0;
}

/* A pipe whose other end the caller gets afterwards is one that nobody serves. */
static bool has_pipe(const struct ph_spawn_options *options)
{
	return options->in.kind == PH_STREAM_PIPE || options->out.kind == PH_STREAM_PIPE ||
	       options->err.kind == PH_STREAM_PIPE;
}

static bool is_sane(const struct ph_spawn_options *options, const struct ph_output *output)
{
	/* nobody would be there to let a traced one go on */
	if (has_pipe(options) || options->flags & PH_SPAWN_TRACED || output->timeout_ms < 0)
		return false;
	if (output->input)
		return options->in.kind == PH_STREAM_INHERIT;
	return output->input_size == 0;
}

static int refuse(const struct ph_spawn_options *options)
{
	if (options->failure)
		*options->failure = (struct ph_failure){ .err = -EINVAL, .step = PH_STEP_OPTIONS };
	ph_count(PH_METRIC_SPAWNS_FAILED_OPTIONS);
	return -EINVAL;
}

static void fill_in_defaults(struct ph_output *output)
{
	if (output->limit == 0)
		output->limit = PH_RUN_LIMIT;
	/* with room for a NUL, and for nothing to overflow */
	if (output->limit > PTRDIFF_MAX - 1)
		output->limit = PTRDIFF_MAX - 1;
	if (output->grace_ms == 0)
		output->grace_ms = PH_RUN_GRACE_MS;
	if (output->drain_ms == 0)
		output->drain_ms = PH_RUN_DRAIN_MS;
}

static void copy_answer(struct ph_output *output, const struct ph_output *answer)
{
	output->out = answer->out;
	output->out_size = answer->out_size;
	output->err = answer->err;
	output->err_size = answer->err_size;
	output->exit = answer->exit;
	output->flags = answer->flags;
}

PH_EXPORT int ph_run_sized(char *const argv[], const struct ph_spawn_options *options,
			   size_t options_size, struct ph_output *output, size_t output_size)
{
	struct ph_spawn_options our_options;
	struct ph_output ours;
	struct ph_cancel cancel;
	int r;

	/* the struct has not grown yet: nobody knows less of it */
	if (!output || output_size < sizeof(*output))
		return -EINVAL;
	empty(output);
	if (!options)
		options_size = 0;
	if (ph_sized_read(&ours, sizeof(ours), output, output_size) < 0 ||
	    ph_sized_read(&our_options, sizeof(our_options), options, options_size) < 0)
		return -E2BIG;
	if (!is_sane(&our_options, &ours))
		return refuse(&our_options);
	fill_in_defaults(&ours);

	cancel = ph_cancel_off();
	ph_late_look();
	r = ph_run_program(argv, &our_options, &ours, cancel.state);
	copy_answer(output, &ours);
	ph_cancel_restore(&cancel);
	return r;
}

PH_EXPORT void ph_output_clear_sized(struct ph_output *output, size_t size)
{
	if (!output || size < sizeof(*output))
		return;
	free(output->out);
	free(output->err);
	empty(output);
}
