/* SPDX-License-Identifier: MIT */

/* Members are looked for in /proc, and below those who are known already. */

#include "handle/members_walk.h"

#include <errno.h>
#include <poll.h>
#include <sys/resource.h>

#include "base/errors.h"
#include "handle/backend.h"
#include "handle/members_list.h"
#include "handle/members_lost.h"
#include "handle/members_tie.h"
#include "handle/number.h"
#include "proc/read.h"
#include "state/metrics.h"
#include "state/settings.h"
#include "sys/process.h"

/* tables that may have missed somebody, before the next one has to do */
enum { TABLES = 4 };

/*
 * So many who have ended are taken in at a time, and more each time, but no more
 * than that part of the descriptors: each holds one until it is let go.
 */
enum { ENDED_AT_ONCE = 256, ENDED_SHARE = 4 };

/*
 * Of those who run away, and come to the root in the end, the youngest is all that
 * matters: before it are those who have been caught, and they are more each time.
 */
static bool is_enough(const struct ph_walk *walk, pid_t parent, pid_t pid)
{
	const struct ph_members *members = walk->members;

	return members->has_begun && members->loses_nobody && parent == members->self &&
	       members->count > walk->first && ph_members_find(members, pid) != PH_NOBODY;
}

/*
 * Who lives is to be signalled before it starts another one, so it is not kept
 * waiting by those who have ended: in a storm they are many, and more each time.
 */
static bool can_wait(struct ph_walk *walk, const struct ph_proc_row *row)
{
	const struct ph_members *members = walk->members;

	if (!row->has_ended || ph_members_find(members, row->pid) != PH_NOBODY ||
	    members->count - walk->first < walk->ended_room)
		return false;
	walk->has_left_ended = true;
	return true;
}

static size_t room_for_ended(const struct ph_members *members)
{
	size_t room = ENDED_AT_ONCE + members->count;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / ENDED_SHARE < room)
		room = (size_t)limit.rlim_cur / ENDED_SHARE;
	return room > 0 ? room : 1;
}

/* Youngest first: those are the ones that run away. */
static int consider_children(struct ph_walk *walk, pid_t parent)
{
	struct ph_candidate candidate = { .tie = PH_TIE_PARENT, .parent = parent, .number = parent };
	const struct ph_proc_row *first, *end;
	int r = 0;

	if (walk->has_table) {
		first = ph_proc_table_children(&walk->table, parent, &end);
		for (const struct ph_proc_row *row = end; r == 0 && row-- > first;) {
			if (is_enough(walk, parent, row->pid))
				break;
			if (can_wait(walk, row))
				continue;
			candidate.pid = row->pid;
			candidate.start = row->start;
			candidate.is_held = ph_members_hold(walk->members, row);
			r = ph_tie_consider(walk, &candidate);
		}
		return r;
	}
	walk->pids.count = 0;
	r = ph_proc_children(parent, &walk->pids);
	for (size_t i = walk->pids.count; r == 0 && i > 0; i--) {
		candidate.pid = walk->pids.list[i - 1];
		if (is_enough(walk, parent, candidate.pid))
			break;
		r = ph_tie_consider(walk, &candidate);
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

int ph_walk_has_ended(struct ph_process *process)
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
	return r < 0 && ph_prove(process) == -EPERM ? -EPERM : 1;
}

/* What is below it cannot be read: there is nothing any more, or it is hidden. */
static int explain_unread(struct ph_process *parent)
{
	int r = ph_prove(parent);

	if (r == 0)
		r = ph_walk_has_ended(parent);
	if (r < 0)
		return r == -ESRCH ? 0 : r;
	return r > 0 ? 0 : -EPERM;
}

static int walk_below(struct ph_walk *walk, struct ph_process *parent)
{
	size_t count = walk->members->count;
	int r;

	r = consider_children(walk, parent->pid);
	if (r == -EACCES)
		r = explain_unread(parent);
	if (r < 0 || walk->members->count == count)
		return r;
	/* it has its number still, and so was the parent that they named */
	return keep_if(walk, count, ph_prove(parent));
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
	r = ph_walk_has_ended(member->process);
	if (r <= 0)
		return r < 0 ? r : 1;
	member->has_ended = true;
	walk->is_unsettled |= !member->is_barren;
	ph_lost_note_member(walk->members, member);
	return 0;
}

/* It lives: the number is its own. */
static bool is_in_numbers(const struct ph_members *members, pid_t pid)
{
	return (members->session > 0 && ph_sys_getsid(pid) == members->session) ||
	       (members->group > 0 && ph_sys_getpgid(pid) == members->group);
}

/*
 * Those who were found are all that there were, if it lives still. Return: 0, or
 * -errno there was nothing left to find out with
 */
static int note_look(struct ph_walk *walk, struct ph_member *member)
{
	int r = can_have_children(walk, member);

	if (r <= 0)
		return r;
	member->looked_at = walk->members->now;
	member->had_ended = false;
	member->is_held = is_in_numbers(walk->members, member->pid);
	member->is_barren = walk->are_killed;
	return 0;
}

/* Who is not a member, but whose children are; once reaped it has none. */
static int walk_below_root(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;
	bool had_ended = members->has_root_ended;
	int r = ph_prove(members->root);

	if (r == 0)
		r = walk_below(walk, members->root);
	if (r < 0 && r != -ESRCH)
		return r;
	if (r == 0 && !had_ended && members->root->pid != members->self)
		r = ph_walk_has_ended(members->root);
	if (had_ended || r == 0 || ph_is_a_shortage(r)) {
		members->root_looked_at = members->now;
		return had_ended ? 0 : r;
	}
	members->has_root_ended = true;
	walk->is_unsettled = true;
	ph_lost_note_root(members);
	return 0;
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
	if (members->is_complete ||
	    (members->loses_nobody && members->has_begun && members->count > walk->first))
		return r;
	for (size_t i = 0; r == 0 && i < members->count; i++) {
		r = can_have_children(walk, &members->list[i]);
		if (r <= 0)
			continue;
		r = walk_below(walk, members->list[i].process);
		if (r == 0)
			r = note_look(walk, &members->list[i]);
	}
	return r;
}

/* Everybody in the group and the session, if the scope has one. */
static int walk_numbers(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;
	size_t count = members->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < walk->table.count; i++) {
		const struct ph_proc_row *row = &walk->table.rows[i];
		struct ph_candidate candidate = {
			.pid = row->pid,
			.parent = row->parent,
			.is_held = true,
			.start = row->start,
		};

		if (members->session > 0 && row->session == members->session) {
			candidate.tie = PH_TIE_SESSION;
			candidate.number = members->session;
		} else if (members->group > 0 && row->group == members->group) {
			candidate.tie = PH_TIE_GROUP;
			candidate.number = members->group;
		} else {
			continue;
		}
		if (!can_wait(walk, row))
			r = ph_tie_consider(walk, &candidate);
	}
	if (r < 0 || members->count == count)
		return r;
	r = ph_tie_prove_numbers(members, count);
	/* what cannot be told now cannot be told later: whoever could has gone */
	if (r == -ESRCH) {
		members->group = members->session = 0;
		members->is_lost = true;
	}
	return keep_if(walk, count, r);
}

static int walk_cgroup(struct ph_walk *walk)
{
	struct ph_proc_stat stat;
	int r;

	walk->pids.count = 0;
	r = ph_cgroup_pids(&walk->members->cgroup, &walk->pids);
	for (size_t i = 0; r == 0 && i < walk->pids.count; i++) {
		struct ph_candidate candidate = { .pid = walk->pids.list[i], .tie = PH_TIE_CGROUP };

		/* where somebody else's process has the number now, it is no member */
		if (ph_members_find(walk->members, candidate.pid) == PH_NOBODY) {
			int read = ph_proc_read_stat_of(candidate.pid, &stat);

			if (ph_is_a_shortage(read))
				return read;
			if (read == 0 && ph_proc_stat_is_kernel(&stat))
				continue;
			if (read == 0)
				candidate.parent = stat.parent;
		}
		r = ph_tie_consider(walk, &candidate);
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

/* Is it one that is no member, and may start others? Who calls is not to do that meanwhile. */
static bool is_root_at_large(const struct ph_members *members)
{
	return members->scope == PH_DESCENDANTS && !members->has_root_ended &&
	       members->root->pid != members->self;
}

/*
 * What a look has shown of those who were killed: all, or who has come may have
 * started others, below anybody.
 */
static void note_killed(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;

	members->is_complete = members->count == walk->first && !walk->is_unsettled &&
			       !is_root_at_large(members);
	for (size_t i = 0; members->count > walk->first && i < walk->first; i++)
		members->list[i].is_barren = false;
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

static int walk_all(struct ph_walk *walk)
{
	int r = 0;

	if (walk->members->scope == PH_CGROUP)
		r = walk_cgroup(walk);
	if (r == 0 && walk->has_table)
		r = walk_numbers(walk);
	if (r == 0 && ph_members_are_tree(walk->members))
		r = walk_tree(walk);
	return r;
}

int ph_walk_once(struct ph_walk *walk)
{
	struct ph_members *members = walk->members;
	int r = 0;

	r = ph_lost_begin_walk(members);
	if (r < 0)
		return r;
	walk->is_unsettled = false;
	walk->are_killed = are_killed(members);
	walk->has_table = needs_table(members);
	walk->table.count = 0;
	if (walk->has_table)
		/* who is missed comes to the root, and is met in the next walk */
		r = ph_proc_table_read(&walk->table, /* once= */ members->loses_nobody);
	if (r == 0 && walk->is_first)
		r = ph_lost_note_ended(members, &walk->table);
	walk->is_unsettled |= walk->table.is_unsettled && walk->tables++ < TABLES;
	walk->ended_room = 0;
	walk->has_left_ended = false;
	if (r == 0)
		r = walk_all(walk);
	if (r == 0 && walk->has_left_ended && members->count == walk->first) {
		walk->ended_room = room_for_ended(members);
		r = walk_all(walk);
	}
	if (r == 0 && walk->are_killed)
		note_killed(walk);
	walk->is_first = false;
	return r;
}

void ph_walk_end(const struct ph_walk *walk)
{
	ph_proc_table_end(&walk->table);
	ph_proc_pids_end(&walk->pids);
}
