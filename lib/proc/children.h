/* SPDX-License-Identifier: MIT */

/*
 * /proc/PID/task/TID/children as text, and its reader. Each thread has the
 * children that it made itself.
 */

#ifndef PH_PROC_CHILDREN_H
#define PH_PROC_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* numbers, in the order in which they were read */
struct ph_proc_pids {
	pid_t *list;
	size_t count;
	size_t room;
};

/* Return: 0, or -ENOMEM */
int ph_proc_pids_add(struct ph_proc_pids *pids, pid_t pid);

void ph_proc_pids_end(const struct ph_proc_pids *pids);

/*
 * Takes the next number from a list with one blank or newline behind each. A 0
 * stands for a process that cannot be seen from here.
 * Return: 1 and *text is behind it, 0 at the end, -EBADMSG it is no number
 */
int ph_proc_pids_next(const char **text, pid_t *ret_pid);

/* This kernel has such files (CONFIG_PROC_CHILDREN), and /proc is ours to read. */
bool ph_proc_has_children(void);

/*
 * Adds the children of all threads of a process. Of a process that changes while
 * it is read some may be missing. Return: 0, -EACCES if there is none with that pid,
 * or it is not shown, or -EMFILE, -ENFILE, -ENOMEM
 */
int ph_proc_children(pid_t pid, struct ph_proc_pids *pids);

#endif
