/* SPDX-License-Identifier: MIT */

/* The cgroup (v2) of a process: its directory, and who is in it. */

#ifndef PH_HANDLE_CGROUP_H
#define PH_HANDLE_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "handle/process.h"
#include "proc/children.h"

struct ph_cgroup {
	/* the directory, or -1 if it has been removed */
	int fd;
	/* as /proc has it */
	char *path;
};

#define PH_CGROUP_NONE ((struct ph_cgroup){ .fd = -1, .path = NULL })

/*
 * The cgroup of a process at this moment; after it has ended that may have been
 * removed. Return: 0, -ESRCH the process is gone, -ENOTSUP no cgroup v2 shows
 * it, -EACCES, -ELOOP it moves all the time, or -errno
 */
int ph_cgroup_open(struct ph_process *process, struct ph_cgroup *ret_cgroup);

void ph_cgroup_end(struct ph_cgroup *cgroup);

/*
 * Adds who is in it and in those below it. Return: 0, -ENOTSUP it is a threaded
 * one, -EREMOTE somebody is outside the caller's pid namespace, or -errno
 */
int ph_cgroup_pids(const struct ph_cgroup *cgroup, struct ph_proc_pids *pids);

/*
 * Is the process with that number in it, or in one below it? Return: 1, 0,
 * -ESRCH it is gone, or -errno
 */
int ph_cgroup_has(const struct ph_cgroup *cgroup, pid_t pid);

/*
 * Has the kernel kill everybody in it, with what is forked meanwhile.
 * Return: 0, -ENOTSUP it has no way, or the caller may not, or -errno
 */
int ph_cgroup_kill(const struct ph_cgroup *cgroup);

/* There are cgroups here, and the kernel kills them. */
bool ph_cgroup_can_kill(void);

#endif
