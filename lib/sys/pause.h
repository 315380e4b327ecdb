/* SPDX-License-Identifier: MIT */

/* A sleep for code that runs in the memory of somebody else: see sys/raw.h. */

#ifndef PH_SYS_PAUSE_H
#define PH_SYS_PAUSE_H

#include <stdint.h>
#include <time.h>

#include "sys/raw.h"
#include "sys/uapi.h"

enum { PH_NS_PER_MS = 1000 * 1000 };

/*
 * The kernel's two structs of time are spelled out. That of libc may be neither:
 * where time_t is longer than long, the old call would take it for a sleep of 0.
 * @ms: less than 1000
 */
static inline void ph_raw_pause(int ms)
{
	long r = -ENOSYS;
#ifdef SYS_nanosleep
	ph_uapi_long time[2] = { 0, (ph_uapi_long)ms * PH_NS_PER_MS };

	r = PH_RAW(SYS_nanosleep, time, NULL);
#endif
#ifdef SYS_clock_nanosleep_time64
	/* a machine, or a kernel, without the calls that end in 2038 */
	if (r == -ENOSYS) {
		int64_t longer[2] = { 0, (int64_t)ms * PH_NS_PER_MS };

		r = PH_RAW(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, longer, NULL);
	}
#endif
	/* one that was cut short is not made up for */
	(void)r;
}

#endif
