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

/* -1: never; 0: at once, without a look at the clock; else milliseconds */
struct ph_deadline ph_deadline_after(int64_t timeout_ms);

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
