/* SPDX-License-Identifier: MIT */

/* Owners of one thing: released at the end of the scope unless taken. */

#ifndef PH_BASE_CLEANUP_H
#define PH_BASE_CLEANUP_H

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alone.h"
#include "base/cancel.h"

/*
 * close(2) is where a thread may be cancelled: before it has closed anything. It
 * is that of libc all the same, which sanitizers watch.
 */
static inline void ph_close(int fd)
{
	const bool is_alone = ph_is_alone();
	const int state = is_alone ? 0 : ph_cancel_off();

	(void)close(fd);
	if (!is_alone)
		ph_cancel_restore(&state);
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
