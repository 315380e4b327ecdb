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

#endif
