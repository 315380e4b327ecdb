/* SPDX-License-Identifier: MIT */

/* Where cgroups (v2) are mounted, and what leads there. */

#ifndef PH_HANDLE_MOUNTS_H
#define PH_HANDLE_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "proc/cgroup.h"
#include "proc/facts.h"

struct ph_mounts {
	/* what the list points into */
	char *text;
	struct ph_proc_mount *list;
	size_t count;
};

/*
 * As the caller sees them now; to be ended whatever is returned. Return: 0,
 * -ENOTSUP there is no /proc, or a shortage
 */
int ph_mounts_read(struct ph_mounts *mounts);

void ph_mounts_end(const struct ph_mounts *mounts);

/*
 * The directory of the cgroup with that path. Return: a descriptor, -ENOTSUP no
 * mount shows it, -ENOENT one would, or -errno
 */
int ph_mounts_open(const struct ph_mounts *mounts, const char *path);

/*
 * The inode of the directory of the cgroup of a process. Return: 0, -ESRCH it has
 * been reaped, a shortage, or another error: it cannot be told
 */
int ph_mounts_tell(const struct ph_mounts *mounts, const struct ph_proc_place *place,
		   uint64_t *ret_inode);

#endif
