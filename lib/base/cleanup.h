/* SPDX-License-Identifier: MIT */

/* Owners of one thing: released at the end of the scope unless taken. */

#ifndef PH_BASE_CLEANUP_H
#define PH_BASE_CLEANUP_H

#include <dirent.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include "base/cancel.h"

/* close(2) of libc is where a thread may be cancelled: before it has closed anything. */
static inline void ph_close(int fd)
{
#ifdef SYS_close
	(void)syscall(SYS_close, fd);
#else
	PH_UNCANCELLED;

	(void)close(fd);
#endif
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
