/* SPDX-License-Identifier: MIT */

/* Has this process one thread only? */

#ifndef PH_BASE_ALONE_H
#define PH_BASE_ALONE_H

#include <stdbool.h>

/* glibc 2.32 and later */
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

/* What libc knows of: a thread that was not made by it is to be looked for elsewhere. */
static inline bool ph_is_alone(void)
{
#if __has_include(<sys/single_threaded.h>)
	return __libc_single_threaded;
#else
	return false;
#endif
}

#endif
