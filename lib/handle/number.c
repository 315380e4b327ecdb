/* SPDX-License-Identifier: MIT */

#include "handle/number.h"

#include <errno.h>
#include <poll.h>

#include "base/cleanup.h"
#include "handle/record.h"
#include "sys/home.h"

/*
 * A forked child may have copied the lock in the hands of a thread that it
 * does not have. It needs none: what it inherited is not its to reap.
 */
struct ph_turn ph_turn_begin(struct ph_process *process)
{
	struct ph_turn turn = { .process = process, .is_locked = false };

	if (ph_is_pinned(process))
		return turn;
	/* also without the lock: /proc is read in between */
	turn.cancel = ph_cancel_off();
	if (process->home != ph_home())
		return turn;
	(void)pthread_mutex_lock(&process->lock);
	turn.is_locked = true;
	return turn;
}

void ph_turn_end(const struct ph_turn *turn)
{
	if (turn->is_locked)
		(void)pthread_mutex_unlock(&turn->process->lock);
	if (!ph_is_pinned(turn->process))
		ph_cancel_restore(&turn->cancel);
}

int ph_prove(struct ph_process *process)
{
	int r;

	if (atomic_load(&process->is_gone))
		return -ESRCH;
	r = process->backend->prove(process);
	if (r == -ESRCH && process->guarantee != PH_UNCHECKED)
		atomic_store(&process->is_gone, true);
	return r;
}

int ph_number_kill(struct ph_process *process, int signo)
{
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);
	int r = ph_prove(process);

	return r < 0 ? r : ph_sys_kill(process->pid, signo);
}

int ph_number_queue(struct ph_process *process, int signo, int value)
{
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);
	int r = ph_prove(process);

	return r < 0 ? r : ph_sys_sigqueue(process->pid, signo, value);
}

/*
 * A child that runs a set-user-ID program may be hidden from us (hidepid). It
 * was seen to be ours before, and nobody but us can set its number free.
 */
static int prove_to_reap(struct ph_process *process)
{
	int r = ph_prove(process);

	return r == -EPERM && ph_kinship(process) == PH_KIN_CHILD ? 0 : r;
}

static int reap(struct ph_process *process)
{
	struct ph_status status;
	int r;

	r = prove_to_reap(process);
	if (r < 0)
		return r;
	r = ph_sys_peek(process->pid, 0);
	if (r != PH_LOOK_ENDED)
		return r;
	/* a zombie keeps its number, so this is the process that was proved */
	r = prove_to_reap(process);
	if (r < 0)
		return r;
	r = ph_sys_reap(process->pid, &status);
	if (r <= 0)
		return r;
	atomic_store(&process->is_gone, true);
	ph_record_own(process, &status);
	return PH_LOOK_ENDED;
}

int ph_number_reap(struct ph_process *process)
{
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);

	/* somebody had the turn before */
	return ph_record_is_there(process) ? PH_LOOK_ENDED : reap(process);
}

void ph_number_reap_again(struct ph_process *process)
{
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);

	(void)reap(process);
}

int ph_number_take_change(struct ph_process *process, unsigned changes, struct ph_status *ret_status)
{
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);
	int r;

	if (ph_record_is_there(process))
		return PH_LOOK_ENDED;
	r = prove_to_reap(process);
	if (r < 0)
		return r;
	/* nobody but us can set the number of a child free */
	r = ph_sys_change(/* pidfd= */ -1, process->pid, changes, /* take= */ false,
			  /* block= */ false, ret_status);
	if (r != PH_LOOK_STOPPED || !ph_change_is_wanted(changes, ret_status))
		return r == PH_LOOK_STOPPED ? PH_LOOK_RUNS : r;
	/* it may end before it is taken, and is a child that has no change then */
	ph_kinship_is(process, PH_KIN_CHILD);
	return ph_sys_change(/* pidfd= */ -1, process->pid, changes, /* take= */ true,
			     /* block= */ false, ret_status);
}

/* Pinned handles have no turns. It is a matter of microseconds. */
static void await_reaper(const struct ph_process *process)
{
	PH_UNCANCELLED;

	while (!ph_record_is_there(process) && atomic_load(&process->reaper) == ph_home())
		(void)poll(NULL, 0, 1);
}

bool ph_number_has_record(struct ph_process *process)
{
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);

	await_reaper(process);
	return ph_record_is_there(process);
}
