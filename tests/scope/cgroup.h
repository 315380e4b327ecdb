/* SPDX-License-Identifier: MIT */

/* Cgroups of version 2 for tests, wherever they are mounted. */

#ifndef CGROUP_H
#define CGROUP_H

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "scope.h"

static char point[PATH_MAX];

/* The n-th mount of them. Return: false if there are not so many */
static inline bool find_point(int n)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char line[2 * PATH_MAX], type[32];
	bool is_found = false;

	while (!is_found && mounts && fgets(line, sizeof(line), mounts))
		is_found = sscanf(line, "%*s %4095s %31s", point, type) == 2 &&
			   strcmp(type, "cgroup2") == 0 && n-- == 0;
	if (mounts)
		(void)fclose(mounts);
	return is_found;
}

/* Where they are mounted, with the name of a new one there. */
static inline void find_cgroups(char path[PATH_MAX])
{
	static int count;

	if (!find_point(0))
		skip("no cgroups of version 2 are mounted");
	if (snprintf(path, PATH_MAX, "%.3000s/ph-scope-%d-%d", point, (int)getpid(), count++) >=
		    PATH_MAX ||
	    mkdir(path, 0755) < 0)
		skip("no cgroup can be made");
}

/* One who has been reaped may be in the middle of leaving it: the kernel tells. */
static inline void await_empty(const char *path)
{
	struct pollfd change = { .events = POLLPRI };
	char events[PATH_MAX], text[128];
	ssize_t n;

	(void)snprintf(events, sizeof(events), "%.3900s/cgroup.events", path);
	change.fd = must(open(events, O_RDONLY | O_CLOEXEC));
	for (;;) {
		n = must(pread(change.fd, text, sizeof(text) - 1, 0));
		text[n] = '\0';
		if (strstr(text, "populated 0"))
			break;
		must(poll(&change, 1, -1));
	}
	must(close(change.fd));
}

static inline void remove_cgroup(const char *path)
{
	await_empty(path);
	must(rmdir(path));
}

static inline bool write_to(const char *cgroup, const char *file, const char *text)
{
	char path[PATH_MAX];
	bool written;
	int fd;

	(void)snprintf(path, sizeof(path), "%.3900s/%s", cgroup, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text)) > 0;
	must(close(fd));
	return written;
}

static inline void enter(const char *cgroup, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	if (!write_to(cgroup, "cgroup.procs", text)) {
		(void)rmdir(cgroup);
		skip("nobody can be moved into a cgroup");
	}
}

#endif
