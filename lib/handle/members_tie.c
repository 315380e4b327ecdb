/* SPDX-License-Identifier: MIT */

/*
 * What /proc says is about numbers, and about a moment that is over. So whoever
 * it names gets a handle first, then is asked, through the handle, for what ties
 * it to the scope; and then whoever held the other end of the tie is asked
 * whether he still holds it: then that number was his all the time.
 */

#include "handle/members_tie.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/late.h"
#include "handle/members_list.h"
#include "handle/members_lost.h"
#include "handle/number.h"
#include "sys/process.h"

static void drop(struct ph_process *const *process)
{
	if (*process)
		ph_process_unref(*process);
}

/* Read, and then proved that it was its own. */
static int proved(struct ph_process *process, int read)
{
	int r = ph_prove(process);

	return r < 0 ? r : read;
}

/*
 * It had the number before that was read, so it was the one that was read of. Two
 * that start in one tick of the clock cannot be told apart.
 */
static bool was_read_of(const struct ph_walk *walk, struct ph_process *process,
			const struct ph_candidate *candidate)
{
	uint64_t start = atomic_load(&process->start);

	if (candidate->start == 0 || candidate->start >= walk->table.tick)
		return false;
	if (start == 0 && process->backend->start(process, &start) == 0)
		start++;
	return start == candidate->start + 1;
}

/* Return: 1 it has that tie, 0 it has not, or -errno (-ESRCH: gone) */
static int is_tied(struct ph_walk *walk, struct ph_process *process,
		   const struct ph_candidate *candidate)
{
	pid_t number = 0;
	int r = 0;

	switch (candidate->tie) {
	case PH_TIE_PARENT:
		r = process->backend->parent(process, &number);
		break;
	case PH_TIE_GROUP:
		r = number = proved(process, ph_sys_getpgid(process->pid));
		break;
	case PH_TIE_SESSION:
		r = number = proved(process, ph_sys_getsid(process->pid));
		break;
	case PH_TIE_CGROUP:
		return proved(process, ph_cgroup_has(&walk->members->cgroup, process->pid));
	}
	if (r < 0 || number == candidate->number)
		return r < 0 ? r : 1;
	/* or it had it until now */
	return was_read_of(walk, process, candidate);
}

/*
 * Was that so when the scope was looked at first? A table shows it of all at once;
 * without one it is asked as soon as somebody has been named.
 * Return: 1, 0, or a shortage
 */
static int had_ended(const struct ph_walk *walk, struct ph_process *process,
		     const struct ph_candidate *candidate)
{
	int r;

	if (!ph_lost_is_possible(walk->members))
		return 0;
	if (!walk->is_first || walk->has_table)
		return ph_lost_had_ended(walk->members, candidate->pid, candidate->start);
	r = ph_walk_has_ended(process);
	return r == -EPERM ? 0 : r;
}

/*
 * One that is gone since it was named: its end is noted by itself. Return: 1 it was
 * that one, 0 it may have been another one with its number, or a shortage
 */
static int was_named(const struct ph_member *member)
{
	int r;

	if (!member->has_ended)
		return 1;
	r = ph_lost_is_number_given_again(member);
	return r < 0 ? r : !r;
}

int ph_tie_consider(struct ph_walk *walk, const struct ph_candidate *candidate)
{
	PH_CLEANUP(drop) struct ph_process *process = NULL;
	struct ph_members *members = walk->members;
	size_t index = ph_members_find(members, candidate->pid);
	/* the end of one that was killed is nothing new */
	bool is_expected = index != PH_NOBODY && walk->are_killed;
	bool is_known = false;
	int ended = 0;
	int r;

	if (index != PH_NOBODY) {
		r = ph_prove(members->list[index].process);
		if (r == 0)
			members->list[index].named_at = members->now;
		if (r != -ESRCH)
			return r;
		r = was_named(&members->list[index]);
		if (r < 0)
			return r;
		is_known = r;
		ph_members_forget(members, index);
	}
	r = ph_backend_find(candidate->pid, &process);
	/* /proc has just shown it, and now does not: nothing could be proved */
	if (r == 0 && process->guarantee == PH_UNCHECKED)
		return -EPERM;
	if (r == 0)
		r = is_tied(walk, process, candidate);
	if (r == 0 || r == -ESRCH || r == -ENOENT) {
		walk->is_unsettled |= !is_expected;
		/* it, or what it has left behind, hangs elsewhere, and keeps its number if that had one */
		if (!is_expected && (r == 0 || (!candidate->is_held && !is_known)))
			ph_lost_note_passer(members, candidate->pid, candidate->start);
		/* it has just left, perhaps, and nothing else leads to it */
		members->is_lost |= r == 0 && candidate->is_held && !ph_members_are_tree(members);
		return 0;
	}
	if (r > 0)
		ended = had_ended(walk, process, candidate);
	if (r > 0)
		r = ended < 0 ? ended : ph_members_add(members, process, candidate->parent);
	if (r == 0) {
		process = NULL;
		members->list[members->count - 1].is_held = candidate->is_held;
		members->list[members->count - 1].had_ended = ended;
	}
	return r;
}

/* Return: 1, 0 it is not, or a shortage */
static int has_number(struct ph_process *process, pid_t number, int (*ask)(pid_t pid))
{
	int r;

	if (number == 0)
		return 0;
	r = proved(process, ask(process->pid));
	return ph_is_a_shortage(r) ? r : r == number;
}

/* Return: the same */
static int is_held_by(const struct ph_members *members, struct ph_process *process)
{
	int r = has_number(process, members->session, ph_sys_getsid);

	return r == 0 ? has_number(process, members->group, ph_sys_getpgid) : r;
}

/*
 * The number of a group or session belongs to it while its leader has not been
 * reaped, and after that while it has a member. One who was a member before and
 * is one now was a member all the time.
 */
int ph_tie_prove_numbers(const struct ph_members *members, size_t before)
{
	struct ph_process *root = members->root;
	bool is_leader = (members->group == 0 || members->group == root->pid) &&
			 (members->session == 0 || members->session == root->pid);
	int r = is_leader ? ph_prove(root) : -ESRCH;

	if (r == 0 || ph_is_a_shortage(r))
		return r;
	if (members->led && root->backend->kill_led(root->fd, 0) != -ESRCH)
		return 0;
	for (size_t i = 0; i < before; i++) {
		if (members->list[i].is_forgotten)
			continue;
		r = is_held_by(members, members->list[i].process);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -ESRCH;
}
