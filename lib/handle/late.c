/* SPDX-License-Identifier: MIT */

/*
 * The list is an array of slots that are emptied and filled by one exchange
 * each: no lock that a fork could copy in the hands of another thread. What a
 * forked child inherits in it are no children of its own, and it drops them.
 */

#include "handle/late.h"

#include <errno.h>
#include <signal.h>

#include "base/cancel.h"
#include "handle/backend.h"

/* how many are looked at in one call */
enum { AT_ONCE = 16 };

/* never less than there are, also in a process that is forked in between */
_Atomic int ph_late_count;

static struct ph_process *_Atomic slots[PH_LATE_MAX];
static _Atomic unsigned next;

/*
 * Return: true if it is a child that is still to be reaped: it runs, or it has
 * ended, and its tracer has not let go of it
 */
static bool is_left(struct ph_process *process)
{
	struct ph_cancel cancel;
	struct ph_exit how;

	if (ph_record_is_there(process))
		return false;
	/* nobody else has it: it would be lost with a cancelled thread */
	cancel = ph_cancel_off();
	(void)process->backend->wait(process, ph_deadline_after(0), &how);
	ph_cancel_restore(&cancel);
	/* in a forked child it is not one */
	return !ph_record_is_there(process) && ph_kinship(process) == PH_KIN_CHILD;
}

/* Does the kernel reap the children of this process itself? */
static bool are_reaped(void)
{
	struct sigaction action;

	return sigaction(SIGCHLD, NULL, &action) == 0 &&
	       (action.sa_handler == SIG_IGN || action.sa_flags & SA_NOCLDWAIT);
}

static bool put(struct ph_process *process)
{
	atomic_fetch_add(&ph_late_count, 1);
	for (unsigned i = 0; i < PH_LATE_MAX; i++) {
		struct ph_process *none = NULL;

		/* counted before: another thread may take it right away */
		if (atomic_load_explicit(&slots[i], memory_order_relaxed))
			continue;
		ph_count(PH_METRIC_SPAWNS_LATE_LEFT);
		if (atomic_compare_exchange_strong(&slots[i], &none, process))
			return true;
		ph_uncount(PH_METRIC_SPAWNS_LATE_LEFT);
	}
	atomic_fetch_sub(&ph_late_count, 1);
	return false;
}

/* What is in the list is not held by anybody. */
static void remember(struct ph_process *process)
{
	ph_uncount(PH_METRIC_HANDLES_OPEN);
	if (put(process))
		return;
	ph_count(PH_METRIC_SPAWNS_LATE_LOST);
	ph_count(PH_METRIC_HANDLES_OPEN);
	ph_process_free(process);
}

static void look_at(unsigned index)
{
	struct ph_process *process = atomic_exchange(&slots[index], NULL);

	if (!process)
		return;
	atomic_fetch_sub(&ph_late_count, 1);
	ph_uncount(PH_METRIC_SPAWNS_LATE_LEFT);
	ph_count(PH_METRIC_HANDLES_OPEN);
	if (is_left(process)) {
		remember(process);
		return;
	}
	if (ph_record_is_there(process))
		ph_count(PH_METRIC_SPAWNS_LATE_REAPED);
	ph_process_free(process);
}

void ph_late_look_slowly(void)
{
	/* what is in no slot would be lost with a cancelled thread */
	PH_UNCANCELLED_ANYHOW;
	int looks = 0;

	for (unsigned i = 0; i < PH_LATE_MAX && looks < AT_ONCE; i++) {
		unsigned index = atomic_fetch_add(&next, 1) % PH_LATE_MAX;

		if (!atomic_load_explicit(&slots[index], memory_order_relaxed))
			continue;
		look_at(index);
		looks++;
	}
}

void ph_late_release(struct ph_process *process)
{
	bool is_running;

	is_running = is_left(process);
	if (is_running && process->is_killed_on_unref &&
	    process->backend->kill(process, SIGKILL) == 0)
		/* it may take a while to end: not ours */
		is_running = is_left(process);
	if (is_running && !are_reaped())
		remember(process);
	else
		ph_process_free(process);
}
