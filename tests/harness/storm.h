/* SPDX-License-Identifier: MIT */

/*
 * Storms: each starts a successor and ends, faster than one can look. Nobody reaps
 * them meanwhile, and the numbers are those of the whole machine, on which others
 * need some as well: so a storm holds its breath, as under a limit of processes.
 */

#ifndef STORM_H
#define STORM_H

#include <sched.h>
#include <stdbool.h>
#include <sys/sysinfo.h>

#include "harness.h"

enum { STORM_PROCESSES = 4000 };

/* Before the storm. */
static inline unsigned short storm_begin(void)
{
	struct sysinfo info;

	must(sysinfo(&info));
	return info.procs;
}

/* In the storm, before each fork: yields if there are so many more than before. */
static inline bool storm_has_room(unsigned short before)
{
	struct sysinfo info;
	bool has_room = sysinfo(&info) < 0 || (short)(info.procs - before) <= STORM_PROCESSES;

	if (!has_room)
		(void)sched_yield();
	return has_room;
}

#endif
