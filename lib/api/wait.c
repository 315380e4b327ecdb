/* SPDX-License-Identifier: MIT */

/* Wait for a process, and say how it ended. */

#include <errno.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/signals.h"
#include "base/writer.h"
#include "handle/backend.h"
#include "handle/late.h"
#include "handle/record.h"
#include "handle/wait_state.h"

static inline int wait_for(struct ph_process *process, int64_t timeout_ms, struct ph_exit *ret_exit)
{
	if (ph_record_is_there(process)) {
		(void)ph_record_read(process, ret_exit);
		return 0;
	}
	ph_late_look();
	return process->backend->wait(process, ph_deadline_after(timeout_ms), ret_exit);
}

static PH_COLD int wait_unasked(struct ph_process *process, int64_t timeout_ms)
{
	struct ph_exit unasked;

	return wait_for(process, timeout_ms, &unasked);
}

PH_EXPORT int ph_wait(struct ph_process *process, int64_t timeout_ms, struct ph_exit *ret_exit)
{
	if (!process || timeout_ms < -1)
		return -EINVAL;
	if (!ret_exit)
		return wait_unasked(process, timeout_ms);
	return wait_for(process, timeout_ms, ret_exit);
}

PH_EXPORT int ph_wait_state(struct ph_process *process, unsigned states, int64_t timeout_ms,
			    struct ph_exit *ret_exit)
{
	struct ph_exit how;
	int r;

	if (!process || states == 0 || states & ~(PH_WAIT_STOPPED | PH_WAIT_CONTINUED) ||
	    timeout_ms < -1)
		return -EINVAL;
	ph_late_look();
	r = ph_await_state(process, states, ph_deadline_after(timeout_ms), &how);
	if (r == 0 && ret_exit)
		*ret_exit = how;
	return r;
}

static const char *reason(unsigned flags)
{
	if (flags & PH_PENDING)
		return " (not reaped by its parent yet)";
	if (flags & PH_STOLEN)
		return " (reaped by somebody else)";
	if (flags & PH_FOREIGN)
		return " (not a child of this process)";
	return "";
}

PH_EXPORT int ph_exit_text(const struct ph_exit *how, char *buffer, size_t size)
{
	struct ph_writer writer = { .buffer = buffer, .size = size };
	char name[16];

	if (!how || (!buffer && size > 0))
		return -EINVAL;
	switch (how->how) {
	case PH_EXITED:
		ph_write(&writer, "exited %d", how->value);
		break;
	case PH_SIGNALED:
		(void)ph_signal_name(how->value, name, sizeof(name));
		ph_write(&writer, "killed by SIG%s%s", name,
			 how->flags & PH_CORE ? " (core dumped)" : "");
		break;
	case PH_STOPPED:
		(void)ph_signal_name(how->value, name, sizeof(name));
		ph_write(&writer, "stopped by SIG%s", name);
		break;
	case PH_CONTINUED:
		ph_write(&writer, "continued");
		break;
	default:
		ph_write(&writer, "exit status unknown%s", reason(how->flags));
	}
	return (int)writer.length;
}
