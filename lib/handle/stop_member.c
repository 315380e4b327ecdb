/* SPDX-License-Identifier: MIT */

#include "handle/stop_member.h"

#include <errno.h>
#include <signal.h>

#include "handle/backend.h"
#include "handle/number.h"
#include "handle/record.h"
#include "state/metrics.h"

enum {
	INDEX_SHIFT = 32,
};

static struct ph_member *member_at(struct ph_stop *stop, size_t index, size_t place)
{
	return &stop->targets[index].members.list[place];
}

void ph_stop_tell(struct ph_stop *stop, size_t index, struct ph_process *process,
		  struct ph_stop_report *report)
{
	if (!stop->order->report || stop->answer)
		return;
	report->index = index;
	report->process = process;
	stop->answer = stop->order->report(report, stop->order->arg);
}

/*
 * Never sleeps for the end; but a process that has ended and is somebody else's
 * says how only once its parent has reaped it, which takes most parents no time.
 */
static bool has_ended(struct ph_stop *stop, struct ph_process *process, bool is_patient,
		      struct ph_exit *ret_exit)
{
	struct ph_deadline patience;

	if (ph_record_read(process, ret_exit))
		return true;
	if (process->backend->wait(process, ph_deadline_after(0), ret_exit) < 0)
		return false;
	if (is_patient && ret_exit->flags & PH_PENDING && stop->patience_ms > 0) {
		patience = ph_deadline_after(stop->patience_ms);
		(void)process->backend->wait(process, patience, ret_exit);
		stop->patience_ms = ph_deadline_left_ms(patience);
	}
	return true;
}

/* A zombie is kept: it would be found again. Return: whether it has been reaped */
static bool let_go_if_reaped(struct ph_members *members, size_t place)
{
	if (ph_prove(members->list[place].process) != -ESRCH)
		return false;
	ph_members_let_go(members, place);
	return true;
}

bool ph_stop_let_go(struct ph_stop_target *target)
{
	struct ph_members *members = &target->members;
	bool has_let_go = false;

	for (size_t i = 0; i < target->known; i++)
		if (members->list[i].mark & PH_STOP_HAS_ENDED && members->list[i].process)
			has_let_go |= let_go_if_reaped(members, i);
	return has_let_go;
}

void ph_stop_reap_adopted(struct ph_stop_target *target)
{
	struct ph_exit how;

	for (size_t i = 0; i < target->known; i++) {
		const struct ph_member *member = &target->members.list[i];
		struct ph_process *process = member->process;

		if (!(member->mark & PH_STOP_HAS_ENDED) || !process)
			continue;
		if (ph_record_is_there(process))
			process->backend->reap(process);
		else
			(void)process->backend->wait(process, ph_deadline_after(0), &how);
	}
}

static void end(struct ph_stop *stop, size_t index, size_t place, const struct ph_exit *how)
{
	struct ph_member *member = member_at(stop, index, place);
	struct ph_stop_target *target = &stop->targets[index];
	struct ph_stop_report report = { .what = PH_STOP_ENDED, .exit = *how };

	if (ph_stop_is_living(stop, member))
		target->living--;
	if (!(member->mark & PH_STOP_IS_WATCHED))
		stop->unwatched--;
	member->mark |= PH_STOP_IS_WATCHED | PH_STOP_HAS_ENDED;
	ph_stop_tell(stop, index, member->process, &report);
	(void)let_go_if_reaped(&target->members, place);
}

int ph_stop_without_root(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];
	struct ph_stop_report report = { .what = PH_STOP_ENDED };

	if (target->has_root_ended || target->known > 0)
		return 0;
	target->has_root_ended = true;
	if (has_ended(stop, target->members.root, /* is_patient= */ false, &report.exit))
		ph_stop_tell(stop, index, target->members.root, &report);
	return 0;
}

static bool look(struct ph_stop *stop, size_t index, size_t place, bool is_patient)
{
	struct ph_member *member = member_at(stop, index, place);
	struct ph_exit how;

	if (member->mark & PH_STOP_HAS_ENDED)
		return true;
	/* who asks is there */
	if (member->mark & PH_STOP_IS_CALLER || !has_ended(stop, member->process, is_patient, &how))
		return false;
	end(stop, index, place, &how);
	return true;
}

bool ph_stop_look_for_end(struct ph_stop *stop, size_t index, size_t place)
{
	return look(stop, index, place, /* is_patient= */ true);
}

static bool watch(struct ph_stop *stop, size_t index, size_t place)
{
	const struct ph_process *process = member_at(stop, index, place)->process;
	int fd = process->backend->pollable(process);

	return fd >= 0 && place < UINT32_MAX &&
	       ph_watch_add(&stop->watch, fd, (uint64_t)index << INDEX_SHIFT | place) == 0;
}

void ph_stop_watched(uint64_t data, size_t *ret_index, size_t *ret_place)
{
	*ret_index = (size_t)(data >> INDEX_SHIFT);
	*ret_place = (size_t)(data & UINT32_MAX);
}

void ph_stop_take_in(struct ph_stop *stop, size_t index, size_t place)
{
	struct ph_member *member = member_at(stop, index, place);

	if (ph_member_is_caller(&stop->targets[index].members, member)) {
		member->mark = PH_STOP_IS_CALLER | PH_STOP_IS_WATCHED;
		return;
	}
	stop->unwatched++;
	stop->targets[index].living++;
	if (look(stop, index, place, /* is_patient= */ false))
		return;
	if (watch(stop, index, place)) {
		member->mark |= PH_STOP_IS_WATCHED;
		stop->unwatched--;
	}
}

static void refuse(struct ph_stop *stop, size_t index, size_t place, int error)
{
	struct ph_member *member = member_at(stop, index, place);
	struct ph_stop_report report = {
		.what = PH_STOP_REFUSED,
		.signo = ph_stop_step_of(stop)->signo,
		.value = error,
	};

	ph_count(PH_METRIC_SIGNALS_REFUSED);
	if (ph_stop_is_living(stop, member))
		stop->targets[index].living--;
	member->mark |= PH_STOP_IS_REFUSED;
	member->err = error;
	ph_stop_tell(stop, index, member->process, &report);
}

static void accept(struct ph_stop *stop, size_t index, size_t place)
{
	struct ph_member *member = member_at(stop, index, place);
	int signo = ph_stop_step_of(stop)->signo;
	struct ph_stop_report report = { .what = PH_STOP_SENT, .signo = signo };

	ph_count(PH_METRIC_SIGNALS_SENT);
	member->is_killed |= signo == SIGKILL;
	if (signo == SIGKILL && stop->step > 0)
		ph_count(PH_METRIC_STOPS_KILLED);
	if (member->mark & PH_STOP_IS_REFUSED) {
		member->mark &= ~(unsigned)PH_STOP_IS_REFUSED;
		stop->targets[index].living++;
	}
	ph_stop_tell(stop, index, member->process, &report);
}

void ph_stop_kill_cgroup(struct ph_stop *stop, size_t index)
{
	const struct ph_members *members = &stop->targets[index].members;

	if (members->scope != PH_CGROUP || ph_stop_step_of(stop)->signo != SIGKILL)
		return;
	/* whose turn has not come would be killed as well */
	for (size_t i = 0; i < members->count; i++)
		if (!ph_stop_has_turn(stop, &members->list[i]))
			return;
	(void)ph_cgroup_kill(&members->cgroup);
}

/* One that is stopped could not act on it. */
static int kill_and_continue(struct ph_process *process, int signo)
{
	int r = process->backend->kill(process, signo);

	if (r == 0 && signo != SIGKILL && signo != SIGCONT)
		(void)process->backend->kill(process, SIGCONT);
	return r;
}

void ph_stop_signal(struct ph_stop *stop, size_t index, size_t place)
{
	struct ph_member *member = member_at(stop, index, place);
	int signo = ph_stop_step_of(stop)->signo;
	int r;

	if (signo == 0 || member->mark & PH_STOP_HAS_ENDED || !ph_stop_has_turn(stop, member))
		return;
	r = kill_and_continue(member->process, signo);
	if (r == 0)
		accept(stop, index, place);
	else if (r == -ESRCH)
		(void)ph_stop_look_for_end(stop, index, place);
	else
		refuse(stop, index, place, r);
}
