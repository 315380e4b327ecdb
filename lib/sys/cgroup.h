/* SPDX-License-Identifier: MIT */

/* Cgroups, as far as they are not files. */

#ifndef PH_SYS_CGROUP_H
#define PH_SYS_CGROUP_H

#include <stdbool.h>

/* The descriptor is one of a cgroup (v2). */
bool ph_sys_is_cgroup(int fd);

#endif
