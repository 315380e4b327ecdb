/* SPDX-License-Identifier: MIT */

/* As many as the limits allow, within reason: nothing missed, nothing told twice. */

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "set.h"

enum {
	MOST = 2000,
	/* where each of them is looked at */
	MOST_LOOKED_AT = 200,
	FEWEST = 50,
	/* descriptors for other things */
	SPARE = 64,
	BATCH = 100,
};

struct crowd {
	struct ph_set *set;
	pid_t *pids;
	bool *seen;
	int count;
	/* they exit when nobody can write to it any more */
	int gate;
	/* how many descriptors there might be before */
	struct rlimit before;
};

static int affordable(struct rlimit *ret_before)
{
	int most = has_descriptors() ? MOST : MOST_LOOKED_AT;
	struct rlimit limit;

	if (is_slow())
		most = MOST_LOOKED_AT;
	must(getrlimit(RLIMIT_NOFILE, ret_before));
	limit = *ret_before;
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur < (rlim_t)(most + SPARE))
		most = limit.rlim_cur > SPARE ? (int)limit.rlim_cur - SPARE : 0;
	return most;
}

/* Return: its pid, or -1: that is all that there may be */
static pid_t start_one(int gate[2])
{
	pid_t pid = fork_mortal();
	char byte;

	if (pid != 0)
		return pid;
	(void)close(gate[1]);
	(void)!read(gate[0], &byte, 1);
	_exit(0);
}

static struct crowd crowd_start(void)
{
	struct crowd crowd = { .set = made() };
	int most = affordable(&crowd.before);
	int gate[2];

	must(pipe2(gate, O_CLOEXEC));
	crowd.pids = calloc((size_t)most + 1, sizeof(*crowd.pids));
	crowd.seen = calloc((size_t)most + 1, sizeof(*crowd.seen));
	ck_assert(crowd.pids && crowd.seen);
	for (; crowd.count < most; crowd.count++) {
		pid_t pid = start_one(gate);

		if (pid < 0)
			break;
		crowd.pids[crowd.count] = pid;
		(void)give(crowd.set, pid, &crowd.seen[crowd.count]);
	}
	must(close(gate[0]));
	crowd.gate = gate[1];
	ck_assert_int_eq(ph_set_count(crowd.set), crowd.count);
	return crowd;
}

/* Return: how many were told */
static int collect(struct crowd *crowd, int signo)
{
	struct ph_event events[BATCH];
	int count = ph_set_wait(crowd->set, -1, events, BATCH);

	ck_assert_int_ge(count, 1);
	for (int i = 0; i < count; i++) {
		bool *seen = events[i].data;

		ck_assert_int_eq(ph_pid(events[i].process), crowd->pids[seen - crowd->seen]);
		ck_assert(!*seen);
		*seen = true;
		if (signo)
			expect_record(&events[i].exit, PH_SIGNALED, signo, PH_HAS_USAGE);
		else
			expect_record(&events[i].exit, PH_EXITED, 0, PH_HAS_USAGE);
		(void)ph_unref(events[i].process);
	}
	return count;
}

static void crowd_end(struct crowd *crowd)
{
	expect_nobody(crowd->set, 0);
	ck_assert_int_eq(ph_set_count(crowd->set), 0);
	for (int i = 0; i < crowd->count; i++)
		ck_assert(crowd->seen[i]);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	if (crowd->gate >= 0)
		must(close(crowd->gate));
	crowd->set = ph_set_unref(crowd->set);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
	free(crowd->pids);
	free(crowd->seen);
	must(setrlimit(RLIMIT_NOFILE, &crowd->before));
	if (crowd->count < FEWEST)
		skip("no more than %d processes are allowed here", crowd->count);
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

/* The same in each run: a number that has no factor in common with the count. */
static int step_through(int count)
{
	int step = 7919;

	while (count > 0 && (count % step == 0 || step % count == 0))
		step += 2;
	return step;
}

static int common(int a, int b)
{
	return b == 0 ? a : common(b, a % b);
}

TEST(a_crowd_that_ends_in_any_order_is_told_completely)
{
	struct crowd crowd = crowd_start();
	int step = step_through(crowd.count);

	while (common(step, crowd.count) > 1)
		step++;
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
