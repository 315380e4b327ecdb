/* SPDX-License-Identifier: MIT */

/*
 * What /proc says is about numbers, and about a moment that is over. So whoever
 * it names gets a handle first, then is asked, through the handle, for what ties
 * it to the scope; and then whoever held the other end of the tie is asked
 * whether he still holds it: then that number was his all the time.
 */

#include "handle/members_walk.h"

#include <errno.h>
#include <poll.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/late.h"
#include "handle/members_list.h"
#include "handle/number.h"
#include "proc/read.h"
#include "state/metrics.h"
#include "state/settings.h"
#include "sys/process.h"

/* what makes a process a member, each with the number of something */
enum tie {
	TIE_PARENT,
	TIE_GROUP,
	TIE_SESSION,
	TIE_CGROUP,
};

struct candidate {
	pid_t pid;
	/* as /proc has it: for the order only, or as the tie */
	pid_t parent;
	enum tie tie;
	pid_t number;
};

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

/* Return: 1 it has that tie, 0 it has not, or -errno (-ESRCH: gone) */
static int is_tied(struct ph_walk *walk, struct ph_process *process,
		   const struct candidate *candidate)
{
	pid_t number = 0;
	int r = 0;

	switch (candidate->tie) {
	case TIE_PARENT:
		r = process->backend->parent(process, &number);
		break;
	case TIE_GROUP:
		r = number = proved(process, ph_sys_getpgid(process->pid));
		break;
	case TIE_SESSION:
		r = number = proved(process, ph_sys_getsid(process->pid));
		break;
	case TIE_CGROUP:
		return proved(process, ph_cgroup_has(&walk->members->cgroup, process->pid));
	}
	return r < 0 ? r : number == candidate->number;
}

/*
 * A number in the list that is no longer the member's may hide somebody.
 * Return: 0, it is a member or it is none, or -errno
 */
static int consider(struct ph_walk *walk, const struct candidate *candidate)
{
	PH_CLEANUP(drop) struct ph_process *process = NULL;
	struct ph_members *members = walk->members;
	size_t index = ph_members_find(members, candidate->pid);
	/* the end of one that was killed is nothing new */
	bool is_expected = index != PH_NOBODY && walk->are_killed;
	int r;

	if (index != PH_NOBODY) {
		r = ph_prove(members->list[index].process);
		if (r != -ESRCH)
			return r;
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
		return 0;
	}
	if (r > 0)
		r = ph_members_add(members, process, candidate->parent);
	if (r == 0)
		process = NULL;
	return r;
}

/* Youngest first: those are the ones that run away. */
static int consider_children(struct ph_walk *walk, pid_t parent)
{
	struct candidate candidate = { .tie = TIE_PARENT, .parent = parent, .number = parent };
	const struct ph_proc_row *row, *end;
	int r = 0;

	if (walk->has_table) {
		row = ph_proc_table_children(&walk->table, parent, &end);
		for (; r == 0 && row < end; row++) {
			candidate.pid = row->pid;
			r = consider(walk, &candidate);
		}
		return r;
	}
	walk->pids.count = 0;
	r = ph_proc_children(parent, &walk->pids);
	for (size_t i = walk->pids.count; r == 0 && i > 0; i--) {
		candidate.pid = walk->pids.list[i - 1];
		r = consider(walk, &candidate);
	}
	return r;
}

/* Drops those who have been added since, if that is what @r says of their tie. */
static int keep_if(struct ph_walk *walk, size_t count, int r)
{
	if (r != -ESRCH)
		return r;
	ph_members_cut(walk->members, count);
	walk->is_unsettled = true;
	return 0;
}

static int walk_below(struct ph_walk *walk, struct ph_process *parent)
{
	size_t count = walk->members->count;
	int r;

	r = consider_children(walk, parent->pid);
	if (r < 0 || walk->members->count == count)
		return r;
	/* it has its number still, and so was the parent that they named */
	return keep_if(walk, count, ph_prove(parent));
}

/* Return: 1, 0, or -errno there was nothing left to find out with */
static int has_ended(const struct ph_process *process)
{
	struct pollfd end = { .fd = process->backend->pollable(process), .events = POLLIN };
	struct ph_proc_stat stat;
	int r;

	if (end.fd >= 0)
		return poll(&end, 1, 0) > 0;
	/* twice: an exec by a thread looks alike for a moment */
	for (int round = 0; round < 2; round++) {
		r = ph_proc_read_stat(process->fd, &stat);
		if (ph_is_a_shortage(r))
			return r;
		if (r == 0 && !ph_proc_stat_has_ended(&stat))
			return 0;
	}
	return 1;
}

/*
 * One that has ended has no children any more: who was one hangs elsewhere since
 * then, perhaps below one that has been looked at already; unless all that there
 * could be have been seen.
 */
static int can_have_children(struct ph_walk *walk, struct ph_member *member)
{
	int r;

	if (member->has_ended)
		return 0;
	r = has_ended(member->process);
	if (r <= 0)
		return r < 0 ? r : 1;
	member->has_ended = true;
	walk->is_unsettled |= !member->is_barren;
	return 0;
}

/* Who is not a member, but whose children are; once reaped it has none. */
static int walk_below_root(struct ph_walk *walk)
{
	int r = ph_prove(walk->members->root);

	if (r < 0)
		return r == -ESRCH ? 0 : r;
	return walk_below(walk, walk->members->root);
}

/*
 * The list grows while it is walked. Who runs away, by leaving a child behind
 * and ending, is seen below the root again and again, if it is the one that
 * adopts: after the first round that is reason enough to go and signal.
 */
static int walk_tree(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;
	int r = 0;

	if (members->scope == PH_DESCENDANTS)
		r = walk_below_root(walk);
	if (members->is_complete)
		return r;
	for (size_t i = 0; r == 0 && i < members->count; i++) {
		if (members->has_begun && i <= 1 && members->count > walk->first)
			break;
		r = can_have_children(walk, &members->list[i]);
		if (r <= 0)
			continue;
		r = walk_below(walk, members->list[i].process);
		members->list[i].is_barren = walk->are_killed && r == 0;
	}
	return r;
}

static bool is_held_by(const struct ph_members *members, struct ph_process *process)
{
	if (members->session > 0 && proved(process, ph_sys_getsid(process->pid)) == members->session)
		return true;
	return members->group > 0 &&
	       proved(process, ph_sys_getpgid(process->pid)) == members->group;
}

/*
 * The number of a group or session belongs to it while its leader has not been
 * reaped, and after that while it has a member. One who was a member before and
 * is one now was a member all the time. Return: 0 it does, -ESRCH not to be told,
 * or -errno there was nothing left to tell with
 */
static int prove_numbers(const struct ph_members *members, size_t before)
{
	struct ph_process *root = members->root;
	bool is_leader = (members->group == 0 || members->group == root->pid) &&
			 (members->session == 0 || members->session == root->pid);
	int r = is_leader ? ph_prove(root) : -ESRCH;

	if (r == 0 || ph_is_a_shortage(r))
		return r;
	if (members->led && root->backend->kill_led(root->fd, 0) != -ESRCH)
		return 0;
	for (size_t i = 0; i < before; i++)
		if (!members->list[i].is_forgotten && is_held_by(members, members->list[i].process))
			return 0;
	return -ESRCH;
}

/* Everybody in the group and the session, if the scope has one. */
static int walk_numbers(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;
	size_t count = members->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < walk->table.count; i++) {
		const struct ph_proc_row *row = &walk->table.rows[i];
		struct candidate candidate = { .pid = row->pid, .parent = row->parent };

		if (members->session > 0 && row->session == members->session) {
			candidate.tie = TIE_SESSION;
			candidate.number = members->session;
		} else if (members->group > 0 && row->group == members->group) {
			candidate.tie = TIE_GROUP;
			candidate.number = members->group;
		} else {
			continue;
		}
		r = consider(walk, &candidate);
	}
	if (r < 0 || members->count == count)
		return r;
	r = prove_numbers(members, count);
	/* what cannot be told now cannot be told later: whoever could has gone */
	if (r == -ESRCH)
		members->group = members->session = 0;
	return keep_if(walk, count, r);
}

static int walk_cgroup(struct ph_walk *walk)
{
	struct ph_proc_stat stat;
	int r;

	walk->pids.count = 0;
	r = ph_cgroup_pids(&walk->members->cgroup, &walk->pids);
	for (size_t i = 0; r == 0 && i < walk->pids.count; i++) {
		struct candidate candidate = { .pid = walk->pids.list[i], .tie = TIE_CGROUP };

		/* where somebody else's process has the number now, it is no member */
		if (ph_members_find(walk->members, candidate.pid) == PH_NOBODY &&
		    ph_proc_read_stat_of(candidate.pid, &stat) == 0) {
			if (ph_proc_stat_is_kernel(&stat))
				continue;
			candidate.parent = stat.parent;
		}
		r = consider(walk, &candidate);
	}
	return r;
}

/* Nobody of them starts anybody any more: who is there now is all that there will be. */
static bool are_killed(const struct ph_members *members)
{
	for (size_t i = 0; i < members->count; i++)
		if (!members->list[i].is_killed && !members->list[i].has_ended)
			return false;
	return members->count > 0;
}

/*
 * What a look has shown of those who were killed: all, or who has come may have
 * started others, below anybody.
 */
static void note_killed(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;

	members->is_complete = members->count == walk->first && !walk->is_unsettled;
	for (size_t i = 0; members->count > walk->first && i < walk->first; i++)
		members->list[i].is_barren = false;
}

static bool is_tree(int scope)
{
	return scope == PH_TREE || scope == PH_DESCENDANTS;
}

/* A group or session is to be had from all of /proc only. */
static bool needs_table(const struct ph_members *members)
{
	if (members->scope == PH_CGROUP)
		return false;
	if (members->group > 0 || members->session > 0)
		return true;
	if (!ph_setting_is_on(PH_SETTING_CHILDREN)) {
		ph_setting_count(PH_SETTING_CHILDREN);
		return true;
	}
	if (ph_proc_has_children())
		return false;
	ph_count(PH_METRIC_FALLBACKS_PROCCHILDREN);
	return true;
}

int ph_walk_once(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;
	int r = 0;

	walk->is_unsettled = false;
	walk->are_killed = are_killed(members);
	walk->has_table = needs_table(members);
	walk->table.count = 0;
	if (walk->has_table)
		r = ph_proc_table_read(&walk->table);
	if (r == 0 && members->scope == PH_CGROUP)
		r = walk_cgroup(walk);
	if (r == 0 && walk->has_table)
		r = walk_numbers(walk);
	if (r == 0 && is_tree(members->scope))
		r = walk_tree(walk);
	if (r == 0 && walk->are_killed)
		note_killed(walk);
	return r;
}

void ph_walk_end(const struct ph_walk *walk)
{
	ph_proc_table_end(&walk->table);
	ph_proc_pids_end(&walk->pids);
}
