/* SPDX-License-Identifier: MIT */

#include "sys/cgroup.h"

#ifdef __linux__

#include <stdlib.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include "sys/uapi.h"

bool ph_sys_is_cgroup(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PH_CGROUP2_MAGIC;
}

/*
 * From Linux 5.14 on. The root has no file that would show it, and a cgroup to
 * look at there need not be; a kill itself goes by the file.
 */
bool ph_sys_kills_cgroups(void)
{
	struct utsname name;
	unsigned long major, minor;
	char *end;

	if (uname(&name) < 0)
		return false;
	major = strtoul(name.release, &end, 10);
	if (*end != '.')
		return false;
	minor = strtoul(end + 1, NULL, 10);
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
