/* SPDX-License-Identifier: MIT */

/*
 * The parent's side of a spawn: a child that starts in this memory, while the
 * calling thread stands still, and is born with a pidfd. What kernel, sandbox
 * or settings lack is made up for, one rung further down at a time.
 *
 * Shortages (EMFILE, EAGAIN, ENOMEM) are no reason to step down: they are
 * reported, and there is no child yet.
 */

#include "handle/spawn.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/cleanup.h"
#include "handle/backend.h"
#include "handle/spawn_parent.h"
#include "state/metrics.h"
#include "sys/clone.h"
#include "sys/dumpable.h"
#include "sys/raw.h"
#include "sys/support.h"
#include "sys/uapi.h"

static const enum ph_metric_id metrics[] = {
#define STEP(id, text) [PH_STEP_##id] = PH_METRIC_SPAWNS_FAILED_##id,
#include "state/steps.def"
#undef STEP
};

void ph_plan_block(struct ph_plan *plan)
{
	static const uint64_t all = UINT64_MAX;

	/* raw: also what libc keeps for itself, and would not run in a child */
	if (plan->blocks_signals)
		(void)PH_RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &plan->mask, sizeof(all));
}

void ph_plan_unblock(struct ph_plan *plan)
{
	if (plan->blocks_signals)
		(void)PH_RAW(SYS_rt_sigprocmask, SIG_SETMASK, &plan->mask, NULL, sizeof(plan->mask));
}

uint64_t ph_plan_namespaces(const struct ph_plan *plan)
{
	/* in the order of PH_NS_…; the last one is left by the child itself */
	static const uint64_t flags[] = { CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNS,    CLONE_NEWNET,
					  CLONE_NEWIPC,	 CLONE_NEWUTS, CLONE_NEWCGROUP };
	uint64_t set = 0;

	if (PH_LIKELY(plan->options->namespaces == 0))
		return 0;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (plan->options->namespaces >> i & 1)
			set |= flags[i];
	return set;
}

#if PH_HAVE_PIDFD

/* Return: 1 pidfds are there and children start in our memory, 0, -errno */
static int can_share(const struct ph_plan *plan)
{
	int r;

	/* ids are mapped by a parent that runs, time is changed in a memory of one's own */
	if (plan->options->namespaces & (PH_NS_USER | PH_NS_TIME))
		return 0;
	if (ph_can_all(PH_BIT(PH_SETTING_PIDFD) | PH_BIT(PH_SETTING_VFORK)))
		return 1;
	r = ph_can(PH_SETTING_PIDFD);
	if (r <= 0)
		return r;
	r = ph_can(PH_SETTING_VFORK);
	if (r == 0 && ph_setting_is_on(PH_SETTING_VFORK))
		ph_count(PH_METRIC_FALLBACKS_VFORK);
	return r;
}

/* Return: as ph_spawn_in_memory(); -ENOSYS and like it if there is no way */
static int share(struct ph_plan *plan, struct ph_process **ret_process)
{
	int r;

	if (plan->changes_credentials && !ph_dumpable_begin()) {
		ph_count(PH_METRIC_FALLBACKS_VFORK);
		return -ENOSYS;
	}
	plan->shares_memory = true;
	r = ph_spawn_in_memory(plan, ret_process);
	if (plan->changes_credentials)
		ph_dumpable_end();
	/* there is one way only to choose a pid */
	if (ph_is_unsupported(r) && plan->failure.step == PH_STEP_CLONE && plan->options->pid == 0) {
		/* a sandbox that was closed after the probing */
		ph_count(PH_METRIC_FALLBACKS_VFORK);
		plan->shares_memory = plan->shares_files = plan->opens_pidfd = false;
		plan->taken_count = 0;
	}
	return r;
}

#else

static int can_share(const struct ph_plan *plan)
{
	(void)plan;
	return 0;
}

static int share(struct ph_plan *plan, struct ph_process **ret_process)
{
	(void)plan;
	(void)ret_process;
	return -ENOSYS;
}

int ph_spawn_usually(char *const argv[], struct ph_process **ret_process)
{
	return ph_backend_spawn(argv, &ph_spawn_usual, ret_process);
}

#endif

static int make_child(struct ph_plan *plan, struct ph_process **ret_process)
{
	const struct ph_spawn_options *options = plan->options;
	int shares = can_share(plan);
	int r = shares < 0 ? shares : ph_can(PH_SETTING_CLOSE);

	if (r < 0)
		return ph_plan_fail(plan, r, PH_STEP_CLONE, 0);
	plan->closes_by_range = r > 0;
	if (r == 0 && ph_setting_is_on(PH_SETTING_CLOSE))
		ph_count(PH_METRIC_FALLBACKS_CLOSERANGE);
	if (options->death_signal != 0 && !(options->namespaces & PH_NS_PID))
		plan->parent = getpid();

	if (shares > 0) {
		r = share(plan, ret_process);
		if (PH_LIKELY(r == 0) || plan->shares_memory)
			return r;
	}
	return ph_spawn_by_fork(plan, ret_process);
}

void ph_plan_report(const struct ph_plan *plan)
{
	if (plan->options->failure)
		*plan->options->failure = plan->failure;
	ph_count(metrics[plan->failure.step]);
}

int ph_backend_spawn(char *const argv[], const struct ph_spawn_options *options,
		     struct ph_process **ret_process)
{
	/* a thread that is cancelled here would leave things behind */
	PH_UNCANCELLED_ANYHOW;
	struct ph_plan plan;
	int r;

	r = ph_plan_make(&plan, argv, options);
	if (PH_LIKELY(r == 0))
		r = make_child(&plan, ret_process);
	if (PH_LIKELY(r == 0)) {
		struct ph_process *process = *ret_process;

		process->is_made = true;
		process->is_killed_on_unref = options->flags & PH_SPAWN_KILL_ON_UNREF;
		ph_plan_deliver(&plan);
		ph_count(PH_METRIC_SPAWNS_MADE);
	} else {
		ph_plan_report(&plan);
	}
	ph_plan_release(&plan);
	return r;
}
