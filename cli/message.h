/* SPDX-License-Identifier: MIT */

/* What ph says on stderr: "ph: VERB: SELECTOR: reason". */

#ifndef PH_CLI_MESSAGE_H
#define PH_CLI_MESSAGE_H

#include "base/attrs.h"
#include "verb.h"

/* Is stderr a terminal on which lines may be rewritten? */
bool can_rewrite_stderr(void);

/*
 * "ph: VERB: " and the text. All of these escape what they print, and print in
 * one write, so that messages of several ph do not mix.
 */
PH_PRINTF(2, 3) void message(const struct call *call, const char *format, ...);

/* "ph: VERB: 'OFFENDING': " and the text, never silenced; returns STATUS_USAGE. */
PH_PRINTF(3, 4)
int usage_error(const struct call *call, const char *offending, const char *format, ...);

/* A line of advice, on a terminal only. */
PH_PRINTF(2, 3) void hint(const struct call *call, const char *format, ...);

#endif
