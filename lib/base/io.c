/* SPDX-License-Identifier: MIT */

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"

ssize_t ph_read_file(int dirfd, const char *path, char *buffer, size_t size)
{
	PH_CLEANUP(ph_closep) int fd = -1;
	size_t length = 0;
	ssize_t n;

	do
		fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;

	while (length < size - 1) {
		n = read(fd, buffer + length, size - 1 - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
	}

	buffer[length] = '\0';
	return (ssize_t)length;
}
