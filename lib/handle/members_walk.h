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
	/* who came, went or moved while it was looked at: there may be more */
	bool is_unsettled;
	/* everybody in the list had been when it began, or had ended */
	bool are_killed;
	/* all of /proc, or the children of one process at a time */
	bool has_table;
	struct ph_proc_table table;
	struct ph_proc_pids pids;
};

/* Return: 0, or as ph_members_look() */
int ph_walk_once(struct ph_walk *walk);

void ph_walk_end(const struct ph_walk *walk);

#endif
