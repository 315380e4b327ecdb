/* SPDX-License-Identifier: MIT */

#include "proc/stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

/* proc_pid_stat(5), by the numbers that the page gives them */
enum field {
	FIELD_STATE = 3,
	FIELD_PARENT = 4,
	FIELD_GROUP = 5,
	FIELD_SESSION = 6,
	FIELD_FLAGS = 9,
	FIELD_THREADS = 20,
	FIELD_START = 22,
	FIELD_EXIT_CODE = 52,
};

/* Return: 0, or -EBADMSG if it is no number of up to 63 bits with its sign */
static int number(const char *text, size_t length, int64_t *ret_value)
{
	bool negative = length > 0 && text[0] == '-';
	uint64_t value;

	if (ph_parse_u64_n(text + negative, length - negative, &value) < 0 || value > INT64_MAX)
		return -EBADMSG;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

static int take_field(int field, const char *text, size_t length, struct ph_proc_stat *stat)
{
	int64_t value = 0;
	int r = 0;

	switch (field) {
	case FIELD_STATE:
		stat->state = text[0];
		return length == 1 ? 0 : -EBADMSG;
	case FIELD_PARENT:
		r = number(text, length, &value);
		stat->parent = (pid_t)value;
		return r;
	case FIELD_GROUP:
		r = number(text, length, &value);
		stat->group = (pid_t)value;
		return r;
	case FIELD_SESSION:
		r = number(text, length, &value);
		stat->session = (pid_t)value;
		return r;
	case FIELD_FLAGS:
		r = number(text, length, &value);
		stat->flags = (uint64_t)value;
		return r;
	case FIELD_THREADS:
		r = number(text, length, &value);
		stat->threads = value;
		return r;
	case FIELD_START:
		r = number(text, length, &value);
		stat->start = (uint64_t)value;
		return r;
	case FIELD_EXIT_CODE:
		r = number(text, length, &value);
		stat->exit_code = (int)value;
		return r;
	default:
		return 0;
	}
}

int ph_proc_stat_parse(const char *text, struct ph_proc_stat *ret_stat)
{
	struct ph_proc_stat stat = { .pid = 0 };
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	const char *at;
	int field = FIELD_STATE;

	if (!open || !close || close < open || open == text || open[-1] != ' ' || close[1] != ' ')
		return -EBADMSG;
	if (ph_parse_pid_n(text, (size_t)(open - 1 - text), &stat.pid) < 0)
		return -EBADMSG;

	for (at = close + 2; *at != '\0' && *at != '\n'; field++) {
		size_t length = strcspn(at, " \n");

		if (take_field(field, at, length, &stat) < 0)
			return -EBADMSG;
		at += length + (at[length] == ' ');
	}
	/* the last field that every Linux has */
	if (field <= FIELD_START)
		return -EBADMSG;

	*ret_stat = stat;
	return 0;
}

bool ph_proc_stat_has_ended(const struct ph_proc_stat *stat)
{
	return stat->state == 'X' || stat->state == 'x' ||
	       (stat->state == 'Z' && stat->threads <= 1);
}

/* PF_KTHREAD, which is part of what programs may rely on since Linux 2.6.17 */
enum { FLAG_KERNEL = 0x00200000 };

bool ph_proc_stat_is_kernel(const struct ph_proc_stat *stat)
{
	return stat->flags & FLAG_KERNEL;
}
