/* SPDX-License-Identifier: MIT */

/* Signal a process. */

#include <errno.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/signals.h"
#include "handle/backend.h"
#include "handle/group.h"
#include "handle/scope.h"
#include "state/metrics.h"

static int counted(int r)
{
	if (PH_LIKELY(r == 0))
		ph_count(PH_METRIC_SIGNALS_SENT);
	else
		ph_count(PH_METRIC_SIGNALS_REFUSED);
	return r;
}

PH_EXPORT int ph_kill(struct ph_process *process, int signo, int scope)
{
	if (!process || !ph_signal_is_valid(signo))
		return -EINVAL;
	switch (scope & ~PH_FORCE) {
	case PH_ONE:
		return counted(process->backend->kill(process, signo));
	case PH_GROUP:
		return counted(ph_group_kill(process, signo, scope & PH_FORCE));
	case PH_SESSION:
	case PH_TREE:
	case PH_DESCENDANTS:
	case PH_CGROUP:
		return ph_scope_kill(process, signo, scope);
	default:
		return -EINVAL;
	}
}

PH_EXPORT int ph_queue(struct ph_process *process, int signo, int value)
{
	if (!process || !ph_signal_is_valid(signo))
		return -EINVAL;
	return counted(process->backend->queue(process, signo, value));
}
