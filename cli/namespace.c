/* SPDX-License-Identifier: MIT */

/* Only what two verbs need; the namespaces themselves are made by unshare(2). */

#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"

static int write_text(const char *path, const char *text)
{
	PH_CLEANUP(ph_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

int namespace_map_ids(uid_t inside_uid, uid_t uid, gid_t inside_gid, gid_t gid)
{
	char map[64];
	int r;

	/* since 3.19 the group map needs it; before, there is no such file */
	(void)write_text("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "%u %u 1", (unsigned)inside_uid, (unsigned)uid);
	r = write_text("/proc/self/uid_map", map);
	if (r < 0)
		return r;
	(void)snprintf(map, sizeof(map), "%u %u 1", (unsigned)inside_gid, (unsigned)gid);
	return write_text("/proc/self/gid_map", map);
}

bool namespace_hide_mounts(void)
{
	/* in a chroot, what is taken apart can only be /proc itself */
	return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 ||
	       mount(NULL, "/proc", NULL, MS_SLAVE, NULL) == 0;
}

bool namespace_mount_proc(void)
{
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}
