/* SPDX-License-Identifier: MIT */

/*
 * /proc/PID/cgroup and /proc/PID/mountinfo as text, for version 2 of cgroups. A
 * path in them starts at the root of the reader's cgroup namespace, and leads
 * with "/.." out of it.
 */

#ifndef PH_PROC_CGROUP_H
#define PH_PROC_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

struct ph_proc_mount {
	/* the directory of the file system that is shown */
	const char *root;
	/* where */
	const char *point;
	const char *type;
};

/*
 * Ends the path of version 2 with a NUL. Return: the path, in @text, or NULL if
 * there is none
 */
const char *ph_proc_cgroup_parse(char *text);

/*
 * Takes the next line, and undoes the escapes in it; a line that is none is left
 * out. Return: true and *text is behind it, false at the end
 */
bool ph_proc_mount_next(char **text, struct ph_proc_mount *ret_mount);

/* Is the cgroup @path the cgroup @top, or below it? */
bool ph_proc_cgroup_contains(const char *top, const char *path);

/*
 * What leads from the directory @root to @path: "" or "/…". Return: NULL if it
 * is not below it, or what is between is not told by the two
 */
const char *ph_proc_cgroup_below(const char *root, const char *path);

/* It says that it has been removed. One may be called so. */
bool ph_proc_cgroup_is_deleted(const char *path);

#endif
