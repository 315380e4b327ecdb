/* SPDX-License-Identifier: MIT */

/*
 * Descriptors that are watched together, and each told once: what has been
 * taken is silent until it is armed again. -errno, never errno.
 */

#ifndef PH_SYS_WATCH_H
#define PH_SYS_WATCH_H

#include <stdbool.h>

struct ph_ready {
	/* what was said when it was armed */
	void *what;
	/* POLLHUP, too */
	bool has_hung_up;
};

/* as many as are taken at once */
enum { PH_WATCH_BATCH = 128 };

/* Return: a descriptor, close-on-exec, -ENOTSUP there is no such thing, or -errno */
int ph_epoll_new(void);

/* Watches a descriptor, or arms it again. Return: 0, -ENOSPC, -ENOMEM, … */
int ph_epoll_arm(int epoll, int fd, void *what);

void ph_epoll_remove(int epoll, int fd);

/*
 * A descriptor that is ready for ever, and watched by @epoll with NULL for what
 * it is: nobody sleeps on that until it is closed. Return: it, or -errno
 */
int ph_epoll_keep_awake(int epoll);

/*
 * Takes up to @max, PH_WATCH_BATCH at most, that are ready; does not sleep.
 * Return: how many, or -errno
 */
int ph_epoll_take(int epoll, struct ph_ready *ready, int max);

/*
 * Sleeps until something is ready, which is left there.
 * Return: 0, -EINTR, or -EMFILE the limit on descriptors is 0
 */
int ph_epoll_sleep(int epoll, int timeout_ms);

#endif
