/* SPDX-License-Identifier: MIT */

/* Those that can wait for many children: the library, others, and the floor. */

#ifndef BENCH_WATCHERS_H
#define BENCH_WATCHERS_H

#include <stdbool.h>
#include <sys/types.h>

enum watcher {
	WATCH_FLOOR,
	WATCH_LIBRARY,
	WATCH_SD_EVENT,
	WATCH_GLIB,
	WATCH_LIBUV,
	WATCHERS,
};

struct watcher_row {
	const char *name;
	/* how it starts children itself, and watches them: NULL, any will do */
	bool (*start)(pid_t *pids, int count);
	/* NULL: not built */
	bool (*watch)(const pid_t *pids, int count);
	/* returns when that many more ends have been seen */
	bool (*collect)(int count);
};

extern const struct watcher_row watchers[WATCHERS];

/* What the library takes for each of those that it watches, handles aside, at its worst. */
double watchers_bytes(void);

/* Ends that are taken from a set at once: to be counted. */
enum { ENDS_AT_ONCE = 64 };

bool ends_by_floor(void);
bool ends_by_library(void);

#endif
