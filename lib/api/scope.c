/* SPDX-License-Identifier: MIT */

/* What processes belong to: who adopts them, and their cgroup. */

#include <errno.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/cleanup.h"
#include "handle/cgroup.h"
#include "sys/process.h"

PH_EXPORT int ph_subreaper(int on)
{
	return on < -1 || on > 1 ? -EINVAL : ph_sys_subreaper(on);
}

PH_EXPORT int ph_cgroup_fd(struct ph_process *process)
{
	PH_UNCANCELLED;
	PH_CLEANUP(ph_cgroup_end) struct ph_cgroup cgroup = PH_CGROUP_NONE;
	int r;

	if (!process)
		return -EINVAL;
	r = ph_cgroup_open(process, &cgroup);
	if (r < 0)
		return r == -EPERM ? -EACCES : r;
	return cgroup.fd < 0 ? -ENOENT : ph_take_fd(&cgroup.fd);
}
