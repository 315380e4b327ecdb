/* SPDX-License-Identifier: MIT */

/* What is true of the process behind a handle. */

#ifndef PH_HANDLE_FACTS_H
#define PH_HANDLE_FACTS_H

#include "handle/backend.h"

/*
 * The usual case, with one system call and nothing opened. Return: true if the
 * kernel has told all of it
 */
static inline bool ph_facts_are_told(struct ph_process *process, uint64_t want, struct ph_told *told)
{
	return !(want & ~PH_BACKEND_TELLS) && process->backend->ask(process, told) == 0 &&
	       !(want & ~told->got);
}

/* Adds those of @want that have been told. */
void ph_facts_add(const struct ph_told *told, uint64_t want, struct ph_info *info);

/* Return: as ph_info(); @info is written whatever is returned */
int ph_facts_of(struct ph_process *process, uint64_t want, struct ph_info *info);

#endif
