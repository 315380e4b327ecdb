/* SPDX-License-Identifier: MIT */

/* Signals to the process group of a process, and to no other group. */

#ifndef PH_HANDLE_GROUP_H
#define PH_HANDLE_GROUP_H

#include "handle/process.h"

/* @force: the caller's own as well. Return: as ph_kill() with PH_GROUP; @signo is valid */
int ph_group_kill(struct ph_process *process, int signo, bool force);

/*
 * Those in the group that the process leads, or led. Return: 0 it is accepted for one
 * of them, -ESRCH there is nobody, -ENOTSUP that cannot be told, or as ph_prove()
 */
int ph_group_kill_led(struct ph_process *process, int signo);

#endif
