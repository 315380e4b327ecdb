/* SPDX-License-Identifier: MIT */

/* Whom a stop must not hit by mistake, and what somebody does who does not end. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/io.h"
#include "facts.h"
#include "message.h"
#include "status.h"
#include "targets.h"

/* Is there one above ph of which this is true? */
static bool is_true_above(bool (*is_true)(struct ph_process *above, const void *arg),
			  const void *arg)
{
	struct ph_process *above = NULL;
	bool is_found = false;

	if (ph_self(&above) < 0)
		return false;
	while (above && !is_found) {
		struct ph_process *parent = NULL;

		(void)ph_parent(above, &parent);
		(void)ph_unref(above);
		above = parent;
		is_found = above && is_true(above, arg);
	}
	(void)ph_unref(above);
	return is_found;
}

static bool is_same(struct ph_process *above, const void *process)
{
	return ph_same(above, (struct ph_process *)process) == 1;
}

/*
 * The number of its group. It may be asked for by a number that is another's by
 * now: nothing is sent because of the answer. Who has been reaped may have led one.
 */
static pid_t group_of(struct ph_process *process)
{
	pid_t group = getpgid(ph_pid(process));

	return group < 0 ? ph_pid(process) : group;
}

static bool is_in_group(struct ph_process *above, const void *group)
{
	return group_of(above) == *(const pid_t *)group;
}

const char *tie_to_ph(struct ph_process *process)
{
	PH_AUTO struct ph_process *self = NULL;

	if (ph_self(&self) == 0 && ph_same(self, process) == 1)
		return "it is ph itself";
	if (ph_pid(process) == 1)
		return "it is process 1";
	return is_true_above(is_same, process) ? "it is an ancestor of ph" : NULL;
}

const char *state_name(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "uninterruptible sleep";
	case 'I':
		return "idle";
	case 'T':
		return "stopped";
	case 't':
		return "stopped by a tracer";
	case 'Z':
		return "ended, but some of its threads have not";
	default:
		return "unknown";
	}
}

void state_text(struct ph_process *process, char buffer[STATE_TEXT_SIZE])
{
	char path[64];
	char stat[512];
	char where[64];
	const char *name_end;

	buffer[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)ph_pid(process));
	if (ph_read_file(AT_FDCWD, path, stat, sizeof(stat)) <= 0)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/wchan", (int)ph_pid(process));
	/* "0": it sleeps nowhere, or we may not know */
	if (ph_read_file(AT_FDCWD, path, where, sizeof(where)) <= 0 || strcmp(where, "0") == 0)
		where[0] = '\0';
	/* the name may have parentheses in it; it is at most 15 bytes, so this is its end */
	name_end = strrchr(stat, ')');
	if (!name_end || name_end[1] != ' ' || is_reaped(process))
		return;
	(void)snprintf(buffer, STATE_TEXT_SIZE, " (state %c, %s%s%s)", name_end[2],
		       state_name(name_end[2]), where[0] != '\0' ? ", in " : "", where);
}

/*
 * Is one of ph's own a member of its group? ph need not be below process 1: a
 * container may have been entered. 0 is a group that cannot be named from here.
 */
static bool is_group_of_own(struct ph_process *process)
{
	pid_t group = group_of(process);

	return group > 0 && (group == getpgid(1) || is_true_above(is_in_group, &group));
}

/* Is one of ph's own a member? Nothing is sent for it. */
static bool has_own(struct ph_process *process, int scope)
{
	if (ph_kill(process, 0, scope) == -EDEADLK)
		return true;
	/* of a group, the library knows only whether it is the caller's */
	return scope == PH_GROUP && is_group_of_own(process);
}

/* Would it hit one of ph's own? */
static const char *refusal_of(const struct target *target, int scope)
{
	const char *tie;

	if (scope != PH_ONE && !has_own(target->process, scope))
		return NULL;
	tie = tie_to_ph(target->process);
	if (tie || scope == PH_ONE)
		return tie;
	return "ph itself, an ancestor of it or process 1 is among them";
}

int targets_refuse(const struct call *call, const struct targets *targets, int scope)
{
	int status = STATUS_OK;

	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->all[i];
		char reason[128];
		const char *why;

		why = target->process ? refusal_of(target, scope) : NULL;
		if (!why)
			continue;
		(void)snprintf(reason, sizeof(reason), "refused: %s", why);
		status = target_fail_because(call, target, -EDEADLK, reason);
	}
	return status;
}

void tree_note(const struct call *call)
{
	if (!call->quiet)
		message(call, "note: processes that left this tree earlier cannot be found;"
			      " use ph run or --cgroup");
}
