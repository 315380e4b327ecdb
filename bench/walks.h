/* SPDX-License-Identifier: MIT */

/* Walks over processes: an operation is one more process. */

#ifndef BENCH_WALKS_H
#define BENCH_WALKS_H

#include "operations.h"

enum walk {
	WALK_FULL,
	WALK_IDS,
	WALK_LIGHT,
	WALK_NUMBERS,
	WALK_EACH,
	WALKS,
};

extern const struct operation walks[WALKS];

/*
 * Runs @body as the first process of a pid namespace with @crowd others in it,
 * small programs that sleep, so that every run meets the same ones. Return: what @body returned, or
 * -ENOTSUP there are no namespaces to be had here, or -errno
 */
int in_a_crowd(int crowd, int (*body)(void *arg), void *arg);

#endif
