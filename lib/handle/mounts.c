/* SPDX-License-Identifier: MIT */

#include "handle/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/io.h"
#include "proc/read.h"
#include "sys/cgroup.h"

static int add(struct ph_mounts *mounts, const struct ph_proc_mount *mount)
{
	struct ph_proc_mount *list;

	list = reallocarray(mounts->list, mounts->count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	mounts->list = list;
	list[mounts->count++] = *mount;
	return 0;
}

int ph_mounts_read(struct ph_mounts *mounts)
{
	struct ph_proc_mount mount;
	char *at;
	int r;

	*mounts = (struct ph_mounts){ .text = NULL };
	r = ph_proc_check();
	if (r < 0)
		return r;
	r = ph_read_whole(AT_FDCWD, "/proc/thread-self/mountinfo", &mounts->text);
	if (r < 0)
		return ph_is_a_shortage(r) ? r : -ENOTSUP;
	at = mounts->text;
	while (r == 0 && ph_proc_mount_next(&at, &mount))
		if (strcmp(mount.type, "cgroup2") == 0)
			r = add(mounts, &mount);
	return r;
}

void ph_mounts_end(const struct ph_mounts *mounts)
{
	free(mounts->list);
	free(mounts->text);
}

/*
 * Return: the directory, -ENOENT it is not in this mount, or has been removed,
 * or what is there is not a cgroup, -ENOTSUP its path is too long, or -errno
 */
static int open_in_mount(const struct ph_proc_mount *mount, const char *path)
{
	PH_CLEANUP(ph_closep) int fd = -1;
	PH_CLEANUP(ph_freep) char *name = NULL;
	const char *below = ph_proc_cgroup_below(mount->root, path);

	if (!below)
		return -ENOENT;
	if (asprintf(&name, "%s%s", mount->point, below) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	fd = ph_open_directory(AT_FDCWD, name);
	/* the kernel does not show all of its path either */
	if (fd == -ENAMETOOLONG)
		return -ENOTSUP;
	if (fd < 0)
		return fd == -ENOTDIR || fd == -ELOOP ? -ENOENT : fd;
	/* another file system may be mounted over it */
	return ph_sys_is_cgroup(fd) ? ph_take_fd(&fd) : -ENOENT;
}

int ph_mounts_open(const struct ph_mounts *mounts, const char *path)
{
	int result = -ENOTSUP;

	for (size_t i = 0; i < mounts->count; i++) {
		int r;

		if (!ph_proc_cgroup_below(mounts->list[i].root, path))
			continue;
		r = open_in_mount(&mounts->list[i], path);
		if (r >= 0 || ph_is_a_shortage(r))
			return r;
		if (result != -EACCES)
			result = r;
	}
	return result;
}

static int read_path(const struct ph_proc_place *place, char **ret_path)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	char file[PH_PROC_PATH_SIZE];
	const char *path;
	int r;

	ph_proc_path(place, "cgroup", file);
	r = ph_read_whole(place->directory, file, &text);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	path = ph_proc_cgroup_parse(text);
	if (!path)
		return -ENOTSUP;
	*ret_path = strdup(path);
	return *ret_path ? 0 : -ENOMEM;
}

int ph_mounts_tell(const struct ph_mounts *mounts, const struct ph_proc_place *place,
		   uint64_t *ret_inode)
{
	PH_CLEANUP(ph_freep) char *path = NULL, *again = NULL;
	PH_CLEANUP(ph_closep) int fd = -1;
	struct stat st;
	int r;

	if (mounts->count == 0)
		return -ENOTSUP;
	r = read_path(place, &path);
	if (r < 0)
		return r;
	fd = ph_mounts_open(mounts, path);
	if (fd < 0)
		return fd;
	/* with the directory in hand: it may have been made where one was removed */
	r = read_path(place, &again);
	if (r < 0)
		return r;
	if (strcmp(path, again) != 0 || fstat(fd, &st) < 0)
		return -ENOTSUP;
	*ret_inode = st.st_ino;
	return 0;
}
