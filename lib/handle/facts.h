/* SPDX-License-Identifier: MIT */

/* What is true of the process behind a handle. */

#ifndef PH_HANDLE_FACTS_H
#define PH_HANDLE_FACTS_H

#include "handle/process.h"

/*
 * The usual case, with one system call and nothing opened. Return: true if the
 * kernel has told all of it
 */
bool ph_facts_are_asked(struct ph_process *process, uint64_t want, struct ph_info *info);

/* Return: as ph_info(); @info is written whatever is returned */
int ph_facts_of(struct ph_process *process, uint64_t want, struct ph_info *info);

#endif
