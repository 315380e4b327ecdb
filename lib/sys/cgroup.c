/* SPDX-License-Identifier: MIT */

#include "sys/cgroup.h"

#ifdef __linux__

#include <sys/statfs.h>

#include "sys/uapi.h"

bool ph_sys_is_cgroup(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PH_CGROUP2_MAGIC;
}

#else

bool ph_sys_is_cgroup(int fd)
{
	(void)fd;
	return false;
}

#endif
