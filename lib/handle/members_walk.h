/* SPDX-License-Identifier: MIT */

/* One walk over the members of a scope. */

#ifndef PH_HANDLE_MEMBERS_WALK_H
#define PH_HANDLE_MEMBERS_WALK_H

#include "handle/members.h"
#include "proc/children.h"
#include "proc/table.h"

struct ph_walk {
	struct ph_members *members;
	/* from here on the list is new */
	size_t first;
	/* the scope has not been looked at before */
	bool is_first;
	/* who came, went or moved while it was looked at: there may be more */
	bool is_unsettled;
	/* everybody in the list had been when it began, or had ended */
	bool are_killed;
	/* so many are taken in of those who have ended already */
	size_t ended_room;
	/* one of them was left for later */
	bool has_left_ended;
	/* all of /proc, or the children of one process at a time */
	bool has_table;
	struct ph_proc_table table;
	/* so many may have missed somebody */
	int tables;
	struct ph_proc_pids pids;
};

/* Return: 0, or as ph_members_look() */
int ph_walk_once(struct ph_walk *walk);

/* Return: 1, 0, or -errno it cannot be found out: -EPERM it is hidden by now */
int ph_walk_has_ended(struct ph_process *process);

void ph_walk_end(const struct ph_walk *walk);

#endif
