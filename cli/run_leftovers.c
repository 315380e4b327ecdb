/* SPDX-License-Identifier: MIT */

/*
 * What a command leaves behind is ended: SIGTERM, the grace, SIGKILL, until ph has
 * no child left. Signals to ph are taken in between: each of them ends one call
 * of ph_stop_all(), and the next one goes on where that was.
 */

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "message.h"
#include "run.h"

/* With the first process of a namespace the kernel kills all the others. */
static void note_own(struct run *run, const struct ph_stop_report *report)
{
	if (report->what != PH_STOP_SENT || report->signo != SIGKILL)
		return;
	run->escalated = true;
	for (size_t i = 0; i < run->leftovers.count; i++)
		if (!run->leftovers.all[i].has_ended)
			run->leftovers.all[i].signo = SIGKILL;
}

static int note(const struct ph_stop_report *report, void *arg)
{
	struct run *run = arg;
	struct leftover *one;

	if (report->what == PH_STOP_STEP || !report->process)
		return 0;
	if (isolate_is_own(&run->isolate, report->process)) {
		note_own(run, report);
		return 0;
	}
	one = leftovers_note(&run->leftovers, report->process);
	switch (report->what) {
	case PH_STOP_SENT:
		one->signo = report->signo;
		if (report->signo == SIGKILL)
			run->escalated = true;
		break;
	case PH_STOP_REFUSED:
		one->error = (int)report->value;
		break;
	case PH_STOP_ENDED:
		one->has_ended = true;
		one->how = report->exit;
		break;
	case PH_STOP_LEFT:
		one->is_left = true;
		break;
	default:
		break;
	}
	return 0;
}

/*
 * One signal, or 0, to all that is left, and so long for it to end; shorter if ph
 * gets a signal, unless this is the last one.
 * Return: 0 nobody is left, -ETIMEDOUT, or as ph_stop_all() and isolate_scope()
 */
static int look_after(struct run *run, int signo, int64_t wait_ms)
{
	const struct ph_stop_step steps[] = {
		{ .signo = signo, .wait_ms = wait_ms },
		{ .signo = 0, .wait_ms = 0 },
	};
	bool is_last = signo == SIGKILL;
	struct ph_stop_options options = {
		.flags = is_last ? 0 : PH_STOP_HURRY_FD,
		.steps = steps,
		.steps_count = is_last ? 1 : 2,
		.hurry_fd = run->hurry,
		.report = note,
		.arg = run,
	};
	PH_AUTO struct ph_process *target = NULL;
	int r = isolate_scope(&run->isolate, &target, &options.scope);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < run->leftovers.count; i++) {
		run->leftovers.all[i].is_left = false;
		run->leftovers.all[i].error = 0;
	}
	r = ph_stop_all(&target, 1, &options, NULL);
	/* there was nobody any more */
	if (r == -ESRCH)
		return 0;
	/* a storm: there is always somebody new */
	return r == -ELOOP && !is_last ? -ETIMEDOUT : r;
}

/* Is there nobody to be stopped, or no way to? */
static bool is_final(int error)
{
	return error == 0 || error == -EBUSY || error == -ENOTSUP;
}

/* Until nobody is left, or there is a wish for an end, or the time is up. */
static int wait_for_all(struct run *run)
{
	int r = -ETIMEDOUT;

	while (r == -ETIMEDOUT && !run->is_stopping) {
		r = look_after(run, 0, ph_deadline_left_ms(run->timeout));
		run_take_signals(run);
		if (r == -ETIMEDOUT && ph_deadline_left_ms(run->timeout) == 0)
			run->timed_out = run->is_stopping = true;
	}
	return r;
}

static int stop_all(struct run *run)
{
	int signo = SIGTERM;
	int r = -ETIMEDOUT;

	run->grace = ph_deadline_after(run->options->grace_ms);
	while (r == -ETIMEDOUT && !run->is_hurried && ph_deadline_left_ms(run->grace) != 0) {
		r = look_after(run, signo, ph_deadline_left_ms(run->grace));
		run_take_signals(run);
		/* who minds it has got it; twice may mean something else */
		signo = 0;
	}
	if (is_final(r))
		return r;
	if (run->call->verbose > 0)
		message(run->call, "SIGKILL for what is left: %s",
			run->is_hurried ? "asked for a second time" : "the grace is over");
	return look_after(run, SIGKILL, PH_STOP_KILL_MS);
}

static int see_off(struct run *run)
{
	/* who has been reaped has no name any more: they are met while they live */
	int r = look_after(run, 0, 0);

	if (r == -ETIMEDOUT && run->options->leftovers == LEFTOVERS_WAIT)
		r = wait_for_all(run);
	return is_final(r) ? r : stop_all(run);
}

/* Whoever ended between two calls was not reported. */
static void settle(struct run *run)
{
	for (size_t i = 0; i < run->leftovers.count; i++) {
		struct leftover *one = &run->leftovers.all[i];

		if (!one->is_left && one->error == 0)
			one->has_ended = true;
	}
}

static int say_error(const struct run *run, int error)
{
	switch (error) {
	case 0:
		return 0;
	case -EBUSY:
		if (!run->call->quiet)
			message(run->call, "children older than the command run as well:"
					   " nobody is stopped");
		return 0;
	case -ETIMEDOUT:
	case -EPERM:
		/* they were named */
		return error;
	default:
		message(run->call, "cannot stop what is left: %s", ph_strerror(error));
		return error;
	}
}

/* Return: 0, or a negative errno value */
static int end_all(struct run *run)
{
	PH_CLEANUP(ph_closep) int hurry = -1;
	sigset_t set = run->taken;
	int r;

	(void)sigdelset(&set, SIGCHLD);
	hurry = signalfd(-1, &set, SFD_CLOEXEC);
	if (hurry < 0)
		return -errno;
	run->hurry = hurry;
	/* who has ended the command from the keyboard has asked once */
	if (run->how.how == PH_SIGNALED && run->how.value == SIGINT && run->asked == 0)
		run->asked = 1;
	r = see_off(run);
	settle(run);
	leftovers_say(&run->leftovers, run->call);
	return r;
}

int run_leftovers(struct run *run)
{
	PH_AUTO struct ph_process *target = NULL;
	int scope;
	int r;

	run->has_ended = true;
	isolate_leave(&run->isolate);
	if (run->options->leftovers == LEFTOVERS_LEAVE)
		return 0;
	/* as a rule there is nobody */
	r = isolate_scope(&run->isolate, &target, &scope);
	return say_error(run, r > 0 ? end_all(run) : r);
}
