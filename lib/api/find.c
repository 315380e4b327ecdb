/* SPDX-License-Identifier: MIT */

/* Get hold of a process. */

#include <errno.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/cleanup.h"
#include "handle/backend.h"
#include "handle/identity.h"
#include "state/metrics.h"
#include "state/settings.h"

static int counted(int r)
{
	if (!PH_LIKELY(r != -ESRCH))
		ph_count(PH_METRIC_FINDS_MISSING);
	return r;
}

/*
 * With osfinderr=0 it is as it was before, when a find could not fail. Or the
 * settings have not been read yet.
 */
static PH_COLD int find_slowly(pid_t pid, struct ph_process **ret_process)
{
	if (ph_setting_is_on(PH_SETTING_OSFINDERR))
		return counted(ph_backend_find(pid, ret_process));
	ph_setting_count(PH_SETTING_OSFINDERR);
	*ret_process = ph_process_new(&ph_backend_portable, PH_UNCHECKED, pid, -1);
	return *ret_process ? 0 : -ENOMEM;
}

PH_EXPORT int ph_find(pid_t pid, struct ph_process **ret_process)
{
	if (!ret_process)
		return -EINVAL;
	*ret_process = NULL;
	if (pid <= 0)
		return -EINVAL;
	if (!PH_LIKELY(ph_setting_is_known_on(PH_SETTING_OSFINDERR)))
		return find_slowly(pid, ret_process);
	return counted(ph_backend_find(pid, ret_process));
}

PH_EXPORT int ph_find_id(const char *id, struct ph_process **ret_process)
{
	PH_UNCANCELLED;
	struct ph_identity identity;
	int r;

	if (!ret_process)
		return -EINVAL;
	*ret_process = NULL;
	if (!id)
		return -EINVAL;
	r = ph_identity_parse(id, &identity);
	if (r < 0)
		return r;
	return counted(ph_identity_find(&identity, ret_process));
}

PH_EXPORT int ph_from_fd(int pidfd, struct ph_process **ret_process)
{
	PH_UNCANCELLED;

	if (!ret_process)
		return -EINVAL;
	*ret_process = NULL;
	if (pidfd < 0)
		return -EBADF;
	return counted(ph_backend_adopt(pidfd, ret_process));
}

PH_EXPORT int ph_find_peer(int socket, struct ph_process **ret_process)
{
	PH_UNCANCELLED;

	if (!ret_process)
		return -EINVAL;
	*ret_process = NULL;
	if (socket < 0)
		return -EBADF;
	return counted(ph_backend_find_peer(socket, ret_process));
}

PH_EXPORT int ph_self(struct ph_process **ret_process)
{
	if (!ret_process)
		return -EINVAL;
	*ret_process = NULL;
	return ph_backend_find(getpid(), ret_process);
}

PH_EXPORT int ph_parent(struct ph_process *of, struct ph_process **ret_process)
{
	PH_UNCANCELLED;
	pid_t before = 0, after = 0;
	int r;

	if (!ret_process)
		return -EINVAL;
	*ret_process = NULL;
	if (!of)
		return -EINVAL;

	/*
	 * The parent may end, and its number be given away, between the two
	 * steps; but then the process has got another parent before.
	 */
	r = of->backend->parent(of, &before);
	while (r == 0 && before != 0) {
		r = ph_backend_find(before, ret_process);
		if (r < 0 && r != -ESRCH && r != -ENOENT)
			return r;
		r = of->backend->parent(of, &after);
		if (r == 0 && after == before && *ret_process)
			return 0;
		*ret_process = ph_unref(*ret_process);
		/* it is there, and cannot be seen */
		if (after == before)
			break;
		before = after;
	}
	return r < 0 ? r : -ENODATA;
}

PH_EXPORT int ph_exists(pid_t pid)
{
	return pid <= 0 ? -EINVAL : ph_backend_exists(pid);
}
