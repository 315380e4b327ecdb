/* SPDX-License-Identifier: MIT */

/* Starts and ends, as they happen. */

#ifndef PH_CLI_WATCH_H
#define PH_CLI_WATCH_H

#include "base/deadline.h"
#include "match.h"
#include "targets.h"

enum watch_event { WATCH_RUNNING, WATCH_START, WATCH_EXIT };

/** struct watched - one that runs, or whose end is not told yet */
struct watched {
	struct target target;
	bool has_ended;
	struct ph_exit how;
	/** until when its parent may reap it, so that its status is known */
	struct ph_deadline reap;
};

/** struct watch_pattern - whom to look for again and again */
struct watch_pattern {
	const char *selector;
	struct match match;
};

struct watch {
	struct call *call;
	struct watch_pattern *patterns;
	size_t pattern_count;
	int64_t interval_ms;
	/** called for each event; a status other than STATUS_OK counts at the end */
	int (*happened)(struct watch *watch, enum watch_event event, const struct watched *who);
	/** set by that: it is enough */
	bool is_enough;
	int worst;

	/* The watch's own: */

	struct ph_set *set;
	/** pointers, for the set keeps them while the array moves */
	struct watched **all;
	size_t count;
	size_t room;
	bool has_scanned;
};

/* Return: 0, or a negative errno value */
int watch_begin(struct watch *watch);

/* One that was named by itself. Takes the target. Return: 0, or a negative errno value */
int watch_add(struct watch *watch, struct target *target, enum watch_event event);

/*
 * Until it is enough, or there is nobody to wait for.
 * Return: 0, -ETIMEDOUT the time was up, or another negative errno value
 */
int watch_run(struct watch *watch, int64_t timeout_ms);

void watch_end(struct watch *watch);

#endif
