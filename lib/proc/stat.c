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

#define BIT(field) (UINT64_C(1) << (field))

/* the others are skipped, whatever is in them */
#define NUMBERS                                                                       \
	(BIT(FIELD_PARENT) | BIT(FIELD_GROUP) | BIT(FIELD_SESSION) | BIT(FIELD_TTY) | \
	 BIT(FIELD_FLAGS) | BIT(FIELD_USER) | BIT(FIELD_SYS) | BIT(FIELD_THREADS) |   \
	 BIT(FIELD_START) | BIT(FIELD_VSIZE) | BIT(FIELD_RSS) | BIT(FIELD_EXIT_CODE))

static bool is_end(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\0';
}

/*
 * A list of processes is a few hundred thousand of these: one pass over the
 * digits. Return: behind the number, or NULL if it is none of up to 63 bits with
 * its sign
 */
static const char *take_number(const char *text, int64_t *ret_value)
{
	bool negative = *text == '-';
	const char *digits = text + negative;
	const char *at = digits;
	uint64_t value = 0;

	for (unsigned digit; (digit = (unsigned)(*at - '0')) <= 9; at++)
		value = value * 10 + digit;
	/* 19 digits do not overflow what has 64 bits */
	if (at == digits || at - digits > 19 || !is_end(*at) || value > INT64_MAX ||
	    (*digits == '0' && at - digits > 1))
		return NULL;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return at;
}

static void store(int field, int64_t value, struct ph_proc_stat *stat)
{
	switch (field) {
	case FIELD_PARENT:
		stat->parent = (pid_t)value;
		break;
	case FIELD_GROUP:
		stat->group = (pid_t)value;
		break;
	case FIELD_SESSION:
		stat->session = (pid_t)value;
		break;
	case FIELD_TTY:
		stat->tty = (uint32_t)value;
		break;
	case FIELD_FLAGS:
		stat->flags = (uint64_t)value;
		break;
	case FIELD_USER:
		stat->user = (uint64_t)value;
		break;
	case FIELD_SYS:
		stat->sys = (uint64_t)value;
		break;
	case FIELD_THREADS:
		stat->threads = value;
		break;
	case FIELD_START:
		stat->start = (uint64_t)value;
		break;
	case FIELD_VSIZE:
		stat->vsize = (uint64_t)value;
		break;
	case FIELD_RSS:
		stat->rss = value;
		break;
	default:
		stat->exit_code = (int)value;
		break;
	}
}

/* Return: behind the field, or NULL */
static const char *take_field(int field, const char *text, struct ph_proc_stat *stat)
{
	int64_t value;

	if (BIT(field) & NUMBERS) {
		text = take_number(text, &value);
		if (text)
			store(field, value, stat);
		return text;
	}
	if (field == FIELD_STATE) {
		stat->state = *text;
		return is_end(*text) || !is_end(text[1]) ? NULL : text + 1;
	}
	while (!is_end(*text))
		text++;
	return text;
}

/* All fields up to that one. */
static int parse(const char *text, int last, struct ph_proc_stat *ret_stat)
{
	struct ph_proc_stat stat = { .pid = 0 };
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	const char *at;
	int field;

	if (!open || !close || close < open || open == text || open[-1] != ' ' || close[1] != ' ')
		return -EBADMSG;
	if (ph_parse_pid_n(text, (size_t)(open - 1 - text), &stat.pid) < 0)
		return -EBADMSG;
	stat.comm = open + 1;
	stat.comm_size = (size_t)(close - open - 1);

	at = close + 2;
	for (field = FIELD_STATE; field <= last && *at != '\0' && *at != '\n'; field++) {
		at = take_field(field, at, &stat);
		if (!at)
			return -EBADMSG;
		at += *at == ' ';
	}
	/* the last field that every Linux has */
	if (field <= FIELD_START)
		return -EBADMSG;

	*ret_stat = stat;
	return 0;
}

int ph_proc_stat_parse(const char *text, struct ph_proc_stat *ret_stat)
{
	return parse(text, FIELD_EXIT_CODE, ret_stat);
}

int ph_proc_stat_parse_alive(const char *text, struct ph_proc_stat *ret_stat)
{
	return parse(text, FIELD_RSS, ret_stat);
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
