/* SPDX-License-Identifier: MIT */

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* not in every libc of the years */
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif

int ph_open_to_read(int dirfd, const char *path)
{
	int fd;

	do
		fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

int ph_open_directory(int dirfd, const char *path)
{
	int fd;

	do
		fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* Return: how much there was before the end or the end of the room, or -errno */
static ssize_t fill(int fd, char *buffer, size_t room)
{
	size_t length = 0;

	while (length < room) {
		ssize_t n = read(fd, buffer + length, room - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	return (ssize_t)length;
}

ssize_t ph_read_file(int dirfd, const char *path, char *buffer, size_t size)
{
	PH_CLEANUP(ph_closep) int fd = ph_open_to_read(dirfd, path);
	ssize_t length;

	if (fd < 0)
		return fd;
	length = fill(fd, buffer, size - 1);
	if (length >= 0)
		buffer[length] = '\0';
	return length;
}

int ph_read_whole(int dirfd, const char *path, char **ret_text)
{
	PH_CLEANUP(ph_closep) int fd = ph_open_to_read(dirfd, path);
	PH_CLEANUP(ph_freep) char *text = NULL;
	size_t length = 0, size = 2048;
	ssize_t n;

	if (fd < 0)
		return fd;
	for (;;) {
		char *longer = realloc(text, size);

		if (!longer)
			return -ENOMEM;
		text = longer;
		n = fill(fd, text + length, size - 1 - length);
		if (n < 0)
			return (int)n;
		length += (size_t)n;
		if (length < size - 1)
			break;
		size *= 2;
	}
	text[length] = '\0';
	*ret_text = text;
	text = NULL;
	return 0;
}

/* without the libc function, which not every musl has */
static int rename_anew(int dirfd, const char *path, const char *name)
{
#ifdef SYS_renameat2
	return syscall(SYS_renameat2, dirfd, path, dirfd, name, RENAME_NOREPLACE) < 0 ? -errno : 0;
#else
	(void)dirfd;
	(void)path;
	(void)name;
	return -ENOSYS;
#endif
}

int ph_name_anew(int dirfd, const char *path, const char *name)
{
	int r = rename_anew(dirfd, path, name);

	if (r != -EINVAL && r != -ENOSYS && r != -EPERM)
		return r;
	return linkat(dirfd, path, dirfd, name, 0) < 0 ? -errno : 1;
}
