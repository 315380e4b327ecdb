/* SPDX-License-Identifier: MIT */

/* What time it was when a process started. */

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "proc/facts.h"

enum { SECOND = 1000000000 };

/* how often this comes between two readings, for ten seconds */
static int interruptions;
static int64_t slept_ns;

/* In the place of libc's. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	int64_t ns;

	must(syscall(SYS_clock_gettime, id, now));
	ns = (int64_t)now->tv_sec * SECOND + now->tv_nsec + slept_ns;
	now->tv_sec = ns / SECOND;
	now->tv_nsec = ns % SECOND;
	if (interruptions > 0) {
		interruptions--;
		slept_ns += INT64_C(10) * SECOND;
	}
	return 0;
}

/* Return: by how much it has changed */
static int64_t moved(int interrupted)
{
	struct ph_proc_clock before, after;
	int64_t by;

	interruptions = 0;
	before = ph_proc_clock_now();
	interruptions = interrupted;
	after = ph_proc_clock_now();
	by = ph_proc_start_ns(&after, 4711) - ph_proc_start_ns(&before, 4711);
	return by < 0 ? -by : by;
}

TEST(a_start_does_not_move_with_who_is_interrupted_while_he_asks)
{
	ck_assert_int_lt(moved(0), SECOND / 10);
	ck_assert_int_lt(moved(1), SECOND / 10);
	ck_assert_int_lt(moved(2), SECOND / 10);
	ck_assert_int_lt(moved(7), SECOND / 10);
}
