/* SPDX-License-Identifier: MIT */

/* Is it a member, and does the number that says so still belong to the scope? */

#ifndef PH_HANDLE_MEMBERS_TIE_H
#define PH_HANDLE_MEMBERS_TIE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "handle/members_walk.h"

/* what makes a process a member, each with the number of something */
enum ph_tie {
	PH_TIE_PARENT,
	PH_TIE_GROUP,
	PH_TIE_SESSION,
	PH_TIE_CGROUP,
};

struct ph_candidate {
	pid_t pid;
	/* as /proc has it: for the order only, or as the tie */
	pid_t parent;
	enum ph_tie tie;
	pid_t number;
	/* by its number in the group or session of the scope */
	bool is_held;
	/* as /proc has it; 0: it has not said */
	uint64_t start;
};

/*
 * Takes in whom a number has led to, if it is a member. A number in the list
 * that is no longer the member's may hide somebody.
 * Return: 0, it is a member or it is none, or -errno
 */
int ph_tie_consider(struct ph_walk *walk, const struct ph_candidate *candidate);

/*
 * Asks whether the numbers of the group and the session are theirs, after
 * somebody was found by them. @before: how many members there were before that.
 * Return: 0 they are, -ESRCH not to be told, or -errno there was nothing left to
 * tell with
 */
int ph_tie_prove_numbers(const struct ph_members *members, size_t before);

#endif
