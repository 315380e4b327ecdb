/* SPDX-License-Identifier: MIT */

/*
 * Who is in a scope: handles on all of them, found in rounds. Between two rounds
 * the user signals or waits for those who are new.
 */

#ifndef PH_HANDLE_MEMBERS_H
#define PH_HANDLE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "handle/cgroup.h"
#include "handle/process.h"

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
	/* the user's: SIGKILL has been accepted for it, it will start nobody any more */
	bool is_killed;
	/* looked below since everybody was killed: its end leaves nobody unseen */
	bool is_barren;
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
	/* everybody was killed, and a look after that has found nobody: so it stays */
	bool is_complete;
	/* of which everybody is a member; 0: none */
	pid_t group;
	pid_t session;
	/* the root had been reaped before, and the group is the one that it led */
	bool led;
	struct ph_cgroup cgroup;
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

void ph_members_end(struct ph_members *members);

/*
 * Gives the reference back on a member that has been reaped: in a storm there are
 * more of them than descriptors.
 */
void ph_members_let_go(struct ph_members *members, size_t index);

static inline bool ph_member_is_caller(const struct ph_members *members,
				       const struct ph_member *member)
{
	return member->pid == members->self;
}

#endif
