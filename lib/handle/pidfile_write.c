/* SPDX-License-Identifier: MIT */

/*
 * Pid files come and go whole. A new one is made beside and renamed; an old one
 * is replaced or removed by whoever holds its lock, after a look at whether the
 * name is still its own.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/io.h"
#include "handle/number.h"
#include "handle/pidfile.h"

enum {
	/* others may have left files beside, or put them there */
	MANY_NAMES = 1000,
	/* a file that appears and vanishes again between two looks */
	MANY_ROUNDS = 1000,
	MODE = 0644,
	NAME_SIZE = 48,
};

/* the file beside, as long as it is there */
struct beside {
	int directory;
	int fd;
	/* "": it is not */
	char name[NAME_SIZE];
};

static void beside_end(const struct beside *beside)
{
	ph_closep(&beside->fd);
	if (beside->name[0] != '\0')
		(void)unlinkat(beside->directory, beside->name, 0);
}

static void beside_name(struct beside *beside)
{
	static _Atomic unsigned next;

	(void)snprintf(beside->name, sizeof(beside->name), ".ph.%d.%u", (int)getpid(),
		       atomic_fetch_add(&next, 1));
}

static int beside_begin(struct beside *beside)
{
	for (int round = 0; round < MANY_NAMES; round++) {
		beside_name(beside);
		beside->fd = openat(beside->directory, beside->name,
				    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
		if (beside->fd >= 0)
			return 0;
		if (errno != EEXIST && errno != EINTR)
			break;
	}
	beside->name[0] = '\0';
	return -errno;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/*
 * The inode where there is one, and the start time for those who read it on a
 * kernel, or with settings, that know no inodes.
 */
static int write_identity(const struct beside *beside, struct ph_process *process)
{
	char text[PH_PIDFILE_IDENTITY_SIZE];
	struct ph_writer writer = { .buffer = text, .size = sizeof(text) };
	struct ph_identity identity;
	int r;

	r = ph_identity_of(process, &identity);
	if (r < 0)
		return r;
	ph_identity_write(&identity, &writer);
	if (identity.kind != PH_IDENTITY_TICKS && ph_identity_start(process, &identity.value) == 0) {
		identity.kind = PH_IDENTITY_TICKS;
		ph_write(&writer, " ");
		ph_identity_write(&identity, &writer);
	}
	return fsetxattr(beside->fd, PH_PIDFILE_ATTRIBUTE, text, writer.length, 0) < 0 ? -errno : 0;
}

/* Return: 0, PH_UNVERIFIED without the identity, or -errno */
static int fill(const struct beside *beside, struct ph_process *process)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d\n", (int)process->pid);
	int identified, r;

	identified = write_identity(beside, process);
	if (ph_is_a_shortage(identified) || identified == -ESRCH)
		return identified;
	r = write_all(beside->fd, text, (size_t)length);
	if (r < 0)
		return r;
	/* whatever the umask; some file systems have no modes */
	(void)fchmod(beside->fd, MODE);
	if (fsync(beside->fd) < 0 && errno != EINVAL && errno != EROFS)
		return -errno;
	return identified < 0 ? PH_UNVERIFIED : 0;
}

/* May what the file says be forgotten? Return: 0, -EBUSY, or -errno */
static int may_replace(struct ph_pidfile *file, struct ph_process *process)
{
	PH_AUTO struct ph_process *other = NULL;
	int r;

	r = ph_pidfile_read(file);
	if (r < 0)
		return r;
	/* what a writer leaves that does not write whole files */
	if (file->pid == 0)
		return 0;
	r = ph_pidfile_find(file, &other);
	if (r == -ESRCH || r == -ESTALE)
		return 0;
	if (r < 0)
		return r;
	return process && ph_identity_same(other, process) == 1 ? 0 : -EBUSY;
}

/* Gives the file beside the name, if nobody has it. Return: 0, -EEXIST, or -errno */
static int publish(struct beside *beside, const char *name)
{
	int r = ph_name_anew(beside->directory, beside->name, name);

	/* otherwise the first name is taken away when it is over */
	if (r == 0)
		beside->name[0] = '\0';
	return r < 0 ? r : 0;
}

static int replace(struct beside *beside, const char *name)
{
	if (renameat(beside->directory, beside->name, beside->directory, name) < 0)
		return -errno;
	beside->name[0] = '\0';
	return 0;
}

/* Return: 0, -EEXIST others came first, or -errno */
static int take_place(struct ph_pidfile *file, struct beside *beside, struct ph_process *process)
{
	int r;

	r = ph_pidfile_open_locked(file);
	if (r == -ENOENT)
		return publish(beside, file->name);
	if (r == 0)
		r = may_replace(file, process);
	return r < 0 ? r : replace(beside, file->name);
}

/* The name is to outlast a crash as well; where that cannot be said, it is not. */
static void settle(int directory)
{
	PH_CLEANUP(ph_closep) int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)fsync(fd);
}

int ph_pidfile_put(struct ph_process *process, const char *path)
{
	PH_CLEANUP(ph_pidfile_closep) struct ph_pidfile file = PH_PIDFILE_NONE;
	PH_CLEANUP(beside_end) struct beside beside = { .fd = -1 };
	int verdict, r;

	r = ph_pidfile_begin(&file, path);
	if (r < 0)
		return r;
	r = ph_prove(process);
	if (r < 0 && r != -ENOTSUP && r != -EPERM)
		return r;
	beside.directory = file.directory;
	r = beside_begin(&beside);
	if (r < 0)
		return r;
	verdict = fill(&beside, process);
	if (verdict < 0)
		return verdict;
	r = -EEXIST;
	for (int round = 0; r == -EEXIST && round < MANY_ROUNDS; round++)
		r = take_place(&file, &beside, process);
	if (r < 0)
		return r == -EEXIST ? -EBUSY : r;
	settle(file.directory);
	return verdict;
}

/* Return: 0 and the file has another name, of which nobody knows, or -errno */
static int move_beside(struct beside *beside, const char *name)
{
	int directory = beside->directory;
	int r;

	for (int round = 0; round < MANY_NAMES; round++) {
		beside_name(beside);
		r = renameat2(directory, name, directory, beside->name, RENAME_NOREPLACE);
		/* not on this file system: what has such a name was left behind */
		if (r < 0 && (errno == EINVAL || errno == ENOSYS || errno == EPERM))
			r = renameat(directory, name, directory, beside->name);
		if (r == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	beside->name[0] = '\0';
	return -errno;
}

static bool is_unchanged(const struct ph_pidfile *before, const struct ph_pidfile *now)
{
	return now->pid == before->pid && strcmp(now->identity, before->identity) == 0 &&
	       now->stat.st_mtim.tv_sec == before->stat.st_mtim.tv_sec &&
	       now->stat.st_mtim.tv_nsec == before->stat.st_mtim.tv_nsec;
}

/* Is what has been moved the file that was looked at? Return: 0, -EBUSY, or -errno */
static int look_again(const struct ph_pidfile *file, const struct beside *beside)
{
	struct ph_pidfile again = *file;
	struct stat moved;
	int r;

	if (fstatat(beside->directory, beside->name, &moved, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (moved.st_dev != file->stat.st_dev || moved.st_ino != file->stat.st_ino)
		return -EBUSY;
	r = ph_pidfile_read(&again);
	/* what is half written is no pid file */
	if (r < 0 && r != -EINVAL)
		return r;
	return r == 0 && is_unchanged(file, &again) ? 0 : -EBUSY;
}

/*
 * A program that knows nothing of locks may have written another one since it was
 * looked at. So it is moved, looked at again, and what is not the same goes back
 * to where it was, unless there is a newer one by now. Return: 0, -EBUSY, or -errno
 */
static int unlink_and_settle(const struct ph_pidfile *file)
{
	PH_CLEANUP(beside_end) struct beside beside = { .directory = file->directory, .fd = -1 };
	int r, put;

	r = move_beside(&beside, file->name);
	if (r < 0)
		return r;
	r = look_again(file, &beside);
	if (r == 0) {
		r = unlinkat(beside.directory, beside.name, 0) < 0 ? -errno : 0;
		beside.name[0] = '\0';
		settle(file->directory);
		return r;
	}
	put = publish(&beside, file->name);
	/* better beside than nowhere */
	if (put < 0 && put != -EEXIST)
		beside.name[0] = '\0';
	return r;
}

int ph_pidfile_take_away(struct ph_process *process, const char *path)
{
	PH_CLEANUP(ph_pidfile_closep) struct ph_pidfile file = PH_PIDFILE_NONE;
	int r;

	r = ph_pidfile_begin(&file, path);
	if (r == 0)
		r = ph_pidfile_open_locked(&file);
	if (r == 0)
		r = ph_pidfile_read(&file);
	if (r == 0)
		r = ph_pidfile_names(&file, process);
	return r < 0 ? r : unlink_and_settle(&file);
}

int ph_pidfile_take_away_stale(const char *path)
{
	PH_CLEANUP(ph_pidfile_closep) struct ph_pidfile file = PH_PIDFILE_NONE;
	int r;

	r = ph_pidfile_begin(&file, path);
	if (r == 0)
		r = ph_pidfile_open_locked(&file);
	if (r == 0)
		r = may_replace(&file, NULL);
	return r < 0 ? r : unlink_and_settle(&file);
}
