/* SPDX-License-Identifier: MIT */

/* What it takes to wait for many children: the library, others, and the floor. */

#ifndef BENCH_MANY_H
#define BENCH_MANY_H

#include <stdbool.h>

/* Measures and reports, with up to @most. Return: false if anything went wrong */
bool many_measure(int rounds, int most);

#endif
