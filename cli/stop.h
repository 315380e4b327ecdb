/* SPDX-License-Identifier: MIT */

/* One run of ph stop: its steps, and what is known of those that it stops. */

#ifndef PH_CLI_STOP_H
#define PH_CLI_STOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <prochandle.h>

#include "stop_progress.h"
#include "targets.h"
#include "verb.h"

struct stop_options {
	int64_t grace_ms;
	int signo;
	const char *schedule;
	bool no_kill;
	bool force;
	bool tree;
	bool cgroup;
	bool all;
	bool newest;
	bool oldest;
	bool missing_ok;
};

struct stop_steps {
	struct ph_stop_step *all;
	size_t count;
};

/* What the options say. Return: STATUS_OK, or STATUS_USAGE after a message */
int stop_steps_of(const struct call *call, struct stop_steps *ret_steps);

/* one process that the stop is about: a target, or a member of its scope */
struct stop_member {
	/** which target, an index into stop.targets */
	size_t index;
	/** with a reference; the selector is that of the target */
	struct target target;
	/** the last signal that it got; 0: none */
	int signo;
	bool is_over;
};

struct stop {
	const struct call *call;
	const struct stop_options *options;
	/** those that could be opened, and their handles in the same order */
	struct target **targets;
	struct ph_process **processes;
	size_t count;
	/** what a target failed with has been told, one member for another */
	bool *is_told;

	struct stop_member *members;
	size_t members_count;
	size_t members_room;
	/** where the next one is that a report is probably about */
	size_t cursor;
	/** nobody before this one is waited for */
	size_t first;
	int64_t started_ms;
	int worst;
	struct stop_progress progress;
};

/* Takes the reports of ph_stop_all(); @arg is the struct stop. */
int stop_report(const struct ph_stop_report *report, void *arg);

void stop_forget_members(struct stop *stop);

#endif
