/* SPDX-License-Identifier: MIT */

/* Processes that are watched together. */

#ifndef PH_HANDLE_SET_H
#define PH_HANDLE_SET_H

#include "base/deadline.h"
#include "handle/process.h"
#include "handle/set_table.h"

struct ph_set {
	_Atomic unsigned references;
	/* the process that made it: in a forked child it is the parent's */
	uint64_t home;
	/* watches the descriptors; -1: there is no such thing here */
	int epoll;
	/* keeps waiters from sleeping on it while there are some to look at */
	int awake;
	/* how many have no descriptor, and are looked at */
	_Atomic size_t looked_at;
	/* a waiter had no room for all that had ended */
	_Atomic bool has_more;
	/* held across calls that do not sleep */
	pthread_mutex_t lock;
	struct ph_set_table table;
};

/* Return: as ph_set_new() */
int ph_set_make(struct ph_set **ret_set);

/* The last reference is gone. */
void ph_set_free(struct ph_set *set);

/* Return: as ph_set_add() */
int ph_set_watch(struct ph_set *set, struct ph_process *process, void *data);

/* Return: as ph_set_remove() */
int ph_set_unwatch(struct ph_set *set, struct ph_process *process);

/* Return: as ph_set_wait() */
int ph_set_await(struct ph_set *set, struct ph_deadline deadline, struct ph_event *events, int max);

/* Return: as ph_set_count() */
int ph_set_size(struct ph_set *set);

/* Return: as ph_set_fd() */
int ph_set_pollable(const struct ph_set *set);

#endif
