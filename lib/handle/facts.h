/* SPDX-License-Identifier: MIT */

/* What is true of the process behind a handle. */

#ifndef PH_HANDLE_FACTS_H
#define PH_HANDLE_FACTS_H

#include "handle/process.h"

/* Return: as ph_info(); @info is written whatever is returned */
int ph_facts_of(struct ph_process *process, uint64_t want, struct ph_info *info);

#endif
