/* SPDX-License-Identifier: MIT */

/* Patterns: "name:GLOB", "exe:PATH", "cmd:REGEX", "pg:N", "sid:N", "cgroup:PATH". */

#ifndef PH_CLI_MATCH_H
#define PH_CLI_MATCH_H

#include <regex.h>
#include <stdbool.h>

#include <prochandle.h>

#include "verb.h"

/** struct match - which processes are meant */
struct match {
	struct ph_filter filter;
	/** of the command line, with a blank between two arguments */
	regex_t command;
	bool has_command;
};

/* Is it one of these forms, which may name any number of processes? */
bool is_pattern(const char *selector);

/* Checks what stands behind the colon. Return: STATUS_OK, or STATUS_USAGE after a message */
int match_check(const struct call *call, const char *selector);

/*
 * @all_users: also those of others, where a pattern would leave them out.
 * Return: 0, or a negative errno value: what exe: names cannot be looked at
 */
int match_begin(const char *selector, bool all_users, struct match *ret_match);

void match_end(struct match *match);

/* Only those that run the program at that path. Return: 0, or a negative errno value */
int match_program(struct match *match, const char *path);

/* Only those with such a command line. Return: STATUS_OK, or STATUS_USAGE after a message */
int match_command(const struct call *call, struct match *match, const char *regex);

/* Never ph itself or what it was started by; those of other users only if wanted. */
void match_carefully(struct match *match, bool all_users);

/* Return: as ph_each() */
int match_each(const struct match *match, int (*callback)(struct ph_process *process, void *arg),
	       void *arg);

#endif
