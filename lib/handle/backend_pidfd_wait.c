/* SPDX-License-Identifier: MIT */

/*
 * Waiting on a pidfd. It becomes readable when the process ends, and hangs up
 * when it is reaped. A child gives its status in between, everybody else's
 * process only afterwards.
 */

#include "handle/backend_pidfd.h"

#include <errno.h>
#include <poll.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/number.h"
#include "handle/record.h"
#include "proc/read.h"
#include "state/metrics.h"
#include "sys/home.h"
#include "sys/pidfd.h"
#include "sys/support.h"

enum {
	/* how long a wait for somebody else's process waits for the reap */
	REAP_WAIT_MS = 200,
	/* the longest pause between two looks at a child that a tracer holds */
	PAUSE_MS = 50,
};

/*
 * The reap has the last word: where the first thread of a process ended before
 * the others, a mere look tells its status, not theirs, up to Linux 5.16. A
 * thread that comes too late for the child waits for the record.
 */
static void reap_and_record(struct ph_process *process, const struct ph_status *seen)
{
	/* who waits for the record is not to do so for ever */
	PH_UNCANCELLED_ANYHOW;
	/* a signal by number is not to come between proof and act */
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);
	struct ph_status status;

	atomic_store(&process->reaper, ph_home());
	/* somebody else may have been faster */
	if (ph_pidfd_look(process->fd, /* reap= */ true, /* block= */ false, &status) !=
	    PH_LOOK_ENDED)
		status = *seen;
	ph_record_own(process, &status);
}

/* Return: PH_LOOK_…, -ECHILD, -EAGAIN (O_NONBLOCK), -EINTR, or -EPERM it is refused now */
static int look(struct ph_process *process, bool block)
{
	struct ph_status status;
	int r;

	if (!process->waits_by_fd) {
		ph_count(PH_METRIC_FALLBACKS_PIDFDWAIT);
		r = ph_number_reap(process);
		if (r == -EACCES)
			return -EPERM;
		return r >= 0 || ph_is_a_shortage(r) ? r : -ECHILD;
	}
	r = ph_pidfd_look(process->fd, /* reap= */ false, block, &status);
	if (r == PH_LOOK_ENDED)
		reap_and_record(process, &status);
	return ph_is_refused(r) ? -EPERM : r;
}

/* Waits for the reap, a while. Return: true once it has been seen */
static bool wait_for_reap(const struct ph_process *process, struct ph_deadline deadline)
{
	struct ph_deadline end = ph_deadline_after(REAP_WAIT_MS);
	int r;

	if (!ph_deadline_is_never(deadline) && deadline.at < end.at)
		end = deadline;
	do
		r = ph_pidfd_poll(process->fd, /* until_reaped= */ true, ph_deadline_left_ms(end));
	while (r == -EINTR);
	return r > 0 && r & POLLHUP;
}

static bool has_been_reaped(const struct ph_process *process)
{
	int r = ph_pidfd_poll(process->fd, /* until_reaped= */ true, 0);

	return r > 0 && r & POLLHUP;
}

/*
 * A zombie that we may trace shows how it ended. Its descriptor is not to be lost
 * with a cancelled thread. Return: a shortage that kept us from looking, or 0
 */
static int record_from_proc(struct ph_process *process)
{
	PH_UNCANCELLED_ANYHOW;
	PH_CLEANUP(ph_closep) int directory = ph_proc_open(process->pid);
	struct ph_status status;
	/* its number after the directory was opened: then it is its own */
	int r = directory < 0 ? directory : ph_prove(process);

	if (r == 0)
		r = ph_proc_read_exit(directory, &status);
	if (r == 0)
		ph_record_others(process, &status, ph_record_others_flag(process));
	return ph_is_a_shortage(r) ? r : 0;
}

/*
 * The process has ended, and it was not by us that it was reaped. Leaves no
 * record if a later call may know more. Return: 0, or a shortage
 */
static int learn(struct ph_process *process, bool is_reaped, struct ph_deadline deadline)
{
	bool can_wait = ph_can(PH_SETTING_EXIT) > 0;
	bool can_ask = ph_setting_is_on(PH_SETTING_EXIT) && ph_has(PH_SETTING_INFO);
	struct ph_status status;
	int r = 0;

	if (!is_reaped && can_wait)
		is_reaped = wait_for_reap(process, deadline);
	if (!is_reaped) {
		r = record_from_proc(process);
		is_reaped = has_been_reaped(process);
	}
	if (ph_record_is_there(process))
		return 0;
	/* before the reap has been seen the answer is unreliable, up to 7.2 */
	if (is_reaped && can_ask && ph_pidfd_exit(process->fd, &status) > 0) {
		ph_record_others(process, &status, ph_record_others_flag(process));
		return 0;
	}
	/* the zombie may say more yet */
	if (!is_reaped && (can_wait || r < 0))
		return r;
	if (!ph_has(PH_SETTING_EXIT))
		ph_count(PH_METRIC_FALLBACKS_EXITINFO);
	ph_record_others(process, NULL, ph_record_others_flag(process));
	return 0;
}

static int answer(struct ph_process *process, unsigned flags, struct ph_exit *ret_exit)
{
	if (!ph_record_read(process, ret_exit))
		*ret_exit = (struct ph_exit){ .how = PH_UNKNOWN, .flags = flags };
	return 0;
}

/*
 * A child that has ended, but whose tracer has not let go of it: readable, and
 * not to be reaped. There is no event to sleep on.
 * Return: true if it has been reaped after all
 */
static bool outlast_tracer(struct ph_process *process, struct ph_deadline deadline)
{
	int pause = 1;

	for (;;) {
		int left = ph_deadline_left_ms_at_most(deadline, pause);
		int r = look(process, /* block= */ false);

		if (r == PH_LOOK_ENDED || r == -ECHILD)
			return true;
		if (left == 0 || r == -EPERM)
			return false;
		(void)poll(NULL, 0, left);
		pause = pause < PAUSE_MS / 2 ? pause * 2 : PAUSE_MS;
	}
}

/* Sleeps until the process has ended. Return: poll events, -ETIMEDOUT, -errno */
static int sleep_until_ended(const struct ph_process *process, struct ph_deadline deadline)
{
	for (;;) {
		int left = ph_deadline_left_ms(deadline);
		int r = ph_pidfd_poll(process->fd, /* until_reaped= */ false, left);

		if (r > 0 || (r < 0 && r != -EINTR))
			return r;
		if (r == 0 && left >= 0 && ph_deadline_left_ms(deadline) == 0)
			return -ETIMEDOUT;
	}
}

/*
 * Looks, and learns whether it is a child. To wait for ever is to sleep in the
 * call that also has the answer. Return: as look()
 */
static int look_as_parent(struct ph_process *process, struct ph_deadline deadline)
{
	bool may_block = ph_deadline_is_never(deadline) && process->waits_by_fd;
	bool is_child = ph_kinship(process) == PH_KIN_CHILD;
	int r = look(process, may_block && is_child);

	if (r == PH_LOOK_RUNS || r == PH_LOOK_STOPPED)
		ph_kinship_is(process, PH_KIN_CHILD);
	while (r == -EINTR || (r == PH_LOOK_RUNS && may_block))
		r = look(process, /* block= */ true);
	/*
	 * Not a child, and it runs: it never was one, or this is a forked child
	 * with an inherited handle. If it has ended, it may have been stolen.
	 */
	if (r == -ECHILD && (ph_kinship(process) != PH_KIN_CHILD ||
			     ph_pidfd_poll(process->fd, /* until_reaped= */ false, 0) == 0))
		ph_kinship_is(process, PH_KIN_OTHER);
	return r;
}

/* It is readable, and nobody has been seen to reap it. Return: as look() */
static int look_at_zombie(struct ph_process *process, struct ph_deadline deadline)
{
	/* it may have become ours meanwhile, if we are a subreaper */
	int r = look(process, /* block= */ false);

	if (r == PH_LOOK_RUNS || r == PH_LOOK_STOPPED)
		r = outlast_tracer(process, deadline) ? PH_LOOK_ENDED : PH_LOOK_STOPPED;
	return r;
}

/* Is it ours to reap, as far as that can be told without a look? */
static bool is_child(struct ph_process *process)
{
	pid_t parent;

	return ph_kinship(process) == PH_KIN_CHILD ||
	       (process->backend->parent(process, &parent) == 0 && parent == getpid());
}

static __attribute__((__noinline__)) int
wait_slowly(struct ph_process *process, struct ph_deadline deadline, struct ph_exit *ret_exit)
{
	int events;
	int r = -ECHILD;

	if (ph_kinship(process) != PH_KIN_OTHER)
		r = look_as_parent(process, deadline);
	if (ph_is_a_shortage(r))
		return r;
	if (r == PH_LOOK_ENDED)
		return answer(process, 0, ret_exit);

	events = sleep_until_ended(process, deadline);
	if (events < 0)
		return events;
	r = events & POLLHUP ? -ECHILD : look_at_zombie(process, deadline);
	if (ph_is_a_shortage(r) || (r == -EPERM && is_child(process)))
		return r;
	if (r == PH_LOOK_STOPPED)
		return answer(process, PH_PENDING, ret_exit);
	r = ph_number_has_record(process) ? 0 : learn(process, events & POLLHUP, deadline);
	if (r < 0)
		return r;
	return answer(process, ph_record_others_flag(process) | PH_PENDING, ret_exit);
}

/*
 * In one call, that is, if no other thread could come too late for the child and
 * too early for the record: there is none, and none can be made while this one
 * sleeps. A child that was born to be traced is looked at first: a stop that is
 * shown to its tracer is taken by whoever does not say that he only looks.
 */
static bool may_reap_at_once(const struct ph_process *process, struct ph_deadline deadline)
{
	return process->is_plain && ph_deadline_is_never(deadline) && ph_is_alone() &&
	       ph_is_pinned(process);
}

int ph_pidfd_backend_wait(struct ph_process *process, struct ph_deadline deadline,
			  struct ph_exit *ret_exit)
{
	struct ph_status status;

	if (may_reap_at_once(process, deadline) &&
	    ph_pidfd_reap(process->fd, &status) == PH_LOOK_ENDED) {
		ph_record_sole(process, &status, ret_exit);
		return 0;
	}
	return wait_slowly(process, deadline, ret_exit);
}

/* In one call and without sleeping, for a handle that nobody else uses. Return: as look() */
static int reap(struct ph_process *process)
{
	struct ph_status status;
	int r = ph_pidfd_look(process->fd, /* reap= */ true, /* block= */ false, &status);

	if (r == PH_LOOK_ENDED)
		ph_record_own(process, &status);
	return ph_is_refused(r) ? -EPERM : r;
}

int ph_pidfd_backend_tell(struct ph_process *process, bool is_reaped, bool is_sole,
			  struct ph_exit *ret_exit)
{
	int r = -ECHILD;

	/* whom it was a child of is known only to whom reaped it */
	if (!is_reaped)
		r = is_sole && ph_is_pinned(process) ? reap(process) : look(process, false);
	if (ph_is_a_shortage(r))
		return r;
	/* a child that has ended, and whose tracer has not let go of it */
	if (r == PH_LOOK_RUNS || r == PH_LOOK_STOPPED) {
		ph_kinship_is(process, PH_KIN_CHILD);
		return answer(process, PH_PENDING, ret_exit);
	}
	/* nor may it be reaped */
	if (r == -EPERM && is_child(process))
		return answer(process, PH_PENDING, ret_exit);
	if (r != PH_LOOK_ENDED && !ph_number_has_record(process)) {
		r = learn(process, is_reaped, ph_deadline_after(0));
		if (r < 0)
			return r;
	}
	return answer(process, ph_record_others_flag(process) | PH_PENDING, ret_exit);
}
