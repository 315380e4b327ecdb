/* SPDX-License-Identifier: MIT */

/* What it takes to start a program: the library, others, and the floor. */

#ifndef BENCH_STARTS_H
#define BENCH_STARTS_H

#include <stdbool.h>

/* Measures and reports. Return: false if a child did not end as it should */
bool starts_measure(int rounds);

#endif
