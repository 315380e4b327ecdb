/* SPDX-License-Identifier: MIT */

#include "handle/members_lost.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "handle/backend.h"
#include "handle/members_list.h"
#include "handle/number.h"
#include "handle/record.h"
#include "proc/read.h"
#include "proc/table.h"
#include "sys/process.h"

enum {
	/* no pid is as high */
	PIDS = 1 << 22,
	/* how many at a time may have a number and not be seen yet; the bits of a moment */
	IN_BIRTH = 64,
};

bool ph_lost_is_possible(const struct ph_members *members)
{
	return ph_members_are_tree(members) && !members->loses_nobody && !members->is_complete;
}

static bool has_numbers(const struct ph_members *members)
{
	return members->group > 0 || members->session > 0;
}

/* Numbers are given away in a circle. Return: how many before the last one */
static int age_at(pid_t last, pid_t pid)
{
	return last >= pid ? last - pid : last - pid + PIDS;
}

static int age(const struct ph_members *members, pid_t pid)
{
	return age_at(members->now.born, pid);
}

/*
 * Was it born, or to be seen at least, after that? Where the numbers have begun
 * again meanwhile, old ones look new. @start: in ticks; 0: not told
 */
static bool is_since(const struct ph_members *members, pid_t pid, uint64_t start)
{
	const struct ph_moment *moment = &members->lost_after;
	int before = age(members, pid) - age(members, moment->born);

	if (before >= 0)
		return before < IN_BIRTH && !(moment->seen >> before & 1);
	return start == 0 || start >= moment->tick;
}

/* @start: in ticks; 0: not told */
static struct ph_moment moment_of_start(pid_t pid, uint64_t start)
{
	/* who comes from it was given a number later */
	return (struct ph_moment){ .born = pid, .tick = start, .seen = UINT64_MAX };
}

static struct ph_moment moment_of_birth(struct ph_process *process)
{
	uint64_t start = atomic_load(&process->start);

	return moment_of_start(process->pid, start > 0 ? start - 1 : 0);
}

/* Return: 0, or -EMFILE, -ENFILE, -ENOMEM */
static int take_moment(struct ph_moment *ret_moment)
{
	int r;

	/* in this order: who is started in between is not older than that */
	ret_moment->tick = ph_proc_now_in_ticks();
	r = ph_proc_last_pid(&ret_moment->born);
	ret_moment->seen = 0;
	for (int i = 0; i < IN_BIRTH; i++)
		if (ret_moment->born <= i || ph_sys_kill(ret_moment->born - i, 0) != -ESRCH)
			ret_moment->seen |= UINT64_C(1) << i;
	return r;
}

static bool adopts(pid_t pid, pid_t self)
{
	return pid == 1 || (pid == self && (self == 1 || ph_sys_subreaper(-1) > 0));
}

int ph_lost_begin(struct ph_members *members)
{
	if (!ph_members_are_tree(members))
		return 0;
	/* what it leaves behind comes to the root, and is below it */
	members->loses_nobody = members->scope == PH_DESCENDANTS &&
				members->root->pid == members->self &&
				adopts(members->self, members->self);
	return ph_lost_begin_walk(members);
}

int ph_lost_begin_walk(struct ph_members *members)
{
	return ph_lost_is_possible(members) ? take_moment(&members->now) : 0;
}

int ph_lost_note_ended(struct ph_members *members, const struct ph_proc_table *table)
{
	return ph_lost_is_possible(members)
		       ? ph_proc_table_copy_ended(table, &members->ended_before)
		       : 0;
}

bool ph_lost_had_ended(const struct ph_members *members, pid_t pid, uint64_t start)
{
	const struct ph_proc_row *row = ph_proc_table_find(&members->ended_before, pid);

	return row && row->start == start;
}

static void note(struct ph_members *members, const struct ph_moment *after, bool is_unseen)
{
	struct ph_moment *first = &members->lost_after;

	if (first->born == 0 || age(members, after->born) > age(members, first->born))
		*first = *after;
	members->is_unseen |= is_unseen;
}

/*
 * Not by a signal: it may have been about to leave others behind, and did not have
 * to. Who is reaped can be asked for its record, which takes it from nobody; where
 * that is not known, it is a matter of whether there has been a reason to end.
 */
static bool has_ended_by_itself(const struct ph_members *members, struct ph_process *process)
{
	struct ph_proc_stat stat;
	struct ph_exit how;

	if (!ph_record_is_there(process) && ph_prove(process) == -ESRCH)
		(void)process->backend->wait(process, ph_deadline_after(0), &how);
	if (ph_record_read(process, &how))
		return how.how == PH_EXITED || (how.how == PH_UNKNOWN && !members->has_signalled);
	return ph_proc_read_stat_of(process->pid, &stat) == 0 && ph_proc_stat_has_ended(&stat) &&
	       WIFEXITED(stat.exit_code);
}

void ph_lost_note_member(struct ph_members *members, const struct ph_member *member)
{
	const struct ph_moment birth = moment_of_birth(member->process);
	bool is_looked_at = member->looked_at.born > 0;
	bool is_held = member->is_held && has_numbers(members);
	bool is_unseen;

	if (!ph_lost_is_possible(members) || member->is_barren || member->had_ended)
		return;
	/* what it leaves behind is found by a number, unless it has gone out of its way */
	if (member->is_asked)
		is_unseen = !member->may_obey && has_ended_by_itself(members, member->process);
	else
		is_unseen = (!is_looked_at && !is_held) ||
			    has_ended_by_itself(members, member->process);
	if (is_unseen || !is_held)
		note(members, is_looked_at ? &member->looked_at : &birth, is_unseen);
}

void ph_lost_note_root(struct ph_members *members)
{
	const struct ph_moment birth = moment_of_birth(members->root);
	bool is_looked_at = members->root_looked_at.born > 0;

	if (ph_lost_is_possible(members))
		note(members, is_looked_at ? &members->root_looked_at : &birth,
		     !is_looked_at || has_ended_by_itself(members, members->root));
}

void ph_lost_note_passer(struct ph_members *members, pid_t pid, uint64_t start)
{
	const struct ph_moment birth = moment_of_start(pid - 1, start);

	if (ph_lost_is_possible(members))
		note(members, &birth, /* is_unseen= */ true);
}

/* Numbers go round, and who had one before may not have been seen to lose it. */
int ph_lost_is_number_given_again(const struct ph_member *member)
{
	pid_t last;
	int r = ph_proc_last_pid(&last);

	if (r < 0)
		return r;
	return last == 0 || member->named_at.born == 0 ||
	       age_at(last, member->pid) < age_at(last, member->named_at.born);
}

/* Also one that has been reaped. */
static bool has_been_member(const struct ph_members *members, pid_t pid)
{
	for (size_t i = 0; i < members->count; i++)
		if (members->list[i].pid == pid)
			return true;
	return false;
}

struct search {
	const struct ph_members *members;
	const struct ph_proc_table *table;
	pid_t adopter;
};

static const struct ph_proc_row *row_of(const struct ph_proc_table *table, pid_t pid)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].pid == pid)
			return &table->rows[i];
	return NULL;
}

/*
 * Of the members; or, where somebody has come and gone unseen, one that is as
 * new. New sessions elsewhere are too many to suspect them for less.
 */
static bool is_session_of_tree(const struct search *search, pid_t session)
{
	const struct ph_members *members = search->members;
	const struct ph_proc_row *leader;

	if (session == members->root_session || has_been_member(members, session))
		return true;
	if (!members->is_unseen)
		return false;
	leader = row_of(search->table, session);
	return is_since(members, session, leader ? leader->start : 0);
}

/* Whoever starts another one has it in its own session, or leading one of its own. */
static bool is_adopted(const struct ph_proc_row *row, const struct ph_proc_row *parent)
{
	return parent && row->session != row->pid && row->session != parent->session;
}

/* Return: whether one of those who hang there shows that */
static bool has_adopted(const struct ph_proc_table *table, const struct ph_proc_row *parent)
{
	const struct ph_proc_row *row, *end;

	for (row = ph_proc_table_children(table, parent->pid, &end); row < end; row++)
		if (is_adopted(row, parent))
			return true;
	return false;
}

/* Who has adopted a member is one that adopts. Return: its number, or 0 */
static pid_t find_adopter(const struct ph_members *members, const struct ph_proc_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct ph_proc_row *row = &table->rows[i];
		size_t index = ph_members_find(members, row->pid);

		if (index != PH_NOBODY && members->list[index].process != members->root &&
		    members->list[index].parent != row->parent &&
		    ph_members_find(members, row->parent) == PH_NOBODY &&
		    ph_prove(members->list[index].process) == 0)
			return row->parent;
	}
	return 0;
}

/* Does it hang where those hang whose parent has ended? */
static bool is_orphan(const struct search *search, pid_t parent)
{
	const struct ph_members *members = search->members;
	const struct ph_proc_row *row;

	if (parent == 0)
		return false;
	if (parent == search->adopter || adopts(parent, members->self))
		return true;
	row = row_of(search->table, parent);
	if (row && !row->has_ended)
		return has_adopted(search->table, row);
	/* it is about to */
	return ph_members_find(members, parent) == PH_NOBODY;
}

/* Who has the number of one that has ended is somebody else, and no child hangs below that one. */
static bool is_member(const struct ph_members *members, pid_t pid)
{
	size_t index = ph_members_find(members, pid);

	return index != PH_NOBODY && !members->list[index].has_ended;
}

enum verdict {
	/* a stranger */
	NOT_OURS,
	/* the next walk finds it */
	TO_BE_FOUND,
	MAY_BE_LOST,
};

static enum verdict judge(const struct search *search, const struct ph_proc_row *row)
{
	const struct ph_members *members = search->members;

	if (row->has_ended || !is_since(members, row->pid, row->start) ||
	    row->pid == members->self || is_member(members, row->pid))
		return NOT_OURS;
	if (ph_members_hold(members, row) || is_member(members, row->parent))
		return TO_BE_FOUND;
	return is_session_of_tree(search, row->session) && is_orphan(search, row->parent)
		       ? MAY_BE_LOST
		       : NOT_OURS;
}

static enum verdict judge_all(const struct search *search)
{
	enum verdict verdict = NOT_OURS;

	for (size_t i = 0; verdict != MAY_BE_LOST && i < search->table->count; i++) {
		enum verdict next = judge(search, &search->table->rows[i]);

		verdict = next > verdict ? next : verdict;
	}
	return verdict;
}

/* Return: 1 it is open, 0 it is told, or -errno */
static int search_all(struct ph_members *members)
{
	PH_CLEANUP(ph_proc_table_end) struct ph_proc_table table = { .rows = NULL };
	struct search search = { .members = members, .table = &table };
	enum verdict verdict;
	int r;

	r = ph_proc_table_read(&table, /* once= */ false);
	if (r == 0)
		r = ph_proc_last_pid(&members->now.born);
	if (r < 0)
		return r;
	/* without that number nobody can be told from anybody */
	if (members->now.born == 0) {
		members->is_lost = members->is_unseen;
		return 0;
	}
	search.adopter = find_adopter(members, &table);
	verdict = judge_all(&search);
	if (verdict == TO_BE_FOUND)
		return 1;
	/* a machine on which others come and go all the time is no reason for suspicion */
	members->is_lost = verdict == MAY_BE_LOST || (table.is_unsettled && members->is_unseen);
	return 0;
}

int ph_lost_search(struct ph_members *members)
{
	int r;

	if (members->lost_after.born == 0 || members->is_lost)
		return 0;
	r = search_all(members);
	if (r != 0)
		return r;
	members->lost_after = (struct ph_moment){ .born = 0 };
	members->is_unseen = false;
	return 0;
}
