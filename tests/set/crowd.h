/* SPDX-License-Identifier: MIT */

/* A crowd of children in one set, each of which is to be told once. */

#ifndef CROWD_H
#define CROWD_H

#include <sys/wait.h>

#include "set.h"

enum { BATCH = 100 };

struct crowd {
	struct ph_set *set;
	pid_t *pids;
	bool *seen;
	int count;
	/* they exit when nobody can write to it any more */
	int gate;
};

static inline struct crowd crowd_new(int most)
{
	struct crowd crowd = { .set = made(), .gate = -1 };

	crowd.pids = calloc((size_t)most + 1, sizeof(*crowd.pids));
	crowd.seen = calloc((size_t)most + 1, sizeof(*crowd.seen));
	ck_assert(crowd.pids && crowd.seen);
	return crowd;
}

static inline void crowd_add(struct crowd *crowd, pid_t pid)
{
	crowd->pids[crowd->count] = pid;
	(void)give(crowd->set, pid, &crowd->seen[crowd->count]);
	crowd->count++;
}

/* Return: how many were told */
static inline int collect(struct crowd *crowd, int signo)
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

static inline void crowd_is_told(struct crowd *crowd)
{
	expect_nobody(crowd->set, 0);
	ck_assert_int_eq(ph_set_count(crowd->set), 0);
	for (int i = 0; i < crowd->count; i++)
		ck_assert(crowd->seen[i]);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	crowd->set = ph_set_unref(crowd->set);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
	free(crowd->pids);
	free(crowd->seen);
}

static inline int common(int a, int b)
{
	return b == 0 ? a : common(b, a % b);
}

/* The same order in each run: a number that has no factor in common with the count. */
static inline int step_through(int count)
{
	int step = 7919;

	while (common(step, count) > 1)
		step++;
	return step;
}

#endif
