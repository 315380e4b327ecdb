/* SPDX-License-Identifier: MIT */

#include "handle/stop_member.h"

#include <errno.h>
#include <signal.h>

#include "handle/backend.h"
#include "handle/number.h"
#include "handle/record.h"
#include "state/metrics.h"
#include "sys/process.h"

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

static void tell_end(struct ph_stop *stop, size_t index, struct ph_process *process,
		     const struct ph_exit *how)
{
	struct ph_stop_report report = { .what = PH_STOP_ENDED, .exit = *how };

	ph_stop_tell(stop, index, process, &report);
}

static void end(struct ph_stop *stop, size_t index, size_t place, const struct ph_exit *how)
{
	struct ph_member *member = member_at(stop, index, place);
	struct ph_stop_target *target = &stop->targets[index];

	if (ph_stop_is_living(stop, member))
		target->living--;
	if (!(member->mark & PH_STOP_IS_WATCHED))
		stop->unwatched--;
	member->mark |= PH_STOP_IS_WATCHED | PH_STOP_HAS_ENDED;
	tell_end(stop, index, member->process, how);
	(void)let_go_if_reaped(&target->members, place);
}

int ph_stop_without_root(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];
	struct ph_exit how;

	if (target->has_root_ended || target->known > 0)
		return 0;
	target->has_root_ended = true;
	if (has_ended(stop, target->members.root, /* is_patient= */ false, &how))
		tell_end(stop, index, target->members.root, &how);
	return 0;
}

/*
 * Those who are in the group or session are found by its number, and that is
 * nobody else's as long as a zombie has it: in a storm everybody else who could
 * prove it is gone by the next look. So the root is only looked at, if it is a
 * child. Return: PH_LOOK_…, or -ECHILD it is to be looked at like anybody else
 */
static int look_at_keeper(const struct ph_members *members, const struct ph_member *member)
{
	if (member->process != members->root || (members->group == 0 && members->session == 0) ||
	    ph_record_is_there(member->process) || ph_prove(member->process) < 0)
		return -ECHILD;
	return ph_sys_peek(member->pid, /* block= */ 0);
}

static void keep(struct ph_stop *stop, size_t index, size_t place)
{
	struct ph_member *member = member_at(stop, index, place);

	if (ph_stop_is_living(stop, member))
		stop->targets[index].living--;
	if (!(member->mark & PH_STOP_IS_WATCHED))
		stop->unwatched--;
	member->mark |= PH_STOP_IS_WATCHED | PH_STOP_IS_KEPT;
}

void ph_stop_let_root_go(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];

	for (size_t i = 0; i < target->known; i++) {
		struct ph_member *member = member_at(stop, index, i);
		struct ph_exit how;

		if (!(member->mark & PH_STOP_IS_KEPT))
			continue;
		member->mark &= ~(unsigned)PH_STOP_IS_KEPT;
		member->mark |= PH_STOP_HAS_ENDED;
		if (has_ended(stop, member->process, /* is_patient= */ false, &how))
			tell_end(stop, index, member->process, &how);
		(void)let_go_if_reaped(&target->members, i);
	}
}

static bool look(struct ph_stop *stop, size_t index, size_t place, bool is_patient)
{
	struct ph_member *member = member_at(stop, index, place);
	struct ph_exit how;
	int r;

	if (member->mark & (PH_STOP_HAS_ENDED | PH_STOP_IS_KEPT))
		return true;
	/* who asks is there */
	if (member->mark & PH_STOP_IS_CALLER)
		return false;
	r = look_at_keeper(&stop->targets[index].members, member);
	if (r == PH_LOOK_ENDED)
		keep(stop, index, place);
	if (r >= 0)
		return r == PH_LOOK_ENDED;
	if (!has_ended(stop, member->process, is_patient, &how))
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

	member->is_asked = true;
	member->is_killed |= signo == SIGKILL;
	if (member->mark & PH_STOP_IS_REFUSED) {
		member->mark &= ~(unsigned)PH_STOP_IS_REFUSED;
		stop->targets[index].living++;
	}
	ph_stop_tell(stop, index, member->process, &report);
}

void ph_stop_kill_at_once(struct ph_stop *stop, size_t index)
{
	struct ph_members *members = &stop->targets[index].members;

	if (ph_stop_step_of(stop)->signo != SIGKILL)
		return;
	/* whose turn has not come would be killed as well */
	for (size_t i = 0; i < members->count; i++)
		if (!ph_stop_has_turn(stop, &members->list[i]))
			return;
	if (members->scope == PH_CGROUP)
		(void)ph_cgroup_kill(&members->cgroup);
	else
		(void)ph_members_kill_led(members);
}

/*
 * Two who have one number now are one process. Nobody is spared by mistake: who
 * has lost the number is signalled, in vain, and so is who cannot be asked.
 */
static bool are_one(struct ph_process *one, struct ph_process *other)
{
	return one == other || (one && ph_prove(one) == 0 && ph_prove(other) == 0);
}

/* Return: the member of another target as which it has got the signal of the step, or NULL */
static const struct ph_member *who_has_got_it(struct ph_stop *stop, struct ph_process *process)
{
	const struct ph_stop_sent_slot *slot = ph_stop_sent_find(&stop->sent, process->pid);
	const struct ph_member *other;

	if (!slot || slot->step != stop->step)
		return NULL;
	other = member_at(stop, slot->index, slot->place);
	return are_one(other->process, process) ? other : NULL;
}

static void note_sent(struct ph_stop *stop, size_t index, size_t place)
{
	const struct ph_stop_sent_slot slot = {
		.pid = member_at(stop, index, place)->pid,
		.index = index,
		.place = place,
		.step = stop->step,
	};
	int signo = ph_stop_step_of(stop)->signo;

	ph_count(PH_METRIC_SIGNALS_SENT);
	if (signo == SIGKILL && stop->step > 0)
		ph_count(PH_METRIC_STOPS_KILLED);
	if (stop->order->count > 1)
		ph_stop_sent_note(&stop->sent, &slot);
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
	struct ph_members *members = &stop->targets[index].members;
	struct ph_member *member = member_at(stop, index, place);
	int signo = ph_stop_step_of(stop)->signo;
	const struct ph_member *other;
	int r;

	if (signo == 0 || member->mark & (PH_STOP_HAS_ENDED | PH_STOP_IS_KEPT) ||
	    !ph_stop_has_turn(stop, member))
		return;
	other = who_has_got_it(stop, member->process);
	if (other) {
		members->has_signalled = true;
		member->may_obey |= other->may_obey;
		accept(stop, index, place);
		return;
	}
	ph_members_note_signal(members, member, signo);
	r = kill_and_continue(member->process, signo);
	if (r == 0)
		note_sent(stop, index, place);
	if (r == 0)
		accept(stop, index, place);
	else if (r == -ESRCH)
		(void)ph_stop_look_for_end(stop, index, place);
	else
		refuse(stop, index, place, r);
}
