/* SPDX-License-Identifier: MIT */

#include "base/deadline.h"

#include <limits.h>
#include <time.h>

enum { NS_PER_MS = 1000 * 1000 };

static int64_t now_ns(void)
{
	struct timespec now;

	/* cannot fail with this clock and a valid pointer */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

struct ph_deadline ph_deadline_by_clock(int64_t timeout_ms)
{
	int64_t span;
	int64_t at;

	/* longer than the clock can count is for ever */
	if (__builtin_mul_overflow(timeout_ms, NS_PER_MS, &span) ||
	    __builtin_add_overflow(now_ns(), span, &at))
		at = INT64_MAX;
	return (struct ph_deadline){ .at = at };
}

int ph_deadline_left_ms(struct ph_deadline deadline)
{
	int64_t left;

	if (deadline.at == INT64_MAX)
		return -1;
	if (deadline.at == 0)
		return 0;

	left = deadline.at - now_ns();
	if (left <= 0)
		return 0;
	left = (left - 1) / NS_PER_MS + 1;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int ph_deadline_left_ms_at_most(struct ph_deadline deadline, int most)
{
	int left = ph_deadline_left_ms(deadline);

	return left < 0 || left > most ? most : left;
}
