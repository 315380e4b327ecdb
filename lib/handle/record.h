/* SPDX-License-Identifier: MIT */

/*
 * How the process ended, told once and the same to everybody for ever.
 *
 * Any number of threads may find it out at once. The first to publish decides,
 * with one compare-and-swap; the others take what stands there. Nobody waits
 * for anybody, so a fork in the middle leaves no lock behind.
 */

#ifndef PH_HANDLE_RECORD_H
#define PH_HANDLE_RECORD_H

#include "handle/process.h"

/* one word: 8 bits how, 24 bits value, 31 bits flags, 1 bit "there is one" */
enum {
	PH_RECORD_VALUE_SHIFT = 8,
	PH_RECORD_FLAGS_SHIFT = 32,
};

#define PH_RECORD_IS_THERE (UINT64_C(1) << 63)

static inline uint64_t ph_record_pack(int how, int value, unsigned flags)
{
	return PH_RECORD_IS_THERE | (uint64_t)flags << PH_RECORD_FLAGS_SHIFT |
	       (uint64_t)(unsigned)value << PH_RECORD_VALUE_SHIFT | (uint64_t)(unsigned)how;
}

static inline bool ph_record_is_there(const struct ph_process *process)
{
	return atomic_load_explicit(&process->record, memory_order_acquire) & PH_RECORD_IS_THERE;
}

/* Return: true if there is a record, and then it is in *ret_exit */
bool ph_record_read(const struct ph_process *process, struct ph_exit *ret_exit);

/* By somebody who looked at the child before it was reaped: with usage. */
void ph_record_own(struct ph_process *process, const struct ph_status *status);

/*
 * By somebody who has looked and reaped in one call, while nobody else uses the
 * handle: nobody can have been before, and nobody looks yet.
 */
static inline void ph_record_sole(struct ph_process *process, const struct ph_status *status,
				  struct ph_exit *ret_exit)
{
	unsigned flags = status->flags | PH_HAS_USAGE;

	atomic_store_explicit(&process->user_us, status->user_us + 1, memory_order_relaxed);
	atomic_store_explicit(&process->sys_us, status->sys_us + 1, memory_order_relaxed);
	atomic_store_explicit(&process->maxrss_kb, status->maxrss_kb + 1, memory_order_relaxed);
	atomic_store_explicit(&process->record, ph_record_pack(status->how, status->value, flags),
			      memory_order_release);
	ph_count(PH_METRIC_EXITS_OWN);
	*ret_exit = (struct ph_exit){
		.how = status->how,
		.value = status->value,
		.flags = flags,
		.user_us = status->user_us,
		.sys_us = status->sys_us,
		.maxrss_kb = status->maxrss_kb,
	};
}

/* PH_STOLEN if it was seen to be a child, else PH_FOREIGN */
unsigned ph_record_others_flag(const struct ph_process *process);

/*
 * By somebody who learnt of the end in another way. @status NULL: how it ended
 * cannot be known. @flags: PH_FOREIGN or PH_STOLEN.
 */
void ph_record_others(struct ph_process *process, const struct ph_status *status, unsigned flags);

#endif
