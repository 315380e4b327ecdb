/* SPDX-License-Identifier: MIT */

/* A moment on the monotonic clock, computed once and asked how far it is. */

#ifndef PH_BASE_DEADLINE_H
#define PH_BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct ph_deadline {
	/* nanoseconds on CLOCK_MONOTONIC; INT64_MAX: never; 0: has passed */
	int64_t at;
};

/* @timeout_ms: more than 0 */
struct ph_deadline ph_deadline_by_clock(int64_t timeout_ms);

/* -1: never; 0: at once, without a look at the clock; else milliseconds */
static inline struct ph_deadline ph_deadline_after(int64_t timeout_ms)
{
	if (timeout_ms > 0)
		return ph_deadline_by_clock(timeout_ms);
	return (struct ph_deadline){ .at = timeout_ms < 0 ? INT64_MAX : 0 };
}

static inline bool ph_deadline_is_never(struct ph_deadline deadline)
{
	return deadline.at == INT64_MAX;
}

/*
 * Milliseconds left, rounded up so that a sleep of that length reaches the
 * deadline, as poll(2) takes them: -1 never, 0 passed, at most INT_MAX.
 */
int ph_deadline_left_ms(struct ph_deadline deadline);

/* The same, but not more than @most milliseconds. */
int ph_deadline_left_ms_at_most(struct ph_deadline deadline, int most);

#endif
