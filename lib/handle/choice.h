/* SPDX-License-Identifier: MIT */

/*
 * What a filter asks of a process. The facts that it needs are read by whoever
 * walks; what is in no struct, the choice reads itself.
 */

#ifndef PH_HANDLE_CHOICE_H
#define PH_HANDLE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <prochandle.h>

#include "proc/facts.h"

/* a process that has been passed, and whether it is below the ancestor */
struct ph_passed {
	pid_t pid;
	bool is_below;
};

struct ph_choice {
	struct ph_filter filter;
	/* the facts that it looks at, PH_INFO_… */
	uint64_t needs;
	struct ph_proc_clock clock;
	/* PH_FILTER_OWN: whose */
	uint32_t uid;
	/* the caller and its ancestors, if they are left out */
	pid_t *own;
	size_t own_count;
	/* by rising number, in a walk over descendants */
	struct ph_passed *passed;
	size_t passed_count;
	size_t passed_room;
};

/* To be ended whatever is returned. Return: 0, or as ph_each() */
int ph_choice_begin(struct ph_choice *choice, const struct ph_filter *filter);

void ph_choice_end(const struct ph_choice *choice);

/* Does it ask for anything that has to be read? */
static inline bool ph_choice_reads(const struct ph_choice *choice)
{
	return choice->needs != 0 || choice->filter.cgroup || choice->filter.exe_inode != 0;
}

/* Is it the caller or one of its ancestors, and these are left out? */
bool ph_choice_excludes(const struct ph_choice *choice, pid_t pid);

/*
 * Whoever has the number, at first sight; by rising number.
 * Return: 1, 0, or a shortage
 */
int ph_choice_sees(struct ph_choice *choice, const struct ph_proc_place *place,
		   const struct ph_info *info);

/*
 * The same for a process that is held, with its relations verified: it is to be
 * proved afterwards that it still has the number. Return: 1, 0, a shortage, or
 * another error: the relation cannot be verified
 */
int ph_choice_takes(const struct ph_choice *choice, const struct ph_proc_place *place,
		    const struct ph_info *info);

#endif
