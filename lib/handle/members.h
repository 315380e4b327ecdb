/* SPDX-License-Identifier: MIT */

/*
 * Who is in a scope: handles on all of them, found in rounds. Between two rounds
 * the user signals or waits for those who are new.
 */

#ifndef PH_HANDLE_MEMBERS_H
#define PH_HANDLE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "handle/cgroup.h"
#include "handle/process.h"
#include "proc/table.h"

/* a moment, by those who were born before it */
struct ph_moment {
	/* the last number that had been given away; 0: none, or not told */
	pid_t born;
	/* who started before that tick of the clock was born before; 0: not told */
	uint64_t tick;
	/*
	 * A number is given away before the process that gets it is to be seen:
	 * which of that one (the lowest bit) and those before it were.
	 */
	uint64_t seen;
};

struct ph_member {
	/* a reference; NULL: given back, see ph_members_let_go() */
	struct ph_process *process;
	pid_t pid;
	/* free for the user of the collection: 0 when new */
	unsigned mark;
	int err;

	/* its parent, when it was found */
	pid_t parent;
	/* among those who were found together, parents have a lower one */
	size_t depth;
	/* nothing can be below it any more */
	bool has_ended;
	/* it lived when a signal was sent, other than SIGKILL, which it may have obeyed by an end of its own */
	bool may_obey;
	/* the user's: a signal has been accepted for it */
	bool is_asked;
	/* the user's: SIGKILL has been accepted for it, it will start nobody any more */
	bool is_killed;
	/* when it was last looked below, and lived still; none: never */
	struct ph_moment looked_at;
	/* its number was its own after that */
	struct ph_moment named_at;
	/* in the group or session of the scope, when it was last seen */
	bool is_held;
	/* looked below since everybody was killed: its end leaves nobody unseen */
	bool is_barren;
	/* before the scope was looked at: what it left behind is none of that */
	bool had_ended;
	/* reaped, and its number is somebody else's */
	bool is_forgotten;
};

struct ph_members {
	/* a reference */
	struct ph_process *root;
	/* the caller's number */
	pid_t self;
	/* without force */
	int scope;
	bool force;
	/* also with PH_ONE the caller, its ancestors and process 1 are refused */
	bool refuses_one;
	/* parents before children, those of one round behind those of the last */
	struct ph_member *list;
	size_t count;
	size_t room;

	/* by number: an index plus 1, the later one if a number came back */
	size_t *slots;
	size_t slot_count;
	/* the root has been looked at */
	bool has_begun;
	/* somebody has been signalled, and may have signalled or ended others for that */
	bool has_signalled;
	/* everybody was killed, and a look after that has found nobody: so it stays */
	bool is_complete;
	/* of which everybody is a member; 0: none */
	pid_t group;
	pid_t session;
	/* the root had been reaped before, and the group is the one that it led */
	bool led;
	struct ph_cgroup cgroup;
	/* when the last walk began */
	struct ph_moment now;
	/* of those who were born after that some may be lost; none: of nobody. See members_lost.h */
	struct ph_moment lost_after;
	bool is_unseen;
	/* whom the table of the first walk, if it had one, shows to have ended, sorted by pid */
	struct ph_proc_table ended_before;
	/* whom the members leave behind is below the root */
	bool loses_nobody;
	/* somebody may have been missed, and will not be found any more */
	bool is_lost;
	pid_t root_session;
	/* PH_DESCENDANTS: as of a member */
	struct ph_moment root_looked_at;
	bool has_root_ended;
	/* parent, its parent, … of the caller */
	struct ph_proc_pids ancestors;
};

/* Takes a reference on the root. The scope is a valid one. */
void ph_members_begin(struct ph_members *members, struct ph_process *root, int scope);

/*
 * One round: whoever is in the scope and not in the list yet gets a handle, is
 * verified and appended. The first round asks the root what its scope is. One
 * who is in the list stays there when its parent ends or it changes its group,
 * session or cgroup, and in a tree its later children are found below it; so
 * are they when the root has been reaped since.
 *
 * Return: how many are new, or, and then nobody is,
 *   -ESRCH    in the first round: the root has been reaped (PH_GROUP: and it is
 *             not to be told that the group it led has members)
 *   -EDEADLK  one of them is the caller, an ancestor of it or process 1 (not
 *             with force, and with PH_ONE only if that is said)
 *   -EPERM, -EREMOTE, -ENOTSUP, -ELOOP, -EMFILE, -ENFILE, -ENOMEM  as ph_kill()
 */
int ph_members_look(struct ph_members *members);

/*
 * SIGKILL for all at once, as far as the kernel knows a way: those in the group that
 * the root leads. Nobody escapes by starting another one. It is not done while the
 * caller is a member: it would not come back. Return: 0 somebody got it, or -errno
 */
int ph_members_kill_led(struct ph_members *members);

/* Before the signal is sent to it. */
void ph_members_note_signal(struct ph_members *members, struct ph_member *member, int signo);

void ph_members_end(struct ph_members *members);

/*
 * Gives the reference back on a member that has been reaped: in a storm there are
 * more of them than descriptors.
 */
void ph_members_let_go(struct ph_members *members, size_t index);

static inline bool ph_members_are_tree(const struct ph_members *members)
{
	return members->scope == PH_TREE || members->scope == PH_DESCENDANTS;
}

static inline bool ph_member_is_caller(const struct ph_members *members,
				       const struct ph_member *member)
{
	return member->pid == members->self;
}

/* By its number in the group or session of the scope, as the table has it. */
static inline bool ph_members_hold(const struct ph_members *members, const struct ph_proc_row *row)
{
	return (members->group > 0 && row->group == members->group) ||
	       (members->session > 0 && row->session == members->session);
}

#endif
