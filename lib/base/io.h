/* SPDX-License-Identifier: MIT */

/* Small files, read whole, and put in their place. */

#ifndef PH_BASE_IO_H
#define PH_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Return: a descriptor, close-on-exec, or -errno of open */
int ph_open_to_read(int dirfd, const char *path);

/* The same for a directory, which is no link. */
int ph_open_directory(int dirfd, const char *path);

/*
 * Reads the file @path below @dirfd (or AT_FDCWD) into @buffer and ends it with
 * a NUL; what does not fit is left out. Return: bytes read, or -errno of open
 * or read.
 */
ssize_t ph_read_file(int dirfd, const char *path, char *buffer, size_t size);

/*
 * Reads all of it, however long. The text ends with a NUL and is the caller's to
 * free. Return: 0, or -errno of open or read, or -ENOMEM
 */
int ph_read_whole(int dirfd, const char *path, char **ret_text);

/*
 * Gives a file a name that nobody has. Return: 0 instead of the one it had, 1 it
 * has both, for the file system cannot do it in one step, -EEXIST, or -errno
 */
int ph_name_anew(int dirfd, const char *path, const char *name);

#endif
