/* SPDX-License-Identifier: MIT */

/* ph kill --list: signals by name, number, exit status and mask. */

#ifndef PH_CLI_KILL_LIST_H
#define PH_CLI_KILL_LIST_H

#include "verb.h"

/* Translates each operand, or lists all signals if there is none. */
int kill_list(const struct call *call);

#endif
