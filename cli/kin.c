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

/* @held lives: only the same process can have its number. */
static bool is_same(struct ph_process *held, struct ph_process *process)
{
	return ph_pid(held) == ph_pid(process) && ph_same(held, process) == 1;
}

static bool is_above_ph(struct ph_process *process)
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
		is_found = above && is_same(above, process);
	}
	(void)ph_unref(above);
	return is_found;
}

const char *tie_to_ph(struct ph_process *process)
{
	PH_AUTO struct ph_process *self = NULL;

	if (ph_self(&self) == 0 && is_same(self, process))
		return "it is ph itself";
	if (ph_pid(process) == 1)
		return "it is process 1";
	return is_above_ph(process) ? "it is an ancestor of ph" : NULL;
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

/* Is one of ph's own a member? Nothing is sent for it. */
static bool has_own(struct ph_process *process, int scope)
{
	return ph_kill(process, 0, scope) == -EDEADLK;
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

/* Return: why not all who belong to it are found, or NULL */
static const char *unfound_reason(int scope)
{
	bool has_proc = ph_features() & PH_FEATURE_PROC;

	switch (scope) {
	case PH_GROUP:
		return has_proc ? "its group cannot be named from here"
				: "its group cannot be found: that takes /proc or Linux 6.13";
	case PH_TREE:
		return has_proc ? "not all of its tree could be found: others may run on"
				: "its tree cannot be found: that takes /proc";
	case PH_CGROUP:
		return "its cgroup cannot be found: that takes /proc and a cgroup v2 that is mounted";
	default:
		return NULL;
	}
}

int target_fail_in_scope(const struct call *call, const struct target *target, int error, int scope)
{
	const char *reason = NULL;

	if (error == -ENOTSUP && target->process)
		reason = unfound_reason(scope);
	return reason ? target_fail_because(call, target, error, reason)
		      : target_fail(call, target, error);
}

void tree_note(const struct call *call)
{
	if (!call->quiet)
		message(call, "note: processes that left this tree earlier cannot be found;"
			      " use ph run or --cgroup");
}
