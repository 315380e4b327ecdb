/* SPDX-License-Identifier: MIT */

/*
 * strtoul(3) takes blanks, signs, prefixes and overflow in its stride. Each of
 * them has sent a signal to the wrong process somewhere, so none is taken here.
 */

#include "base/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int ph_parse_u64_n(const char *text, size_t length, uint64_t *ret_value)
{
	bool is_over = false;
	uint64_t value = 0;

	if (length == 0 || (length > 1 && text[0] == '0'))
		return -EINVAL;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		is_over |= __builtin_mul_overflow(value, 10, &value);
		is_over |= __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value);
	}
	if (is_over)
		return -ERANGE;

	*ret_value = value;
	return 0;
}

int ph_parse_u64(const char *text, uint64_t *ret_value)
{
	return ph_parse_u64_n(text, strlen(text), ret_value);
}

int ph_parse_pid_n(const char *text, size_t length, pid_t *ret_pid)
{
	uint64_t value;
	int r;

	r = ph_parse_u64_n(text, length, &value);
	if (r < 0)
		return r;
	if (value == 0)
		return -EINVAL;
	if (value > INT32_MAX)
		return -ERANGE;

	*ret_pid = (pid_t)value;
	return 0;
}

int ph_parse_pid(const char *text, pid_t *ret_pid)
{
	return ph_parse_pid_n(text, strlen(text), ret_pid);
}

int ph_parse_pid_line(const char *text, size_t length, pid_t *ret_pid)
{
	if (length > PH_PID_LINE_MAX)
		return -EINVAL;
	if (length > 0 && text[length - 1] == '\n')
		length--;
	return ph_parse_pid_n(text, length, ret_pid);
}
