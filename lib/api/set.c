/* SPDX-License-Identifier: MIT */

/* Wait for thousands of processes at once. */

#include <errno.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "handle/late.h"
#include "handle/set.h"

PH_EXPORT int ph_set_new(struct ph_set **ret_set)
{
	if (!ret_set)
		return -EINVAL;
	*ret_set = NULL;
	return ph_set_make(ret_set);
}

PH_EXPORT int ph_set_add(struct ph_set *set, struct ph_process *process, void *data)
{
	return set && process ? ph_set_watch(set, process, data) : -EINVAL;
}

PH_EXPORT int ph_set_remove(struct ph_set *set, struct ph_process *process)
{
	return set && process ? ph_set_unwatch(set, process) : -EINVAL;
}

PH_EXPORT int ph_set_wait(struct ph_set *set, int64_t timeout_ms, struct ph_event *events, int max)
{
	if (!set || timeout_ms < -1 || !events || max <= 0)
		return -EINVAL;
	ph_late_look();
	return ph_set_await(set, ph_deadline_after(timeout_ms), events, max);
}

PH_EXPORT int ph_set_count(struct ph_set *set)
{
	return set ? ph_set_size(set) : -EINVAL;
}

PH_EXPORT int ph_set_fd(const struct ph_set *set)
{
	return set ? ph_set_pollable(set) : -EINVAL;
}

PH_EXPORT struct ph_set *ph_set_ref(struct ph_set *set)
{
	if (set)
		atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
	return set;
}

PH_EXPORT struct ph_set *ph_set_unref(struct ph_set *set)
{
	/* what other threads did with it comes before the end of it */
	if (set && atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) == 1)
		ph_set_free(set);
	return NULL;
}
