/* SPDX-License-Identifier: MIT */

/*
 * The processes that start programs: small ones, large ones, some with many
 * descriptors. Each is a child of the benchmark that does what it is told, so
 * that all of them can be measured in turn.
 */

#ifndef BENCH_PLACES_H
#define BENCH_PLACES_H

#include <stdbool.h>
#include <sys/types.h>

#include "starters.h"

enum place {
	PLACE_SMALL,
	PLACE_1_GB,
	PLACE_8_GB,
	PLACE_1000_FDS,
	PLACE_MANY_FDS,
	PLACE_MANY_REDIRECTED,
	PLACE_TWO_THREADS,
	PLACES,
};

struct place_row {
	const char *name;
	/* resident, beside what the benchmark has */
	long megabytes;
	/* open, in all */
	int descriptors;
	/* streams from pipes at the highest numbers */
	bool is_redirected;
	int threads;
};

extern const struct place_row places[PLACES];

struct worker {
	/* its end of the line; -1: there is none */
	int line;
	pid_t pid;
	/* it cannot be had here, and why; or NULL */
	const char *missing;
};

/* Return: false if it could not be made for a reason that is no lack of anything */
bool worker_start(enum place place, struct worker *ret_worker);

/* Return: wall-clock nanoseconds for one of @times, by each thread; or -1 */
double worker_time(const struct worker *worker, enum starter starter, int times);

void worker_stop(struct worker *worker);

#endif
