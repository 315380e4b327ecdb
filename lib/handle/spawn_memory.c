/* SPDX-License-Identifier: MIT */

/*
 * Children that start in the memory of their parent, and have a pidfd. Up to the
 * exec they have no exit signal: what does not become the program is not seen by
 * the host program, neither by SIGCHLD nor by wait(2). The exec gives them one.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/errors.h"
#include "handle/backend_pidfd.h"
#include "handle/spawn_parent.h"
#include "state/metrics.h"
#include "sys/clone.h"
#include "sys/pidfd.h"
#include "sys/process.h"
#include "sys/raw.h"
#include "sys/support.h"

#define FIRST_RUNG (PH_CLONE_VM | PH_CLONE_VFORK | PH_CLONE_PIDFD | PH_CLONE_CLEAR_SIGHAND)

static bool wants(const struct ph_plan *plan, uint64_t flag)
{
	return plan->options->flags & flag;
}

/* A signal must not find the child with less than was asked for. */
static bool must_block(const struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;

	return plan->has_handlers || wants(plan, PH_SPAWN_FOREGROUND | PH_SPAWN_KEEP_BLOCKED) ||
	       options->blocked || options->ignored;
}

/*
 * The first rung. The handlers of the host program are gone before the child
 * runs; so by default nothing has to be blocked.
 */
static pid_t by_clone3(struct ph_plan *plan, uint64_t more)
{
	int32_t tid = plan->options->pid;
	struct ph_uapi_clone args = {
		.flags = FIRST_RUNG | ph_plan_namespaces(plan) | more,
		.pidfd = (uintptr_t)&plan->pidfd,
	};
	pid_t pid;

	if (plan->shares_files)
		args.flags |= PH_CLONE_FILES;
	if (tid != 0) {
		args.set_tid = (uintptr_t)&tid;
		args.set_tid_size = 1;
	}
	plan->is_born_in_cgroup = more & PH_CLONE_INTO_CGROUP;
	if (plan->is_born_in_cgroup)
		args.cgroup = (uint64_t)plan->options->cgroup;
	plan->pidfd = -1;
	plan->has_handlers = false;
	plan->blocks_signals = must_block(plan);
	ph_plan_block(plan);
	pid = ph_sys_clone3_call(&args, ph_spawn_child, plan);
	ph_plan_unblock(plan);
	return pid;
}

/* With the handlers of the host program, which must not run in the child. */
static pid_t by_clone(struct ph_plan *plan, uint64_t more)
{
	uint64_t flags = PH_CLONE_VM | PH_CLONE_VFORK | ph_plan_namespaces(plan) | more;
	pid_t pid;

	if (plan->shares_files)
		flags |= PH_CLONE_FILES;
	plan->pidfd = -1;
	plan->is_born_in_cgroup = false;
	plan->has_handlers = plan->blocks_signals = true;
	ph_plan_block(plan);
	pid = ph_sys_clone_call(flags, &plan->pidfd, ph_spawn_child, plan);
	ph_plan_unblock(plan);
	return pid;
}

/* An ability that is missing, not switched off, is counted. */
static bool can(enum ph_setting_id ability, enum ph_metric_id without)
{
	int r = ph_can(ability);

	if (PH_LIKELY(r > 0))
		return true;
	if (ph_setting_is_on(ability))
		ph_count(without);
	return false;
}

static pid_t try_clone3(struct ph_plan *plan, bool *ret_autokill)
{
	uint64_t cgroup = 0, autokill = 0;
	pid_t pid;

	if (wants(plan, PH_SPAWN_CGROUP) && ph_can(PH_SETTING_CGROUP) > 0)
		cgroup = PH_CLONE_INTO_CGROUP;
	if (wants(plan, PH_SPAWN_KILL_ON_UNREF) && wants(plan, PH_SPAWN_NO_NEW_PRIVS) &&
	    ph_can(PH_SETTING_AUTOKILL) > 0)
		autokill = PH_CLONE_AUTOREAP | PH_CLONE_NNP | PH_CLONE_AUTOKILL;
	*ret_autokill = autokill != 0;
	pid = by_clone3(plan, cgroup | autokill);
	if (autokill && ph_is_unsupported(pid)) {
		*ret_autokill = false;
		pid = by_clone3(plan, cgroup);
	}
	if (cgroup && ph_is_unsupported(pid))
		pid = by_clone3(plan, 0);
	return pid;
}

/* Return: false if there are too many of those that are taken */
static bool add_source(struct ph_plan *plan, int fd)
{
	if (fd < PH_TAKEN_FROM) {
		if (fd > plan->highest_kept)
			plan->highest_kept = fd;
		return true;
	}
	for (int i = 0; i < plan->taken_count; i++)
		if (plan->taken[i].from == fd)
			return true;
	if (plan->taken_count == PH_TAKEN_MOST)
		return false;
	plan->taken[plan->taken_count++] = (struct ph_taken){ .from = fd, .here = -1 };
	return true;
}

static bool add_sources(struct ph_plan *plan)
{
	for (int i = 0; i < plan->moves_count; i++)
		if (!add_source(plan, plan->moves[i].from))
			return false;
	for (int i = 0; i < PH_SPARES; i++)
		if (!add_source(plan, plan->spares[i]))
			return false;
	return true;
}

/*
 * A child that is given the descriptor 19000 would have to copy 19000 of them. To
 * take three from its parent costs as much as to copy 100. What stays where it is may
 * stand above the limit of descriptors, and cannot be put there again; and from another
 * pid namespace the parent is not to be seen.
 */
static void plan_taking(struct ph_plan *plan)
{
	if (PH_LIKELY(plan->highest_source < PH_TAKEN_FROM) ||
	    plan->highest_target >= PH_TAKEN_FROM || plan->options->namespaces & PH_NS_PID)
		return;
	if (!can(PH_SETTING_GETFD, PH_METRIC_FALLBACKS_PIDFDGETFD))
		return;
	plan->highest_kept = STDERR_FILENO;
	plan->thread = (pid_t)PH_RAW(SYS_gettid);
	if (!add_sources(plan))
		plan->taken_count = 0;
}

/* Down the ladder. Return: the pid of a child that may have failed, or -errno */
static pid_t make(struct ph_plan *plan, bool *ret_autokill)
{
	pid_t pid = -ENOSYS;

	plan->shares_files = plan->closes_by_range && !wants(plan, PH_SPAWN_KEEP_FDS);
	*ret_autokill = false;
	if (can(PH_SETTING_CLONE3, PH_METRIC_FALLBACKS_CLONE3)) {
		pid = try_clone3(plan, ret_autokill);
		if (PH_LIKELY(!ph_is_unsupported(pid)))
			return pid;
		*ret_autokill = false;
	}
	if (plan->options->pid != 0)
		return pid == -ENOSYS ? -ENOTSUP : pid;
	if (can(PH_SETTING_CLONE, PH_METRIC_FALLBACKS_CLONEPIDFD)) {
		pid = by_clone(plan, PH_CLONE_PIDFD);
		if (!ph_is_unsupported(pid))
			return pid;
	}
	plan->shares_files = plan->opens_pidfd = true;
	return by_clone(plan, 0);
}

/* It has failed, and says so by having ended. */
static void reap(const struct ph_plan *plan, pid_t pid, bool is_autokill)
{
	struct ph_status status;
	int r;

	if (is_autokill) {
		/* by the kernel: gone is when it hangs up */
		do
			r = ph_pidfd_poll(plan->pidfd, /* until_reaped= */ true, -1);
		while (r == -EINTR);
	} else if (plan->pidfd >= 0 && ph_has(PH_SETTING_WAIT)) {
		do
			r = ph_pidfd_look(plan->pidfd, /* reap= */ true, /* block= */ true, &status);
		while (r == -EINTR || r == PH_LOOK_STOPPED);
	} else {
		r = ph_sys_peek(pid, /* block= */ true);
		while (r == -EINTR || r == PH_LOOK_STOPPED)
			r = ph_sys_peek(pid, /* block= */ true);
		(void)ph_sys_reap(pid, &status);
	}
	/* raw: the thread is not to be cancelled in it */
	if (plan->pidfd >= 0)
		(void)PH_RAW(SYS_close, plan->pidfd);
}

/*
 * The parent runs again after the exec, or after the end. Until the exec it is a
 * child of the other kind; of one that is traced or reaped by the kernel that
 * cannot be told, nor has to be.
 */
static bool was_killed_before(const struct ph_plan *plan, pid_t pid, bool is_autokill)
{
	if (is_autokill || wants(plan, PH_SPAWN_TRACED))
		return plan->pidfd < 0;
	if (PH_LIKELY(plan->pidfd >= 0 && ph_has(PH_SETTING_WAIT)))
		return ph_pidfd_has_not_executed(plan->pidfd);
	return ph_sys_has_not_executed(pid);
}

/* Nothing is left of it. @pid: what came of the cloning. Return: as ph_spawn_in_memory() */
static PH_COLD int give_up(struct ph_plan *plan, struct ph_process *process, pid_t pid,
			   bool is_autokill)
{
	free(process);
	if (pid < 0)
		return ph_plan_fail(plan, pid, PH_STEP_CLONE, 0);
	if (plan->failure.step == 0)
		(void)ph_plan_fail(plan, -ECANCELED, PH_STEP_EXEC, 0);
	reap(plan, pid, is_autokill);
	return plan->failure.err;
}

/*
 * With the table of its parent to be taken from, or a copy of it. That it may not take
 * from it a child finds out only when it has no copy any more.
 */
static pid_t make_with_files(struct ph_plan *plan, bool *ret_autokill)
{
	pid_t pid;

	if (plan->closes_by_range && !wants(plan, PH_SPAWN_KEEP_FDS))
		plan_taking(plan);
	pid = make(plan, ret_autokill);
	if (PH_LIKELY(pid < 0 || plan->refusal == 0))
		return pid;
	reap(plan, pid, *ret_autokill);
	ph_count(PH_METRIC_FALLBACKS_PIDFDGETFD);
	/* there will be descriptors again, but what has been forbidden will be so for the next */
	if (!ph_is_a_shortage(plan->refusal))
		ph_cannot(PH_SETTING_GETFD);
	plan->refusal = plan->taken_count = 0;
	return make(plan, ret_autokill);
}

int ph_spawn_in_memory(struct ph_plan *plan, struct ph_process **ret_process)
{
	struct ph_process *process = malloc(sizeof(*process));
	bool is_autokill;
	pid_t pid;

	if (!process)
		return ph_plan_fail(plan, -ENOMEM, PH_STEP_MEMORY, 0);
	pid = make_with_files(plan, &is_autokill);
	if (pid < 0 || plan->failure.step != 0 || was_killed_before(plan, pid, is_autokill))
		return give_up(plan, process, pid, is_autokill);
	ph_pidfd_backend_begin(process, pid, plan->pidfd);
	ph_kinship_begin(process, is_autokill ? PH_KIN_OTHER : PH_KIN_CHILD);
	process->is_plain = !is_autokill && !wants(plan, PH_SPAWN_TRACED);
	*ret_process = process;
	return 0;
}

/* what the usual child takes, and a handle that is pinned */
#define USUAL_ABILITIES                                                                \
	(PH_PINNING_ABILITIES | PH_BIT(PH_SETTING_VFORK) | PH_BIT(PH_SETTING_CLONE3) | \
	 PH_BIT(PH_SETTING_CLOSE))

/* The first rung, with nothing to look at. Return: as ph_spawn_in_memory() */
static inline int spawn_usual(struct ph_plan *plan, struct ph_process **ret_process)
{
	const struct ph_uapi_clone args = {
		.flags = FIRST_RUNG | PH_CLONE_FILES,
		.pidfd = (uintptr_t)&plan->pidfd,
	};
	struct ph_process *process = malloc(sizeof(*process));
	pid_t pid;

	if (!process)
		return ph_plan_fail(plan, -ENOMEM, PH_STEP_MEMORY, 0);
	plan->shares_memory = plan->shares_files = plan->closes_by_range = true;
	pid = ph_sys_clone3_call(&args, ph_spawn_child, plan);
	if (pid < 0 || plan->failure.step != 0 || ph_pidfd_has_not_executed(plan->pidfd))
		return give_up(plan, process, pid, /* is_autokill= */ false);
	ph_pidfd_backend_begin_pinned(process, pid, plan->pidfd);
	ph_kinship_begin(process, PH_KIN_CHILD);
	process->is_plain = process->is_made = true;
	ph_count(PH_METRIC_SPAWNS_MADE);
	*ret_process = process;
	return 0;
}

/*
 * Where everything is there that it takes, and no other thread: there is nothing to
 * look at, to open or to give back, and no call in which a thread can be cancelled.
 */
int ph_spawn_usually(char *const argv[], struct ph_process **ret_process)
{
	struct ph_plan plan;
	int r;

	if (!ph_is_alone() || !ph_can_all(USUAL_ABILITIES) || !argv || !argv[0] || !environ)
		return ph_backend_spawn(argv, &ph_spawn_usual, ret_process);
	ph_plan_begin(&plan, argv, &ph_spawn_usual);
	plan.environment = environ;
	plan.program = argv[0];
	if (!strchr(argv[0], '/'))
		plan.path = ph_environment_path(environ);
	r = spawn_usual(&plan, ret_process);
	if (PH_LIKELY(r == 0))
		return 0;
	/* a sandbox that was closed after the probing */
	if (ph_is_unsupported(r) && plan.failure.step == PH_STEP_CLONE)
		return ph_backend_spawn(argv, &ph_spawn_usual, ret_process);
	ph_plan_report(&plan);
	return r;
}
