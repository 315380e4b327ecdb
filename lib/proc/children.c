/* SPDX-License-Identifier: MIT */

#include "proc/children.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/io.h"
#include "base/parse.h"
#include "proc/read.h"

int ph_proc_pids_add(struct ph_proc_pids *pids, pid_t pid)
{
	if (pids->count == pids->room) {
		size_t room = pids->room > 0 ? pids->room * 2 : 64;
		pid_t *list = reallocarray(pids->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		pids->list = list;
		pids->room = room;
	}
	pids->list[pids->count++] = pid;
	return 0;
}

void ph_proc_pids_end(const struct ph_proc_pids *pids)
{
	free(pids->list);
}

int ph_proc_pids_next(const char **text, pid_t *ret_pid)
{
	size_t length = strcspn(*text, " \n");
	pid_t pid = 0;

	if (length == 0)
		return **text == '\0' ? 0 : -EBADMSG;
	if ((length != 1 || **text != '0') && ph_parse_pid_n(*text, length, &pid) < 0)
		return -EBADMSG;
	*text += length;
	*text += **text != '\0';
	*ret_pid = pid;
	return 1;
}

bool ph_proc_has_children(void)
{
	return ph_proc_is_there() > 0 && access("/proc/thread-self/children", R_OK) == 0;
}

/* Return: 0, -EACCES that thread is gone or hidden, or -errno */
static int add_of_thread(pid_t pid, pid_t thread, struct ph_proc_pids *pids)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	const char *at;
	char path[64];
	pid_t child;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)thread);
	r = ph_read_whole(AT_FDCWD, path, &text);
	if (r < 0)
		return ph_is_a_shortage(r) ? r : -EACCES;
	at = text;
	while (ph_proc_pids_next(&at, &child) > 0) {
		r = child > 0 ? ph_proc_pids_add(pids, child) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_threads(pid_t pid, struct ph_proc_pids *threads)
{
	PH_CLEANUP(ph_closedirp) DIR *tasks = NULL;
	const struct dirent *entry;
	char path[32];
	pid_t thread;
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (!tasks)
		return ph_is_a_shortage(-errno) ? -errno : -EACCES;
	while (r == 0) {
		errno = 0;
		entry = readdir(tasks);
		if (!entry)
			/* the process has gone, or there was nothing left to read with */
			return ph_is_a_shortage(-errno) ? -errno : 0;
		if (ph_parse_pid(entry->d_name, &thread) == 0)
			r = ph_proc_pids_add(threads, thread);
	}
	return r;
}

/* Most have one, and it takes less to count them than to list them. */
static bool has_one_thread(pid_t pid)
{
	/* itself and the one above it, as any empty directory has */
	enum { LINKS = 2 };
	struct stat task;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	return stat(path, &task) == 0 && task.st_nlink == LINKS + 1;
}

/*
 * What a thread leaves behind when it exits becomes the children of the oldest
 * one that is left. So the oldest is read last: they are in the one or in the
 * other, perhaps in both, and nobody is in neither.
 */
int ph_proc_children(pid_t pid, struct ph_proc_pids *pids)
{
	PH_CLEANUP(ph_proc_pids_end) struct ph_proc_pids threads = { .list = NULL };
	int r;

	if (has_one_thread(pid))
		return add_of_thread(pid, pid, pids);
	r = read_threads(pid, &threads);
	for (size_t i = threads.count; r == 0 && i > 0; i--) {
		r = add_of_thread(pid, threads.list[i - 1], pids);
		/* a thread may go by itself */
		if (r == -EACCES)
			r = 0;
	}
	return r;
}
