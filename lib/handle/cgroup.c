/* SPDX-License-Identifier: MIT */

#include "handle/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/io.h"
#include "handle/mounts.h"
#include "handle/number.h"
#include "proc/cgroup.h"
#include "proc/read.h"
#include "state/metrics.h"
#include "state/settings.h"
#include "sys/cgroup.h"

/* as the header says */
enum { MOVES = 1000 };

/*
 * Whoever is in a cgroup that is delegated can make others below it, and with
 * them paths that are longer than the kernel takes at once: those are gone by
 * parts, each as long as it may be and up to the end of a name.
 */
static int open_below(int top, const char *path)
{
	PH_CLEANUP(ph_closep) int above = -1;
	char part[PATH_MAX];

	while (strlen(path) >= sizeof(part)) {
		size_t length = sizeof(part) - 1;
		int fd;

		while (length > 0 && path[length] != '/')
			length--;
		memcpy(part, path, length);
		part[length] = '\0';
		fd = ph_open_directory(above < 0 ? top : above, part);
		ph_closep(&above);
		above = fd;
		if (fd < 0)
			return fd;
		path += length + 1;
	}
	return ph_open_directory(above < 0 ? top : above, path);
}

/* The path of whoever has that number. Return: 0, -ESRCH, -ENOTSUP, or -errno */
static int read_path(pid_t pid, char **ret_path)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	const char *path;
	char name[32];
	int r;

	(void)snprintf(name, sizeof(name), "/proc/%d/cgroup", (int)pid);
	r = ph_read_whole(AT_FDCWD, name, &text);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	path = ph_proc_cgroup_parse(text);
	if (!path)
		return -ENOTSUP;
	*ret_path = strdup(path);
	return *ret_path ? 0 : -ENOMEM;
}

/* Read, and then proved that it was its own. */
static int read_path_of(struct ph_process *process, char **ret_path)
{
	PH_CLEANUP(ph_freep) char *path = NULL;
	int read = read_path(process->pid, &path);
	int r = ph_prove(process);

	if (r == 0)
		/* it is there, and /proc does not show it to us */
		r = read == -ESRCH ? -EPERM : read;
	/* one that is too long to be shown is too long to be opened */
	if (r == -ENAMETOOLONG)
		r = -ENOTSUP;
	if (r == 0) {
		*ret_path = path;
		path = NULL;
	}
	return r;
}

/* Return: a descriptor, -ENOTSUP no mount shows it, -ENOENT one would, or -errno */
static int open_path(const char *path)
{
	PH_CLEANUP(ph_mounts_end) struct ph_mounts mounts;
	int r = ph_mounts_read(&mounts);

	return r < 0 ? r : ph_mounts_open(&mounts, path);
}

/* @fd is none if there is no directory of that name: then it has to have been removed. */
static int take(int *fd, char **path, struct ph_cgroup *ret_cgroup)
{
	if (*fd < 0 && !ph_proc_cgroup_is_deleted(*path))
		return -ENOTSUP;
	*ret_cgroup = (struct ph_cgroup){ .fd = *fd < 0 ? -1 : ph_take_fd(fd), .path = *path };
	*path = NULL;
	return 0;
}

/*
 * The path is read again with the directory in hand: then it was the one of the
 * process. One that moves is followed, though not for ever.
 */
int ph_cgroup_open(struct ph_process *process, struct ph_cgroup *ret_cgroup)
{
	PH_CLEANUP(ph_freep) char *path = NULL, *again = NULL;
	int r;

	r = ph_proc_check();
	if (r == 0)
		r = read_path_of(process, &path);
	if (r != 0)
		return r;
	for (int move = 0; move < MOVES; move++) {
		PH_CLEANUP(ph_closep) int fd = open_path(path);

		if (fd < 0 && fd != -ENOENT)
			return fd;
		r = read_path_of(process, &again);
		if (r != 0)
			return r;
		if (strcmp(path, again) == 0)
			return take(&fd, &path, ret_cgroup);
		free(path);
		path = again;
		again = NULL;
	}
	return -ELOOP;
}

void ph_cgroup_end(struct ph_cgroup *cgroup)
{
	ph_closep(&cgroup->fd);
	free(cgroup->path);
	*cgroup = PH_CGROUP_NONE;
}

/* Return: 0, -EREMOTE, -EBADMSG, -ENOMEM */
static int add_all(const char *text, struct ph_proc_pids *pids)
{
	pid_t pid;
	int r;

	while ((r = ph_proc_pids_next(&text, &pid)) > 0) {
		if (pid == 0)
			return -EREMOTE;
		r = ph_proc_pids_add(pids, pid);
		if (r < 0)
			return r;
	}
	return r;
}

/* the paths of those that are still to be read, below the first */
struct heap {
	char **list;
	size_t count;
	size_t room;
};

static void heap_end(const struct heap *heap)
{
	for (size_t i = 0; i < heap->count; i++)
		free(heap->list[i]);
	free(heap->list);
}

static int heap_add(struct heap *heap, const char *above, const char *name)
{
	char *path;

	if (heap->count == heap->room) {
		size_t room = heap->room > 0 ? heap->room * 2 : 16;
		char **list = reallocarray(heap->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		heap->list = list;
		heap->room = room;
	}
	if (asprintf(&path, "%s%s%s", above, *above == '\0' ? "" : "/", name) < 0)
		return -ENOMEM;
	heap->list[heap->count++] = path;
	return 0;
}

static bool is_below(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static int add_directories(int *fd, const char *path, struct heap *heap)
{
	PH_CLEANUP(ph_closedirp) DIR *directory = fdopendir(*fd);
	const struct dirent *entry;
	int r = 0;

	if (!directory)
		return -errno;
	(void)ph_take_fd(fd);
	while (r == 0) {
		errno = 0;
		entry = readdir(directory);
		if (!entry)
			/* it has been removed, or there was nothing left to read with */
			return ph_is_a_shortage(-errno) ? -errno : 0;
		if (is_below(entry))
			r = heap_add(heap, path, entry->d_name);
	}
	return r;
}

/* One that has been removed has nobody in it. */
static int add_of_one(const struct ph_cgroup *cgroup, const char *path, struct heap *heap,
		      struct ph_proc_pids *pids)
{
	PH_CLEANUP(ph_closep) int fd = open_below(cgroup->fd, path);
	PH_CLEANUP(ph_freep) char *text = NULL;
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = ph_read_whole(fd, "cgroup.procs", &text);
	/* who is in a threaded one is listed by the one above that is not */
	if (r == -EOPNOTSUPP && strcmp(path, ".") != 0)
		r = 0;
	if (r == -ENODEV || r == -ENOENT)
		return 0;
	if (r == 0 && text)
		r = add_all(text, pids);
	return r < 0 ? r : add_directories(&fd, path, heap);
}

int ph_cgroup_pids(const struct ph_cgroup *cgroup, struct ph_proc_pids *pids)
{
	PH_CLEANUP(heap_end) struct heap heap = { .list = NULL };
	int r = 0;

	if (cgroup->fd < 0)
		return 0;
	r = heap_add(&heap, "", ".");
	while (r == 0 && heap.count > 0) {
		PH_CLEANUP(ph_freep) char *path = heap.list[--heap.count];

		r = add_of_one(cgroup, path, &heap, pids);
	}
	return r;
}

/* Return: as ph_cgroup_has() */
static int lists(const struct ph_cgroup *cgroup, pid_t pid)
{
	PH_CLEANUP(ph_proc_pids_end) struct ph_proc_pids pids = { .list = NULL };
	int r = ph_cgroup_pids(cgroup, &pids);

	for (size_t i = 0; r == 0 && i < pids.count; i++)
		if (pids.list[i] == pid)
			return 1;
	return r;
}

int ph_cgroup_has(const struct ph_cgroup *cgroup, pid_t pid)
{
	PH_CLEANUP(ph_freep) char *path = NULL;
	int r = read_path(pid, &path);

	/* some kernels show nothing of a long path, some its beginning */
	if (r == -ENAMETOOLONG)
		return lists(cgroup, pid);
	return r < 0 ? r : ph_proc_cgroup_contains(cgroup->path, path);
}

int ph_cgroup_kill(const struct ph_cgroup *cgroup)
{
	PH_CLEANUP(ph_closep) int fd = -1;

	if (!ph_setting_is_on(PH_SETTING_CGROUPKILL)) {
		ph_setting_count(PH_SETTING_CGROUPKILL);
		return -ENOTSUP;
	}
	if (cgroup->fd < 0)
		return -ENOTSUP;
	fd = openat(cgroup->fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	if (fd < 0 && ph_is_a_shortage(-errno))
		return -errno;
	if (fd >= 0 && write(fd, "1", 1) == 1)
		return 0;
	ph_count(PH_METRIC_FALLBACKS_CGROUPKILL);
	return -ENOTSUP;
}

bool ph_cgroup_can_kill(void)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	struct ph_proc_mount mount;
	char *at;

	if (ph_proc_is_there() <= 0 ||
	    ph_read_whole(AT_FDCWD, "/proc/thread-self/mountinfo", &text) < 0)
		return false;
	at = text;
	while (ph_proc_mount_next(&at, &mount))
		if (strcmp(mount.type, "cgroup2") == 0)
			return ph_sys_kills_cgroups();
	return false;
}
