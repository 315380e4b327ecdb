/* SPDX-License-Identifier: MIT */

/* A line on a terminal that tells how far it is, and is gone at the end. */

#ifndef PH_CLI_PROGRESS_H
#define PH_CLI_PROGRESS_H

#include "base/attrs.h"
#include "verb.h"

struct progress {
	/** stderr is a terminal, and nobody asked for silence */
	bool is_wanted;
	bool is_shown;
	int64_t started_ms;
	int64_t shown_ms;
};

struct progress progress_begin(const struct call *call);

/* Is it time for a new line? The first comes after one second, then one a second. */
bool progress_is_due(const struct progress *progress);

/* Milliseconds until then, as poll(2) takes them; -1: never */
int progress_due_ms(const struct progress *progress);

PH_PRINTF(2, 3) void progress_show(struct progress *progress, const char *format, ...);

/* Wipes the line; whatever is printed next starts at the left. */
void progress_clear(struct progress *progress);

#endif
