/* SPDX-License-Identifier: MIT */

#include "proc/stat.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"

/* proc_pid_stat(5), by the numbers that the page gives them */
enum field {
	FIELD_STATE = 3,
	FIELD_PARENT = 4,
	FIELD_GROUP = 5,
	FIELD_SESSION = 6,
	FIELD_TTY = 7,
	FIELD_FLAGS = 9,
	FIELD_USER = 14,
	FIELD_SYS = 15,
	FIELD_THREADS = 20,
	FIELD_START = 22,
	FIELD_VSIZE = 23,
	FIELD_RSS = 24,
	FIELD_EXIT_CODE = 52,
};

/*
 * A list of processes is a few hundred thousand of these numbers: one pass over
 * the digits. Return: 0, or -EBADMSG if it is no number of up to 63 bits with
 * its sign
 */
static int number(const char *text, size_t length, int64_t *ret_value)
{
	bool negative = text[0] == '-';
	uint64_t value = 0;

	text += negative;
	length -= negative;
	if (length == 0 || length > 19 || (length > 1 && text[0] == '0'))
		return -EBADMSG;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (digit > 9)
			return -EBADMSG;
		value = value * 10 + digit;
	}
	if (value > INT64_MAX)
		return -EBADMSG;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

/* A field that is not negative, and one that has to fit. */
static int take_field(int field, const char *text, size_t length, struct ph_proc_stat *stat)
{
	int64_t value = 0;
	int r;

	if (field == FIELD_STATE) {
		stat->state = text[0];
		return length == 1 ? 0 : -EBADMSG;
	}
	r = number(text, length, &value);
	switch (field) {
	case FIELD_PARENT:
		stat->parent = (pid_t)value;
		return r;
	case FIELD_GROUP:
		stat->group = (pid_t)value;
		return r;
	case FIELD_SESSION:
		stat->session = (pid_t)value;
		return r;
	case FIELD_TTY:
		stat->tty = (uint32_t)value;
		return r;
	case FIELD_FLAGS:
		stat->flags = (uint64_t)value;
		return r;
	case FIELD_USER:
		stat->user = (uint64_t)value;
		return r;
	case FIELD_SYS:
		stat->sys = (uint64_t)value;
		return r;
	case FIELD_THREADS:
		stat->threads = value;
		return r;
	case FIELD_START:
		stat->start = (uint64_t)value;
		return r;
	case FIELD_VSIZE:
		stat->vsize = (uint64_t)value;
		return r;
	case FIELD_RSS:
		stat->rss = value;
		return r;
	case FIELD_EXIT_CODE:
		stat->exit_code = (int)value;
		return r;
	default:
		return 0;
	}
}

static bool is_wanted(int field)
{
	return field <= FIELD_RSS || field == FIELD_EXIT_CODE;
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
	stat.comm = open + 1;
	stat.comm_size = (size_t)(close - open - 1);

	for (at = close + 2; *at != '\0' && *at != '\n'; field++) {
		const char *end = at;

		while (*end != ' ' && *end != '\n' && *end != '\0')
			end++;
		if (is_wanted(field) && take_field(field, at, (size_t)(end - at), &stat) < 0)
			return -EBADMSG;
		at = end + (*end == ' ');
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
