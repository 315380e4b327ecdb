/* SPDX-License-Identifier: MIT */

/*
 * Pid files with times that no clock has shown. Not every file system keeps
 * them, so they do not come from one.
 */

#include <limits.h>

#include "../pidfile/pidfile.h"
#include "handle/pidfile.h"

/* The file of a child without identity or lock, and what its time makes of it. */
static void expect_verdict(int64_t written, int64_t changed, int expected)
{
	struct place place = place_make();
	struct child child = child_start();
	struct ph_process *process = NULL;
	struct ph_pidfile file = PH_PIDFILE_NONE;

	put_pid(place.path, child.pid);
	ck_assert_int_eq(ph_pidfile_begin(&file, place.path), 0);
	ck_assert_int_eq(ph_pidfile_open(&file), 0);
	ck_assert_int_eq(ph_pidfile_read(&file), 0);
	file.stat.st_mtim = (struct timespec){ .tv_sec = (time_t)written };
	file.stat.st_ctim = (struct timespec){ .tv_sec = (time_t)changed };
	ck_assert_int_eq(ph_pidfile_find(&file, &process), expected);
	process = ph_unref(process);
	ph_pidfile_closep(&file);
	child_end(&child);
	place_end(&place);
}

static const int64_t ends[] = {
	INT64_MAX,
	INT64_MAX - 1,
	INT64_MAX / 1000 + 1000,
	INT64_MAX / 1000,
	/* the year 2500 */
	16725225600,
};

enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

static void need_large_times(void)
{
	if (sizeof(time_t) < sizeof(int64_t))
		skip("no such times here");
}

TEST(a_file_from_long_before_the_boot_is_stale_however_long)
{
	need_large_times();
	for (int i = 0; i < ENDS; i++)
		expect_verdict(-ends[i], -ends[i], -ESTALE);
	expect_verdict(INT64_MIN, INT64_MIN, -ESTALE);
}

TEST(a_file_from_the_future_is_accepted_however_far)
{
	need_large_times();
	for (int i = 0; i < ENDS; i++)
		expect_verdict(ends[i], ends[i], PH_UNVERIFIED);
}

/* utimensat(2) sets the one time to anything, and the other to that of the clock. */
TEST(a_file_whose_time_was_set_to_the_future_is_as_old_as_it_is)
{
	struct timespec now;

	need_large_times();
	must(clock_gettime(CLOCK_REALTIME, &now));
	for (int i = 0; i < ENDS; i++) {
		expect_verdict(ends[i], now.tv_sec - 5,
			       has(PH_FEATURE_PROC) ? -ESTALE : PH_UNVERIFIED);
		expect_verdict(ends[i], now.tv_sec + 5, PH_UNVERIFIED);
	}
}
