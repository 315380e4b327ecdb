/* SPDX-License-Identifier: MIT */

/* The ways to start a program and to wait for its end. */

#ifndef BENCH_STARTERS_H
#define BENCH_STARTERS_H

#include <stdbool.h>

enum starter {
	START_FLOOR,
	START_LIBRARY,
	START_POSIX_SPAWN,
	START_PIDFD_SPAWN,
	START_LIBUV,
	START_GLIB,
	START_FORK,
	STARTERS,
};

struct starter_row {
	const char *name;
	/* @streams: 0 to 2 of the child, or NULL. Return: true if it exited with 0 */
	bool (*once)(const int *streams);
	/* false: it cannot redirect */
	bool has_streams;
};

/* once is NULL for what was not there when this was built */
extern const struct starter_row starters[STARTERS];

#endif
