/* SPDX-License-Identifier: MIT */

/* How long after the last instruction of a process that is no child a wait returns. */

#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

enum waiter {
	/* poll(2) for the end, then for the reap, which is when the status is there */
	WAIT_END,
	WAIT_REAP,
	WAIT_LIBRARY,
	WAITERS,
};

struct latency {
	int64_t ns;
	/* voluntary context switches of the waiter while it waited */
	long switches;
};

/* The process lives on for @delay_ms. Return: false if anything went wrong */
bool latency_measure(enum waiter waiter, int delay_ms, struct latency *ret_latency);

#endif
