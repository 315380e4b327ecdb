/* SPDX-License-Identifier: MIT */

/* The file of a pid file: opened once, and all that is asked is asked of it. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/parse.h"
#include "handle/pidfile.h"

enum {
	/* a file that is replaced more often than that while we look at it */
	MANY_ROUNDS = 1000,
};

void ph_pidfile_closep(const struct ph_pidfile *file)
{
	ph_closep(&file->fd);
	ph_closep(&file->directory);
}

static int open_directory(const char *path)
{
	int fd;

	do
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

int ph_pidfile_begin(struct ph_pidfile *file, const char *path)
{
	PH_CLEANUP(ph_freep) char *directory = NULL;
	const char *slash = strrchr(path, '/');
	int fd;

	file->name = slash ? slash + 1 : path;
	if (*file->name == '\0' || strcmp(file->name, ".") == 0 || strcmp(file->name, "..") == 0)
		return -EINVAL;
	if (!slash) {
		fd = open_directory(".");
	} else {
		directory = strndup(path, slash == path ? 1 : (size_t)(slash - path));
		if (!directory)
			return -ENOMEM;
		fd = open_directory(directory);
	}
	if (fd < 0)
		return fd;
	file->directory = fd;
	return 0;
}

/*
 * To open a device may be to use it. If one takes the place of the file between
 * the two, a FIFO does at least not wait for its writer, nor a terminal become ours.
 */
int ph_pidfile_open(struct ph_pidfile *file)
{
	struct stat stat;
	int fd;

	if (fstatat(file->directory, file->name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(stat.st_mode))
		return -ELOOP;
	if (!S_ISREG(stat.st_mode))
		return -EINVAL;
	do
		fd = openat(file->directory, file->name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;
	ph_closep(&file->fd);
	file->fd = fd;
	if (fstat(fd, &file->stat) < 0)
		return -errno;
	return S_ISREG(file->stat.st_mode) ? 0 : -EINVAL;
}

/*
 * The process that holds one of fcntl(2) against one of that type; 0 none, -1 it
 * has no number, or none here. Return: 0, or a shortage
 */
static int find_lock(const struct ph_pidfile *file, short type, pid_t *ret_holder)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	int r;

	do
		r = fcntl(file->fd, F_GETLK, &lock);
	while (r < 0 && errno == EINTR);
	if (r < 0 && ph_is_a_shortage(-errno))
		return -errno;
	/* where they are not to be had, there is none */
	if (r < 0 || lock.l_type == F_UNLCK)
		*ret_holder = 0;
	else
		*ret_holder = lock.l_pid > 0 ? lock.l_pid : -1;
	return 0;
}

/*
 * A lock of fcntl(2) ends with its process. One of flock(2) lives on in whoever has
 * inherited the descriptor, while /proc/locks still shows the number of who took it,
 * perhaps given away since; one of F_OFD_SETLK shows none. Those prove nothing,
 * nor does one that is shared: whoever may read the file can have it.
 */
int ph_pidfile_is_locked_by(const struct ph_pidfile *file, pid_t pid)
{
	pid_t holder = 0;
	int r = find_lock(file, F_RDLCK, &holder);

	return r < 0 ? r : holder == pid;
}

int ph_pidfile_lock(const struct ph_pidfile *file)
{
	pid_t holder = 0;
	struct stat now;
	int r;

	while (flock(file->fd, LOCK_EX | LOCK_NB) < 0)
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? -EBUSY : -errno;
	r = find_lock(file, F_WRLCK, &holder);
	if (r < 0 || holder != 0)
		return r < 0 ? r : -EBUSY;
	if (fstatat(file->directory, file->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? PH_PIDFILE_IS_ANOTHER : -errno;
	if (now.st_dev != file->stat.st_dev || now.st_ino != file->stat.st_ino)
		return PH_PIDFILE_IS_ANOTHER;
	return 0;
}

int ph_pidfile_open_locked(struct ph_pidfile *file)
{
	for (int round = 0; round < MANY_ROUNDS; round++) {
		int r = ph_pidfile_open(file);

		if (r == 0)
			r = ph_pidfile_lock(file);
		if (r != PH_PIDFILE_IS_ANOTHER)
			return r;
	}
	return -EBUSY;
}

/*
 * What cannot be read is not there: the number goes on without it. Return: 0, or
 * a shortage, which says nothing about it
 */
static int read_identity(struct ph_pidfile *file)
{
	ssize_t n = fgetxattr(file->fd, PH_PIDFILE_ATTRIBUTE, file->identity,
			      sizeof(file->identity) - 1);

	if (n < 0 && ph_is_a_shortage(-errno))
		return -errno;
	file->identity[n > 0 ? n : 0] = '\0';
	return 0;
}

static int read_once(struct ph_pidfile *file)
{
	char text[PH_PID_LINE_MAX + 1];
	ssize_t n;
	int r;

	r = read_identity(file);
	if (r < 0)
		return r;
	do
		n = pread(file->fd, text, sizeof(text), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	file->pid = 0;
	return n == 0 || ph_parse_pid_line(text, (size_t)n, &file->pid) == 0 ? 0 : -EINVAL;
}

/* Return: whether it has been written to since; then its time is the new one */
static bool has_changed(struct ph_pidfile *file)
{
	const struct timespec before = file->stat.st_mtim;
	const struct timespec *now = &file->stat.st_mtim;

	return fstat(file->fd, &file->stat) == 0 &&
	       (now->tv_sec != before.tv_sec || now->tv_nsec != before.tv_nsec);
}

/* The number belongs to the time: a new one would look stale with the old time. */
int ph_pidfile_read(struct ph_pidfile *file)
{
	int r = read_once(file);

	for (int round = 0; has_changed(file) && round < MANY_ROUNDS; round++)
		r = read_once(file);
	return r;
}
