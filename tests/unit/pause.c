/* SPDX-License-Identifier: MIT */

/*
 * A pause lasts as long as it says, however long time_t is: this is built for each
 * length that the compiler knows. Exit status: 0, or 1 it was too short.
 */

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "sys/pause.h"

enum { PAUSE_MS = 20 };

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 * PH_NS_PER_MS + now.tv_nsec;
}

int main(void)
{
	int64_t lasted, begin = now_ns();

	ph_raw_pause(PAUSE_MS);
	lasted = now_ns() - begin;
	if (lasted >= (int64_t)PAUSE_MS * PH_NS_PER_MS)
		return 0;
	(void)fprintf(stderr, "%d ms lasted %lld ns\n", PAUSE_MS, (long long)lasted);
	return 1;
}
