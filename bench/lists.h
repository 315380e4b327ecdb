/* SPDX-License-Identifier: MIT */

/* What it takes to list many processes: the library, others, and the floor. */

#ifndef BENCH_LISTS_H
#define BENCH_LISTS_H

#include <stdbool.h>

/*
 * Measures and reports, with up to @most processes. Return: 0, -ENOTSUP there is
 * no pid namespace to be had for so many, or -errno
 */
int lists_measure(int rounds, int most);

#endif
