/* SPDX-License-Identifier: MIT */

/* Selectors on the command line, and the processes that they name. */

#ifndef PH_CLI_TARGETS_H
#define PH_CLI_TARGETS_H

#include <stdio.h>

#include <prochandle.h>

#include "facts.h"
#include "json.h"
#include "verb.h"

struct target {
	/** as it was written */
	char *selector;
	/** NULL if it could not be opened */
	struct ph_process *process;
	/** why not: a negative errno value */
	int error;
	/** it cannot be opened because it has ended: there was such a process */
	bool is_over;
	/** a pid file names it, without proof */
	bool is_unverified;
	/** "PID:INODE", or the number where there is no better name */
	char handle[PH_ID_SIZE];
	/** raw; "" if unknown */
	char comm[COMM_SIZE];
};

struct targets {
	struct target *all;
	size_t count;
	size_t room;
};

/*
 * Notes what --all, --newest and --oldest say of patterns that name several.
 * Return: STATUS_OK, or STATUS_USAGE after a message
 */
int several_of(struct call *call, bool all, bool newest, bool oldest);

/*
 * Opens every selector in call->operands, "-" being a list on stdin. Nothing is
 * done to any of them yet: a malformed one is found before the first signal.
 * Duplicates are merged. A target that could not be opened has .error.
 * Return: STATUS_OK; STATUS_USAGE, STATUS_REFUSED, STATUS_FAILED after a message
 */
int targets_open(struct call *call, struct targets *ret_targets);

void targets_close(struct targets *targets);

/* One more, which is not open. Valid until the next one. Aborts when memory is out. */
struct target *targets_add(struct targets *targets, const char *selector);

/* Closes those from @first on, and forgets them. */
void targets_drop(struct targets *targets, size_t first);

/*
 * Adds the processes that a pattern names, or itself with the error.
 * Return: STATUS_OK; STATUS_REFUSED, after a message, if only one may be meant
 */
int targets_expand(const struct call *call, struct targets *targets, const char *selector);

/*
 * When it started. Return: 0, -EPERM it is hidden from the caller, -ENOTSUP that
 * takes /proc, or as ph_info()
 */
int start_of(struct ph_process *process, struct ph_info *ret_info);

/* Which of two is younger, if both starts are known. */
bool started_after(struct ph_process *process, struct ph_process *other);

/* Fills in handle and comm of the process. */
void target_describe(struct target *target);

/* Room for the descriptors of so many processes, up to the hard limit. */
void targets_raise_limit(size_t count);

/*
 * That limit as ph was started with it, for a command that ph starts. Return: false
 * if it has not been raised
 */
bool targets_old_limit(struct ph_limit *ret_limit);

/*
 * Are there any that must not be signalled in this scope: ph itself, an ancestor
 * of it, process 1? Each is told. Return: STATUS_OK, or STATUS_REFUSED
 */
int targets_refuse(const struct call *call, const struct targets *targets, int scope);

/* Says what cannot be known of a tree, unless -q. */
void tree_note(const struct call *call);

/* "1234:5678 nginx", escaped */
void target_print(const struct target *target, FILE *out);

/* An object with selector, handle, pid and comm. */
struct json_object *target_json(const struct target *target);

/* Reports the failure @error of one target; returns the exit status for it. */
int target_fail(const struct call *call, const struct target *target, int error);

/* The same, in these words. */
int target_fail_because(const struct call *call, const struct target *target, int error,
			const char *reason);

/* The same, of a signal to that scope of the target. */
int target_fail_in_scope(const struct call *call, const struct target *target, int error, int scope);

#endif
