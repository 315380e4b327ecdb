/* SPDX-License-Identifier: MIT */

/* Deadlines: computed once, rounded up, and never past the end of the clock. */

#include <limits.h>

#include "base/deadline.h"
#include "harness.h"

TEST(minus_one_is_for_ever)
{
	struct ph_deadline deadline = ph_deadline_after(-1);

	ck_assert(ph_deadline_is_never(deadline));
	ck_assert_int_eq(ph_deadline_left_ms(deadline), -1);
	ck_assert_int_eq(ph_deadline_left_ms_at_most(deadline, 50), 50);
}

TEST(zero_has_passed)
{
	struct ph_deadline deadline = ph_deadline_after(0);

	ck_assert(!ph_deadline_is_never(deadline));
	ck_assert_int_eq(ph_deadline_left_ms(deadline), 0);
	ck_assert_int_eq(ph_deadline_left_ms_at_most(deadline, 50), 0);
}

TEST(what_is_left_is_rounded_up)
{
	struct ph_deadline now = ph_deadline_after(1000 * 1000);
	int left = ph_deadline_left_ms(now);

	ck_assert_int_gt(left, 900 * 1000);
	ck_assert_int_le(left, 1000 * 1000);
	/* one nanosecond is a millisecond to sleep */
	now.at = ph_deadline_after(60 * 1000).at;
	ck_assert_int_ge(ph_deadline_left_ms(now), 1);
}

TEST(a_moment_in_the_past_has_passed)
{
	ck_assert_int_eq(ph_deadline_left_ms((struct ph_deadline){ .at = 1 }), 0);
	ck_assert_int_eq(ph_deadline_left_ms((struct ph_deadline){ .at = -1 }), 0);
}

TEST(longer_than_poll_can_count_is_cut)
{
	struct ph_deadline deadline = ph_deadline_after((int64_t)INT_MAX * 1000);

	ck_assert(!ph_deadline_is_never(deadline));
	ck_assert_int_eq(ph_deadline_left_ms(deadline), INT_MAX);
	ck_assert_int_eq(ph_deadline_left_ms_at_most(deadline, 7), 7);
}

TEST(longer_than_the_clock_can_count_is_for_ever)
{
	ck_assert(ph_deadline_is_never(ph_deadline_after(INT64_MAX)));
	ck_assert(ph_deadline_is_never(ph_deadline_after(INT64_MAX / 1000000)));
	ck_assert(ph_deadline_is_never(ph_deadline_after(INT64_MAX / 1000000 + 1)));
}
