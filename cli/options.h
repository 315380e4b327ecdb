/* SPDX-License-Identifier: MIT */

/* The command line: options in any place, tables instead of code. */

#ifndef PH_CLI_OPTIONS_H
#define PH_CLI_OPTIONS_H

#include "verb.h"

/* What every verb takes; ends with a row without a name. */
extern const struct option_spec global_options[];

/* Is this global option one of the verb's? NULL: of no verb in particular. */
bool option_applies(const struct option_spec *spec, const struct verb *verb);

/*
 * Reads @argv into @call: verb, options, operands. call->options is allocated
 * here. Return: STATUS_OK, or STATUS_USAGE after a message
 */
int options_parse(struct call *call, int argc, char **argv);

/* Reads a signal; @ret_signo stays. Return: STATUS_OK, or STATUS_USAGE after a message */
int options_signal(const struct call *call, const char *text, int *ret_signo);

#endif
