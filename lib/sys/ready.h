/* SPDX-License-Identifier: MIT */

/* Descriptors that are watched at a cost that does not grow with their number. */

#ifndef PH_SYS_READY_H
#define PH_SYS_READY_H

#include <stdint.h>

/*
 * Return: a descriptor, close-on-exec, that is readable while one of those that
 * are watched is; -ENOTSUP if this system has no such thing; or -errno
 */
int ph_ready_new(void);

/* Tells once when @fd is readable, with @data. Return: 0, or -errno */
int ph_ready_add(int ready, int fd, uint64_t data);

/* Takes what is to be told, at most @max. Return: how many */
int ph_ready_take(int ready, uint64_t *ret_data, int max);

#endif
