/* SPDX-License-Identifier: MIT */

/* /proc/PID/cgroup and mountinfo: the first line one path, the rest mounts. */

#include <string.h>

#include "fuzz.h"
#include "proc/cgroup.h"

static void read_mounts(char *text, const char *path)
{
	const char *end = text + strlen(text);
	struct ph_proc_mount mount;
	const char *below;

	while (ph_proc_mount_next(&text, &mount)) {
		MUST(mount.root < end && mount.point < end && mount.type < end);
		below = ph_proc_cgroup_below(mount.root, path);
		if (!below)
			continue;
		MUST(*below == '\0' || *below == '/');
		MUST(ph_proc_cgroup_contains(mount.root, path));
	}
	MUST(text == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *again = fuzz_text(data, size);
	const char *path = ph_proc_cgroup_parse(text);

	if (path) {
		MUST(*path == '/' && !strchr(path, '\n'));
		MUST(ph_proc_cgroup_contains(path, path));
		(void)ph_proc_cgroup_is_deleted(path);
		read_mounts(again, path);
	}
	free(again);
	free(text);
	return 0;
}
