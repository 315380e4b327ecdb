/* SPDX-License-Identifier: MIT */

/* Numbers in text, strictly: decimal digits and nothing else. */

#ifndef PH_BASE_PARSE_H
#define PH_BASE_PARSE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * One or more digits, without sign, blank or leading zero ("0" itself is
 * allowed). Return: 0, -EINVAL not of that form, -ERANGE too large
 */
int ph_parse_u64(const char *text, uint64_t *ret_value);

/* The same for the first @length bytes of @text. */
int ph_parse_u64_n(const char *text, size_t length, uint64_t *ret_value);

/* A pid: 1 to 2^31 - 1. Return: 0, -EINVAL, -ERANGE */
int ph_parse_pid(const char *text, pid_t *ret_pid);

int ph_parse_pid_n(const char *text, size_t length, pid_t *ret_pid);

/* the longest text that is looked at as a line with a pid */
enum { PH_PID_LINE_MAX = 64 };

/*
 * A pid and nothing else, but perhaps a newline: what a pid file holds. Return:
 * 0, -EINVAL, -ERANGE
 */
int ph_parse_pid_line(const char *text, size_t length, pid_t *ret_pid);

#endif
