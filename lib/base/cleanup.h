/* SPDX-License-Identifier: MIT */

/* Owners of one thing: released at the end of the scope unless taken. */

#ifndef PH_BASE_CLEANUP_H
#define PH_BASE_CLEANUP_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alone.h"
#include "base/cancel.h"

/* Where nobody is to cancel the thread, libc does not look for that. */
void ph_close_uncancelled(int fd);

/*
 * close(2) is where a thread may be cancelled: before it has closed anything. It
 * is that of libc all the same, which sanitizers watch.
 */
static inline void ph_close(int fd)
{
	if (PH_LIKELY(ph_is_alone()))
		(void)close(fd);
	else
		ph_close_uncancelled(fd);
}

/* Negative values are ignored: "none" and a negative errno value alike. */
static inline void ph_closep(const int *fd)
{
	if (*fd >= 0)
		ph_close(*fd);
}

static inline void ph_freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void ph_closedirp(DIR *const *directory)
{
	if (*directory)
		(void)closedir(*directory);
}

static inline int ph_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
