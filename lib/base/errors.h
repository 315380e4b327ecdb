/* SPDX-License-Identifier: MIT */

/* Kinds of errno values. */

#ifndef PH_BASE_ERRORS_H
#define PH_BASE_ERRORS_H

#include <errno.h>
#include <stdbool.h>

/* Something has run out: it says nothing about what was asked. */
static inline bool ph_is_a_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* A security module says EACCES where the kernel itself says EPERM. */
static inline int ph_refusal(int error)
{
	return error == -EACCES ? -EPERM : error;
}

/*
 * A call that cannot be wrong, and that was there, is refused now: a sandbox was
 * closed after it had been tried. Filters have many ways to say so.
 */
static inline bool ph_is_refused(int error)
{
	return error == -EPERM || error == -EACCES || error == -ENOSYS || error == -EINVAL;
}

#endif
