/* SPDX-License-Identifier: MIT */

/* As many as the limits allow, within reason: nothing missed, nothing told twice. */

#include <fcntl.h>
#include <signal.h>

#include "crowd.h"

enum {
	MOST = 1000,
	/* where each of them is looked at */
	MOST_LOOKED_AT = 200,
	FEWEST = 50,
	/* descriptors for other things */
	SPARE = 64,
};

/* how many descriptors there might be before */
static struct rlimit before;

static int affordable(void)
{
	int most = has_descriptors() ? MOST : MOST_LOOKED_AT;
	struct rlimit limit;

	if (is_slow())
		most = MOST_LOOKED_AT;
	must(getrlimit(RLIMIT_NOFILE, &before));
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur < (rlim_t)(most + SPARE))
		most = limit.rlim_cur > SPARE ? (int)limit.rlim_cur - SPARE : 0;
	return most;
}

/* It dies with the test, which holds the gate. Return: its pid, or -1: that is all that there may be */
static pid_t start_one(int gate[2])
{
	pid_t pid = fork();
	char byte;

	if (pid != 0)
		return pid;
	(void)close(gate[1]);
	(void)!read(gate[0], &byte, 1);
	_exit(0);
}

static struct crowd crowd_start(void)
{
	int most = affordable();
	struct crowd crowd = crowd_new(most);
	int gate[2];

	must(pipe2(gate, O_CLOEXEC));
	while (crowd.count < most) {
		pid_t pid = start_one(gate);

		if (pid < 0)
			break;
		crowd_add(&crowd, pid);
	}
	must(close(gate[0]));
	crowd.gate = gate[1];
	ck_assert_int_eq(ph_set_count(crowd.set), crowd.count);
	return crowd;
}

static void crowd_end(struct crowd *crowd)
{
	int count = crowd->count;

	crowd_is_told(crowd);
	if (crowd->gate >= 0)
		must(close(crowd->gate));
	must(setrlimit(RLIMIT_NOFILE, &before));
	if (count < FEWEST)
		skip("no more than %d processes are allowed here", count);
}

TEST(a_crowd_that_ends_together_is_told_one_by_one)
{
	struct crowd crowd = crowd_start();

	must(close(crowd.gate));
	crowd.gate = -1;
	for (int left = crowd.count; left > 0;)
		left -= collect(&crowd, 0);
	crowd_end(&crowd);
}

TEST(a_crowd_that_ends_in_any_order_is_told_completely)
{
	struct crowd crowd = crowd_start();
	int step = step_through(crowd.count);

	for (int i = 0; i < crowd.count; i++)
		must(kill(crowd.pids[(long)i * step % crowd.count], SIGTERM));
	for (int left = crowd.count; left > 0;)
		left -= collect(&crowd, SIGTERM);
	crowd_end(&crowd);
}

TEST(a_crowd_that_ends_three_at_a_time_is_told_three_at_a_time)
{
	struct crowd crowd = crowd_start();

	for (int i = 0; i < crowd.count;) {
		int some = crowd.count - i < 3 ? crowd.count - i : 3;

		for (int j = 0; j < some; j++)
			must(kill(crowd.pids[i + j], SIGKILL));
		i += some;
		while (some > 0)
			some -= collect(&crowd, SIGKILL);
		ck_assert_int_eq(some, 0);
		ck_assert_int_eq(ph_set_count(crowd.set), crowd.count - i);
	}
	crowd_end(&crowd);
}

TEST(a_crowd_is_removed_one_by_one)
{
	struct crowd crowd = crowd_start();
	struct ph_process *first = NULL;

	/* every other one, found by its number: a handle of its own */
	for (int i = 0; i < crowd.count; i++) {
		struct ph_process *process = found(crowd.pids[i]);

		ck_assert_int_eq(ph_set_remove(crowd.set, process), -ENOENT);
		ck_assert_int_eq(ph_set_add(crowd.set, process, NULL), 0);
		ck_assert_int_eq(ph_set_remove(crowd.set, process), 0);
		first = ph_unref(process);
	}
	ck_assert_ptr_null(first);
	must(close(crowd.gate));
	crowd.gate = -1;
	for (int left = crowd.count; left > 0;)
		left -= collect(&crowd, 0);
	crowd_end(&crowd);
}
