/* SPDX-License-Identifier: MIT */

/* Counts system calls and user instructions, exactly, by single-stepping a child. */

#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include "operations.h"

struct counts {
	/* for each operation, on the average */
	double calls;
	double instructions;
};

/* Return: 0, -EPERM or -ENOTSUP it cannot be counted here, or -errno */
int count_operation(const struct operation *operation, enum side side,
		    const struct subjects *subjects, struct counts *ret_counts);

#endif
