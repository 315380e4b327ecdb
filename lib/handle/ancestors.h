/* SPDX-License-Identifier: MIT */

/* Who is above the caller: nobody there is to be signalled by accident. */

#ifndef PH_HANDLE_ANCESTORS_H
#define PH_HANDLE_ANCESTORS_H

#include <stdbool.h>
#include <sys/types.h>

#include "proc/children.h"

/*
 * The caller's parent, its parent, … as far as they can be seen; each was the
 * parent of the one before when it was asked. What was in the list goes.
 * Return: 0, -ELOOP they changed each time that they were read, -EAGAIN, or a
 * shortage
 */
int ph_ancestors_read(struct ph_proc_pids *pids);

bool ph_ancestors_have(const struct ph_proc_pids *pids, pid_t pid);

/*
 * Is process 1 or an ancestor of the caller in that group? It is not asked of the
 * caller itself. Return: 1, 0, or as ph_ancestors_read()
 */
int ph_ancestors_are_in_group(pid_t group);

#endif
