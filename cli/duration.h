/* SPDX-License-Identifier: MIT */

/* Durations: read as "1m30s", written as "1m03s". */

#ifndef PH_CLI_DURATION_H
#define PH_CLI_DURATION_H

#include <stddef.h>
#include <stdint.h>

/*
 * NUMBER[ms|s|m|h|d], a bare number is seconds, decimals are allowed, several
 * with falling units are added up, "inf" is for ever (-1). What is not a whole
 * number of milliseconds is rounded up, so that only 0 is 0.
 * Return: 0, or -EINVAL
 */
int duration_parse(const char *text, int64_t *ret_ms);

#define DURATION_SIZE 32

/* "0.4s", "12.4s", "1m03s", "2h05m", "3d04h" */
void duration_text(int64_t ms, char buffer[DURATION_SIZE]);

/* Milliseconds on the monotonic clock. */
int64_t now_ms(void);

#endif
