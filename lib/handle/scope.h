/* SPDX-License-Identifier: MIT */

/* Signals to everybody in a scope that has members. */

#ifndef PH_HANDLE_SCOPE_H
#define PH_HANDLE_SCOPE_H

#include "handle/process.h"

/* Return: as ph_kill(); @signo and @scope are valid */
int ph_scope_kill(struct ph_process *process, int signo, int scope);

#endif
