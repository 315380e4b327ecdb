/* SPDX-License-Identifier: MIT */

/* Owners of one thing: released at the end of the scope unless taken. */

#ifndef PH_BASE_CLEANUP_H
#define PH_BASE_CLEANUP_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attrs.h"

/* Negative values are ignored: "none" and a negative errno value alike. */
static inline void ph_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
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
