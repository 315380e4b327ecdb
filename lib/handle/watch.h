/* SPDX-License-Identifier: MIT */

/*
 * Sleeping until one of many descriptors is readable, or a single other one,
 * which has its own meaning. One that is watched alone needs no descriptor more.
 */

#ifndef PH_HANDLE_WATCH_H
#define PH_HANDLE_WATCH_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

enum { PH_WATCH_APART, PH_WATCH_MANY, PH_WATCH_EVENTS };

struct ph_watch {
	struct pollfd events[PH_WATCH_EVENTS];
	/* of the one that is watched alone */
	uint64_t data;
	/* of many: see sys/ready.h; -1: there is one, or none */
	int ready;
};

/* @apart: the single other one, or -1 */
void ph_watch_begin(struct ph_watch *watch, int apart);

void ph_watch_end(struct ph_watch *watch);

/*
 * Tells once when @fd is readable, with @data. Return: 0, or -errno: it cannot
 * be watched, or is watched with other data
 */
int ph_watch_add(struct ph_watch *watch, int fd, uint64_t data);

/*
 * Sleeps until there is something to tell, a signal is handled or @timeout_ms
 * has passed (-1: never). Meanwhile the thread may be cancelled, as
 * @cancel_state says, and then @abandon is called with @arg. Return: 0, or -errno
 */
int ph_watch_sleep(struct ph_watch *watch, int timeout_ms, int cancel_state,
		   void (*abandon)(void *arg), void *arg);

/* Takes what the sleep has to tell, at most @max. Return: how many */
int ph_watch_take(struct ph_watch *watch, uint64_t *ret_data, int max);

/* Was the single other one readable? It is not watched any longer then. */
bool ph_watch_took_apart(struct ph_watch *watch);

#endif
