/* SPDX-License-Identifier: MIT */

/* Children that nobody holds any more, and that are to be reaped all the same. */

#ifndef PH_HANDLE_LATE_H
#define PH_HANDLE_LATE_H

#include <stdatomic.h>

#include "handle/record.h"

extern _Atomic int ph_late_count;

void ph_late_look_slowly(void);

/* Reaps some of those that have ended, if there are any. */
static inline void ph_late_look(void)
{
	if (!PH_LIKELY(atomic_load_explicit(&ph_late_count, memory_order_relaxed) == 0))
		ph_late_look_slowly();
}

/* The last reference to a child is gone, and how it ended is not known. */
void ph_late_release(struct ph_process *process);

/* Gives a reference back. */
static inline void ph_process_unref(struct ph_process *process)
{
	/* what other threads did with it comes before the end of it */
	if (atomic_fetch_sub_explicit(&process->references, 1, memory_order_acq_rel) != 1)
		return;
	if (process->is_made) {
		ph_late_look();
		if (!ph_record_is_there(process)) {
			ph_late_release(process);
			return;
		}
	}
	ph_process_free(process);
}

#endif
