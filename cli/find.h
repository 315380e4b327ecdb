/* SPDX-License-Identifier: MIT */

/* What ph find leaves of what its selectors name. */

#ifndef PH_CLI_FIND_H
#define PH_CLI_FIND_H

#include "match.h"
#include "targets.h"

/** struct find_options - of ph find */
struct find_options {
	bool long_format;
	bool newest;
	bool oldest;
	bool count;
	const char *exe;
	const char *cmd;
	const char *user;
	const char *parent;
	const char *state;
	int64_t older_ms;
	int64_t newer_ms;
};

/** struct find_filter - the filters, read */
struct find_filter {
	/** are there any? */
	bool is_there;
	struct match match;
	/** of --parent */
	struct targets parents;
	bool has_parents;
};

/* Reads the filters. Return: STATUS_OK, or another status after a message */
int find_filter_begin(struct call *call, struct find_filter *filter);

void find_filter_end(struct find_filter *filter);

/* Return: as ph_each() */
int find_filter_each(struct find_filter *filter,
		     int (*callback)(struct ph_process *process, void *arg), void *arg);

#endif
