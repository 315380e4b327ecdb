/* SPDX-License-Identifier: MIT */

/*
 * Descriptors that are watched together, and each told once: what has been
 * taken is silent until it is armed again. -errno, never errno.
 */

#ifndef PH_SYS_READY_H
#define PH_SYS_READY_H

#include <stdbool.h>
#include <stdint.h>

/* says what it is, to who has armed it */
union ph_ready_what {
	void *pointer;
	uint64_t number;
};

struct ph_ready {
	union ph_ready_what what;
	/* POLLHUP, too */
	bool has_hung_up;
};

/* as many as are taken at once */
enum { PH_READY_BATCH = 128 };

/* Return: a descriptor, close-on-exec, -ENOTSUP there is no such thing, or -errno */
int ph_ready_new(void);

/* Watches a descriptor. Return: 0, -EEXIST it is watched, -ENOSPC, -ENOMEM, … */
int ph_ready_add(int epoll, int fd, union ph_ready_what what);

/* The same, or arms it again, with what it is now. */
int ph_ready_arm(int epoll, int fd, union ph_ready_what what);

void ph_ready_remove(int epoll, int fd);

/*
 * A descriptor that is ready for ever, and watched by @epoll with 0 for what
 * it is: nobody sleeps on that until it is closed. Return: it, or -errno
 */
int ph_ready_keep_awake(int epoll);

/*
 * Takes up to @max, PH_READY_BATCH at most, that are ready; does not sleep.
 * Return: how many, or -errno
 */
int ph_ready_take(int epoll, struct ph_ready *ready, int max);

/*
 * Sleeps until something is ready, which is left there.
 * Return: 0, -EINTR, or -EMFILE the limit on descriptors is 0
 */
int ph_ready_sleep(int epoll, int timeout_ms);

#endif
