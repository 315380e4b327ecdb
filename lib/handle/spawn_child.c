/* SPDX-License-Identifier: MIT */

/* The child, from its birth to the exec: see spawn_child.h for the rules. */

#include "handle/spawn_child.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

enum {
	/* nobody sees it: what has gone wrong is told in another way */
	FAILED = 127,
	SIGNALS = 64,
	STATUS_SIZE = 4096,
};

void ph_child_fail(struct ph_plan *plan, long error, enum ph_step step, int index)
{
	struct ph_failure failure = { .err = (int)error, .step = (int)step, .index = index };

	plan->failure = failure;
	if (plan->report >= 0)
		(void)PH_RAW(SYS_write, plan->report, &failure, sizeof(failure));
	for (;;)
		(void)PH_RAW(SYS_exit_group, FAILED);
}

/* struct sigaction of the kernel, as far as 0 and SIG_IGN go */
struct action {
	unsigned long words[8];
};

#if defined(__mips__)
enum { HANDLER = 1 };
#else
enum { HANDLER = 0 };
#endif

static void set_action(struct ph_plan *plan, int signo, bool is_ignored)
{
	struct action action = { { 0 } };
	long r;

	action.words[HANDLER] = is_ignored ? 1 : 0;
	r = PH_RAW(SYS_rt_sigaction, signo, &action, NULL, sizeof(uint64_t));
	ph_child_check(plan, r, PH_STEP_SIGNAL, signo);
}

static bool is_ignored(int signo)
{
	struct action action = { { 0 } };

	return PH_RAW(SYS_rt_sigaction, signo, NULL, &action, sizeof(uint64_t)) == 0 &&
	       action.words[HANDLER] == 1;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Return: what follows the key, or NULL if this is not its line */
static const char *skip_key(const char *line, const char *key)
{
	while (*key != '\0' && *line == *key) {
		line++;
		key++;
	}
	return *key == '\0' ? line : NULL;
}

/* of /proc/PID/status; sets of signals */
struct signals {
	uint64_t blocked;
	uint64_t ignored;
};

static uint64_t parse_set(const char *text)
{
	uint64_t set = 0;

	for (; hex_digit(*text) >= 0; text++)
		set = set << 4 | (uint64_t)hex_digit(*text);
	return set;
}

/* Return: false if it is not all there */
static bool parse_status(const char *text, struct signals *ret_signals)
{
	const char *line = text, *value;

	*ret_signals = (struct signals){ 0 };
	for (; *line != '\0'; line++) {
		/* their order has never been another one */
		if (*line == 'S' && (value = skip_key(line, "SigBlk:\t")))
			ret_signals->blocked = parse_set(value);
		else if (*line == 'S' && (value = skip_key(line, "SigIgn:\t"))) {
			ret_signals->ignored = parse_set(value);
			while (*value != '\0' && *value != '\n')
				value++;
			return *value == '\n';
		}
		while (*line != '\n')
			if (*line++ == '\0')
				return false;
	}
	return false;
}

/*
 * A child that is born without handlers still ignores what its parent ignores,
 * and there is no call that tells what that is for more than one signal. The
 * descriptor is left to the exec.
 */
static __attribute__((__noinline__)) bool read_status(struct signals *ret_signals)
{
	char text[STATUS_SIZE];
	long fd, length;

	fd = PH_RAW(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = PH_RAW(SYS_read, fd, text, sizeof(text) - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	return parse_status(text, ret_signals);
}

/* Return: true if what it was born with has to be known, and is */
static bool learn_signals(const struct ph_plan *plan, struct signals *ret_signals)
{
	if (plan->has_handlers || ph_child_wants(plan, PH_SPAWN_KEEP_IGNORED) || !plan->reads_proc)
		return false;
	return read_status(ret_signals);
}

/* @known: what the child was born with, or NULL */
static void set_actions(struct ph_plan *plan, const struct signals *known)
{
	const struct ph_spawn_options *options = plan->options;
	bool keeps = ph_child_wants(plan, PH_SPAWN_KEEP_IGNORED);
	uint64_t reset;

	if (keeps && !plan->has_handlers)
		reset = options->reset;
	else
		reset = known ? known->ignored : PH_SIGNAL_ALL;
	if (!(reset | options->ignored))
		return;

	for (int signo = 1; signo <= SIGNALS; signo++) {
		uint64_t bit = PH_SIGNAL_BIT(signo);

		if (signo == SIGKILL || signo == SIGSTOP)
			continue;
		if (options->ignored & bit)
			set_action(plan, signo, true);
		else if (options->reset & reset & bit ||
			 (reset & bit && !(keeps && is_ignored(signo))))
			set_action(plan, signo, false);
	}
}

static void join_cgroup(struct ph_plan *plan)
{
	long fd, r;

	fd = PH_RAW(SYS_openat, plan->spares[PH_SPARE_CGROUP], "cgroup.procs", O_WRONLY | O_CLOEXEC);
	ph_child_check(plan, fd, PH_STEP_CGROUP, 0);
	r = PH_RAW(SYS_write, fd, "0", 1);
	ph_child_check(plan, r, PH_STEP_CGROUP, 0);
	(void)PH_RAW(SYS_close, fd);
}

/* The exec enters it, but not on Linux 6.1 and before. */
static void leave_time(struct ph_plan *plan)
{
	long r = PH_RAW(SYS_unshare, CLONE_NEWTIME), fd;

	ph_child_check(plan, r, PH_STEP_NAMESPACE, 0);
	if (!plan->reads_proc)
		return;
	fd = PH_RAW(SYS_openat, AT_FDCWD, "/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	r = PH_RAW(SYS_setns, fd, CLONE_NEWTIME);
	ph_child_check(plan, r, PH_STEP_NAMESPACE, 0);
	(void)PH_RAW(SYS_close, fd);
}

/* Cgroup, session, group, terminal: whom it belongs to. */
void ph_child_relations(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	int terminal = plan->spares[PH_SPARE_TERMINAL];
	long r;

	if (ph_child_wants(plan, PH_SPAWN_CGROUP) && !plan->is_born_in_cgroup)
		join_cgroup(plan);
	if (ph_child_wants(plan, PH_SPAWN_NEW_SESSION)) {
		/* with a group of its own */
		ph_child_check(plan, PH_RAW(SYS_setsid), PH_STEP_SESSION, 0);
	} else if (ph_child_wants(plan, PH_SPAWN_NEW_GROUP) || options->group > 0) {
		r = PH_RAW(SYS_setpgid, 0, options->group);
		ph_child_check(plan, r, PH_STEP_GROUP, 0);
	}
	if (ph_child_wants(plan, PH_SPAWN_TERMINAL)) {
		r = PH_RAW(SYS_ioctl, terminal, TIOCSCTTY, 0);
		ph_child_check(plan, r, PH_STEP_TERMINAL, 0);
	}
	if (ph_child_wants(plan, PH_SPAWN_FOREGROUND)) {
		int group = (int)PH_RAW(SYS_getpgid, 0);

		r = PH_RAW(SYS_ioctl, terminal, TIOCSPGRP, &group);
		ph_child_check(plan, r, PH_STEP_FOREGROUND, 0);
	}
	if (options->namespaces & PH_NS_TIME)
		leave_time(plan);
}

static void tie_to_parent(struct ph_plan *plan)
{
	long r = PH_RAW(SYS_prctl, PR_SET_PDEATHSIG, plan->options->death_signal, 0, 0, 0);

	ph_child_check(plan, r, PH_STEP_DEATH_SIGNAL, 0);
	/*
	 * It may have died before: nobody is there to be told, or to be served.
	 * 0: it is in another pid namespace, whose children are in this one.
	 */
	r = PH_RAW(SYS_getppid);
	if (plan->parent != 0 && r != 0 && r != plan->parent)
		ph_child_fail(plan, -ESRCH, PH_STEP_DEATH_SIGNAL, 0);
}

/* A child that shares the table opens its pidfd for the parent. */
static void open_pidfd(struct ph_plan *plan)
{
	long r = PH_RAW(SYS_getpid);

	r = PH_RAW(SYS_pidfd_open, r, 0);
	ph_child_check(plan, r, PH_STEP_HANDLE, 0);
	plan->pidfd = (int)r;
}

/* The parent has not got hold of this process before it says so. */
static void wait_for_go(struct ph_plan *plan)
{
	char byte;
	long r;

	do
		r = PH_RAW(SYS_read, plan->go, &byte, 1);
	while (r == -EINTR);
	if (r == 1)
		return;
	/* it has given up, or is gone */
	for (;;)
		(void)PH_RAW(SYS_exit_group, FAILED);
}

static void set_mask(struct ph_plan *plan, const struct signals *known)
{
	uint64_t mask = plan->options->blocked;
	long r;

	if (ph_child_wants(plan, PH_SPAWN_KEEP_BLOCKED))
		mask |= plan->mask;
	if (known && known->blocked == mask)
		return;
	r = PH_RAW(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
	ph_child_check(plan, r, PH_STEP_SIGNAL, 0);
}

void ph_spawn_child(void *arg)
{
	struct ph_plan *plan = arg;
	const struct ph_spawn_options *options = plan->options;
	struct signals signals;
	const struct signals *known;

	if (plan->go >= 0)
		wait_for_go(plan);
	if (plan->opens_pidfd)
		open_pidfd(plan);
	ph_child_descriptors(plan);
	known = learn_signals(plan, &signals) ? &signals : NULL;
	set_actions(plan, known);
	ph_child_relations(plan);
	ph_child_resources(plan);
	ph_child_privileges(plan);
	if (options->death_signal != 0)
		tie_to_parent(plan);
	if (ph_child_wants(plan, PH_SPAWN_TRACED))
		ph_child_check(plan, PH_RAW(SYS_ptrace, PTRACE_TRACEME), PH_STEP_TRACE, 0);
	set_mask(plan, known);
	ph_child_exec(plan);
}
