/* SPDX-License-Identifier: MIT */

/* Pid files. */

#include <errno.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "handle/pidfile.h"
#include "state/metrics.h"

PH_EXPORT int ph_pidfile_write(struct ph_process *process, const char *path)
{
	PH_UNCANCELLED;

	return process && path ? ph_pidfile_put(process, path) : -EINVAL;
}

PH_EXPORT int ph_pidfile_remove(struct ph_process *process, const char *path)
{
	PH_UNCANCELLED;

	return process && path ? ph_pidfile_take_away(process, path) : -EINVAL;
}

PH_EXPORT int ph_pidfile_clear(const char *path)
{
	PH_UNCANCELLED;

	return path ? ph_pidfile_take_away_stale(path) : -EINVAL;
}

static int find(const char *path, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_pidfile_closep) struct ph_pidfile file = PH_PIDFILE_NONE;
	int r;

	r = ph_pidfile_begin(&file, path);
	if (r == 0)
		r = ph_pidfile_open(&file);
	if (r == 0)
		r = ph_pidfile_read(&file);
	return r < 0 ? r : ph_pidfile_find(&file, ret_process);
}

PH_EXPORT int ph_find_pidfile(const char *path, struct ph_process **ret_process)
{
	PH_UNCANCELLED;
	int r;

	if (!ret_process)
		return -EINVAL;
	*ret_process = NULL;
	if (!path)
		return -EINVAL;
	r = find(path, ret_process);
	if (r == -ESRCH)
		ph_count(PH_METRIC_FINDS_MISSING);
	return r;
}
