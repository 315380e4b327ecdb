/* SPDX-License-Identifier: MIT */

/* Pipes whose other end is somebody else's. */

#ifndef PH_BASE_PIPE_H
#define PH_BASE_PIPE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Writes without the SIGPIPE that comes where nobody reads any more: it is
 * neither delivered nor left pending, and one of the caller's that is pending
 * stays so. Return: bytes written, or -errno
 */
ssize_t ph_write_quietly(int fd, const void *data, size_t size);

/* Return: bytes read, 0 at the end, or -errno; never -EINTR */
ssize_t ph_read_some(int fd, void *buffer, size_t size);

#endif
