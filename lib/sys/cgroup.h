/* SPDX-License-Identifier: MIT */

/* Cgroups, as far as they are not files. */

#ifndef PH_SYS_CGROUP_H
#define PH_SYS_CGROUP_H

#include <stdbool.h>

/* The descriptor is one of a cgroup (v2). */
bool ph_sys_is_cgroup(int fd);

/*
 * What the number of the kernel says, for a report: the root of the hierarchy,
 * which may be all that there is, has no cgroup.kill to look for. Whoever kills
 * a cgroup looks for its own.
 */
bool ph_sys_kills_cgroups(void);

#endif
