/* SPDX-License-Identifier: MIT */

/* End a process, or everybody in a scope, and know that it is over. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/cancel.h"
#include "base/signals.h"
#include "base/sized.h"
#include "handle/backend.h"
#include "handle/late.h"
#include "handle/record.h"
#include "handle/stop.h"

enum { GRACE_MS = 10000 };

static bool is_scope(int scope)
{
	return (scope & ~PH_FORCE) >= PH_ONE && (scope & ~PH_FORCE) <= PH_CGROUP;
}

static bool are_sane(const struct ph_stop_options *options)
{
	if (options->flags & ~PH_STOP_HURRY_FD || options->unused != 0 ||
	    !is_scope(options->scope) || !options->steps != (options->steps_count == 0))
		return false;
	for (uint32_t i = 0; i < options->steps_count; i++) {
		const struct ph_stop_step *step = &options->steps[i];

		if (!ph_signal_is_valid(step->signo) || step->unused != 0 || step->wait_ms < -1)
			return false;
	}
	return true;
}

static bool are_there(struct ph_process *const targets[], size_t count)
{
	if (!targets || count == 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!targets[i])
			return false;
	return true;
}

static int carry_out(struct ph_stop_order *order, int *ret_results)
{
	/* a thread that is cancelled elsewhere than in its sleep would leave things behind */
	PH_UNCANCELLED_ANYHOW;

	order->cancel_state = uncancelled_.state;
	ph_late_look();
	return ph_stop_by_order(order, ret_results);
}

/* SIGTERM and SIGKILL. Return: the first step of @steps that counts */
static const struct ph_stop_step *usual_steps(struct ph_stop_step steps[2], bool is_at_once,
					      int64_t grace_ms)
{
	steps[0] = (struct ph_stop_step){ .signo = SIGTERM, .wait_ms = grace_ms };
	steps[1] = (struct ph_stop_step){ .signo = SIGKILL, .wait_ms = PH_STOP_KILL_MS };
	return is_at_once ? &steps[1] : steps;
}

PH_EXPORT int ph_stop_all_sized(struct ph_process *const targets[], size_t count,
				const struct ph_stop_options *options, size_t size,
				int *ret_results)
{
	struct ph_stop_options ours;
	struct ph_stop_step usual[2];
	struct ph_stop_order order = { .targets = targets, .count = count, .hurry_fd = -1 };

	if (ph_sized_read(&ours, sizeof(ours), options, options ? size : 0) < 0)
		return -E2BIG;
	if (!are_sane(&ours) || !are_there(targets, count))
		return -EINVAL;
	order.scope = ours.scope;
	order.steps = ours.steps;
	order.steps_count = ours.steps_count;
	order.report = ours.report;
	order.arg = ours.arg;
	if (!ours.steps) {
		order.steps = usual_steps(usual, ours.grace_ms < 0,
					  ours.grace_ms == 0 ? GRACE_MS : ours.grace_ms);
		order.steps_count = ours.grace_ms < 0 ? 1 : 2;
	}
	if (ours.flags & PH_STOP_HURRY_FD) {
		order.hurry_fd = ours.hurry_fd;
		if (fcntl(order.hurry_fd, F_GETFD) < 0)
			return -EBADF;
	}
	return carry_out(&order, ret_results);
}

/* It has ended, or it is none of those that were stopped. */
static struct ph_exit record_of(struct ph_process *process)
{
	struct ph_exit how = { .how = PH_UNKNOWN };

	if (!ph_record_read(process, &how))
		(void)process->backend->wait(process, ph_deadline_after(0), &how);
	return how;
}

PH_EXPORT int ph_stop(struct ph_process *process, int scope, int64_t grace_ms,
		      struct ph_exit *ret_exit)
{
	struct ph_stop_step usual[2];
	struct ph_stop_order order = {
		.targets = &process,
		.count = 1,
		.scope = scope,
		.steps = usual_steps(usual, grace_ms == 0, grace_ms),
		.steps_count = grace_ms > 0 ? 2 : 1,
		.hurry_fd = -1,
	};
	int r;

	if (!process || !is_scope(scope) || grace_ms < -1)
		return -EINVAL;
	r = carry_out(&order, NULL);
	if (r == 0 && ret_exit)
		*ret_exit = record_of(process);
	return r;
}
