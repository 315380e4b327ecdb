/* SPDX-License-Identifier: MIT */

/* Facts about one process, and walks over many. */

#include <errno.h>
#include <string.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/cancel.h"
#include "base/sized.h"
#include "handle/facts.h"
#include "handle/list.h"
#include "handle/text.h"

/* A thread that is cancelled while it reads is not to take a descriptor along. */
static PH_COLD int info_slowly(struct ph_process *process, uint64_t want, struct ph_info *ret_info)
{
	PH_UNCANCELLED;
	struct ph_info info;
	int r;

	r = ph_facts_of(process, want, &info);
	if (r == 0)
		*ret_info = info;
	return r;
}

PH_EXPORT int ph_info_sized(struct ph_process *process, uint64_t want, struct ph_info *ret_info,
			    size_t size)
{
	struct ph_told told;
	int r;

	/* the struct has not grown yet: nobody knows less of it */
	if (!process || !ret_info || want == 0 || size < sizeof(*ret_info))
		return -EINVAL;
	if (PH_LIKELY(ph_facts_are_told(process, want, &told))) {
		memset(ret_info, 0, size);
		ph_facts_add(&told, want, ret_info);
		return 0;
	}
	r = info_slowly(process, want, ret_info);
	if (r == 0)
		memset(ret_info + 1, 0, size - sizeof(*ret_info));
	return r;
}

PH_EXPORT int ph_text(struct ph_process *process, int what, char *buffer, size_t size)
{
	PH_UNCANCELLED;

	if (!process || (!buffer && size > 0))
		return -EINVAL;
	return ph_text_of(process, what, buffer, size);
}

static int walk(const struct ph_filter *filter, size_t filter_size, struct ph_list *list)
{
	PH_UNCANCELLED;
	struct ph_filter ours;

	if (!filter)
		filter_size = 0;
	if (ph_sized_read(&ours, sizeof(ours), filter, filter_size) < 0)
		return -E2BIG;
	return ph_list_walk(&ours, list);
}

PH_EXPORT int ph_each_sized(const struct ph_filter *filter, size_t filter_size,
			    int (*callback)(struct ph_process *process, void *arg), void *arg)
{
	struct ph_list list = { .each = callback, .arg = arg };

	return callback ? walk(filter, filter_size, &list) : -EINVAL;
}

PH_EXPORT int ph_list_sized(const struct ph_filter *filter, size_t filter_size, uint64_t want,
			    int (*callback)(const struct ph_info *info, void *arg), void *arg)
{
	struct ph_list list = { .show = callback, .want = want | PH_INFO_PID, .arg = arg };

	return callback && want != 0 ? walk(filter, filter_size, &list) : -EINVAL;
}
