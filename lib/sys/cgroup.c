/* SPDX-License-Identifier: MIT */

#include "sys/cgroup.h"

#ifdef __linux__

#include <stdio.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include "sys/uapi.h"

bool ph_sys_is_cgroup(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PH_CGROUP2_MAGIC;
}

/* Linux 5.14 */
bool ph_sys_kills_cgroups(void)
{
	struct utsname name;
	unsigned major, minor;

	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 5 || (major == 5 && minor >= 14);
}

#else

bool ph_sys_is_cgroup(int fd)
{
	(void)fd;
	return false;
}

bool ph_sys_kills_cgroups(void)
{
	return false;
}

#endif
