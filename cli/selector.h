/* SPDX-License-Identifier: MIT */

/* One selector: "1234", "1234:5678", ":5678", "1234:t5678@BOOT"; others are in pidfile.h and match.h. */

#ifndef PH_CLI_SELECTOR_H
#define PH_CLI_SELECTOR_H

#include <stdbool.h>

#include <prochandle.h>

#include "verb.h"

/* What stands for a list on stdin. */
#define STDIN_SELECTOR "-"

bool is_stdin(const char *selector);

/* Checks the form. Return: STATUS_OK, or STATUS_USAGE after a message */
int selector_check(const struct call *call, const char *selector);

/* Is it a handle, which names one process, and not just a number? */
bool is_handle(const char *selector);

/* Return: 0, or a negative errno value as ph_find() and ph_find_id() */
int selector_open(const char *selector, struct ph_process **ret_process);

#endif
