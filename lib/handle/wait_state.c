/* SPDX-License-Identifier: MIT */

/*
 * The kernel tells a change to whoever asks first, and keeps the last one only.
 * No descriptor becomes readable for it.
 */

#include "handle/wait_state.h"

#include <errno.h>
#include <poll.h>

#include "base/cancel.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/number.h"
#include "handle/record.h"

enum {
	/* the pauses between two looks grow from the one to the other */
	FIRST_PAUSE_MS = 1,
	LAST_PAUSE_MS = 50,
};

static unsigned changes_of(unsigned states)
{
	return (states & PH_WAIT_STOPPED ? PH_CHANGE_STOPPED : 0) |
	       (states & PH_WAIT_CONTINUED ? PH_CHANGE_CONTINUED : 0);
}

static int pidfd_of(const struct ph_process *process)
{
	return process->waits_by_fd ? process->fd : -1;
}

/* Return: as ph_number_take_change() */
static int take(struct ph_process *process, unsigned changes, struct ph_status *ret_status)
{
	int pidfd = pidfd_of(process);
	int r;

	if (pidfd < 0)
		return ph_number_take_change(process, changes, ret_status);
	r = ph_sys_change(pidfd, 0, changes, /* take= */ false, /* block= */ false, ret_status);
	/* what ptrace shows without being asked stays where it is */
	if (r != PH_LOOK_STOPPED || !ph_change_is_wanted(changes, ret_status))
		return r == PH_LOOK_STOPPED ? PH_LOOK_RUNS : r;
	/* somebody else may be faster, or its end: it is a child that has no change then */
	ph_kinship_is(process, PH_KIN_CHILD);
	return ph_sys_change(pidfd, 0, changes, /* take= */ true, /* block= */ false, ret_status);
}

/* What has been taken is not to be lost with a cancelled thread. */
static int take_uncancelled(struct ph_process *process, unsigned changes,
			    struct ph_status *ret_status)
{
	PH_UNCANCELLED_ANYHOW;
	int r;

	do
		r = take(process, changes, ret_status);
	while (r == -EINTR);
	return r;
}

/* Sleeps until there is something to take. Return: false if it is not wanted */
static bool sleep_for_ever(struct ph_process *process, unsigned changes)
{
	PH_UNCANCELLED_ANYHOW;
	struct ph_status status;
	int r;

	/* it is only looked at, so whoever has the number by then loses nothing */
	r = ph_sys_change(pidfd_of(process), process->pid, changes, /* take= */ false,
			  /* block= */ true, &status);
	return r == PH_LOOK_ENDED || r == -EINTR ||
	       (r == PH_LOOK_STOPPED && ph_change_is_wanted(changes, &status));
}

/* The end is told to everybody, as by ph_wait(); but is it one of ours? */
static int tell_end(struct ph_process *process, struct ph_deadline deadline,
		    struct ph_exit *ret_exit)
{
	int r = 0;

	if (!ph_record_read(process, ret_exit))
		r = process->backend->wait(process, deadline, ret_exit);
	return r == 0 && ret_exit->flags & PH_FOREIGN ? -ECHILD : r;
}

int ph_await_state(struct ph_process *process, unsigned states, struct ph_deadline deadline,
		   struct ph_exit *ret_exit)
{
	const unsigned changes = changes_of(states);
	int pause = FIRST_PAUSE_MS;

	for (;;) {
		struct ph_status status;
		int left;
		int r = ph_record_is_there(process) ? PH_LOOK_ENDED
						    : take_uncancelled(process, changes, &status);

		if (r == PH_LOOK_ENDED)
			return tell_end(process, deadline, ret_exit);
		if (r == PH_LOOK_STOPPED) {
			*ret_exit = (struct ph_exit){ .how = status.how, .value = status.value };
			return 0;
		}
		if (ph_is_a_shortage(r))
			return r;
		/* nobody may ask any more */
		if (r == -EACCES)
			return -EPERM;
		/* hidden from us (-EPERM) is neither */
		if (r == PH_LOOK_RUNS)
			ph_kinship_is(process, PH_KIN_CHILD);
		else if (r != -EPERM && ph_number_has_record(process))
			continue;
		else if (r != -EPERM)
			/* a child that is none any more was reaped by somebody else */
			return ph_kinship(process) == PH_KIN_CHILD
				       ? tell_end(process, deadline, ret_exit)
				       : -ECHILD;

		left = ph_deadline_left_ms_at_most(deadline, pause);
		if (left == 0)
			return -ETIMEDOUT;
		if (ph_deadline_is_never(deadline) && sleep_for_ever(process, changes))
			continue;
		(void)poll(NULL, 0, left);
		pause = pause < LAST_PAUSE_MS / 2 ? pause * 2 : LAST_PAUSE_MS;
	}
}
