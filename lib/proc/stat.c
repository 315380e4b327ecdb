/* SPDX-License-Identifier: MIT */

#include "proc/stat.h"

#include <errno.h>
#include <string.h>

#include <prochandle.h>

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

struct line {
	const char *at;
	/* the one that this is in, or behind */
	int field;
	bool is_broken;
};

/* No field has a blank in it, and nothing below a blank. */
static bool is_end(char byte)
{
	return (unsigned char)byte <= ' ';
}

/* Fields are skipped whatever is in them. Return: false if the line ends before it */
static bool skip_to(struct line *line, int field)
{
	const char *at = line->at;

	for (int left = field - line->field; left > 0; left--) {
		while (!is_end(*at))
			at++;
		if (*at++ != ' ')
			return false;
	}
	line->at = at;
	line->field = field;
	return !is_end(*at);
}

/*
 * A list of processes is a few hundred thousand of these: one pass over the
 * digits. Return: the number, which has up to 63 bits and a sign, or 0 and the
 * line is broken
 */
static int64_t take_number(struct line *line)
{
	bool negative = *line->at == '-';
	const char *digits = line->at + negative;
	const char *at = digits;
	uint64_t value = 0;

	for (unsigned digit; (digit = (unsigned)(*at - '0')) <= 9; at++)
		value = value * 10 + digit;
	line->at = at;
	/* 19 digits do not overflow what has 64 bits */
	if (at == digits || at - digits > 19 || !is_end(*at) || value > INT64_MAX ||
	    (*digits == '0' && at - digits > 1)) {
		line->is_broken = true;
		return 0;
	}
	return negative ? -(int64_t)value : (int64_t)value;
}

/* To be called by rising field. Return: as take_number() */
static int64_t take_field(struct line *line, int field)
{
	if (skip_to(line, field))
		return take_number(line);
	/* the others are not there on every Linux */
	line->is_broken = line->is_broken || field <= FIELD_START;
	return 0;
}

static void take_relatives(struct line *line, uint64_t want, struct ph_proc_stat *stat)
{
	if (want & PH_INFO_PARENT)
		stat->parent = (pid_t)take_field(line, FIELD_PARENT);
	if (want & PH_INFO_GROUP)
		stat->group = (pid_t)take_field(line, FIELD_GROUP);
	if (want & PH_INFO_SESSION)
		stat->session = (pid_t)take_field(line, FIELD_SESSION);
	if (want & PH_INFO_TTY)
		stat->tty = (uint32_t)take_field(line, FIELD_TTY);
}

static void take_fields(struct line *line, uint64_t want, struct ph_proc_stat *stat)
{
	take_relatives(line, want, stat);
	if (want & PH_INFO_STATE)
		stat->flags = (uint64_t)take_field(line, FIELD_FLAGS);
	if (want & PH_INFO_TIME) {
		stat->user = (uint64_t)take_field(line, FIELD_USER);
		stat->sys = (uint64_t)take_field(line, FIELD_SYS);
	}
	if (want & PH_INFO_THREADS)
		stat->threads = take_field(line, FIELD_THREADS);
	if (want & PH_INFO_START)
		stat->start = (uint64_t)take_field(line, FIELD_START);
	if (want & PH_INFO_MEMORY) {
		stat->vsize = (uint64_t)take_field(line, FIELD_VSIZE);
		stat->rss = take_field(line, FIELD_RSS);
	}
	if (want & PH_INFO_EXIT)
		stat->exit_code = (int)take_field(line, FIELD_EXIT_CODE);
}

int ph_proc_stat_parse(const char *text, uint64_t want, struct ph_proc_stat *ret_stat)
{
	struct line line = { .at = text, .field = FIELD_STATE };
	struct ph_proc_stat stat = { .pid = 0 };
	int64_t pid = take_number(&line);
	const char *open = line.at + 1;
	const char *close;

	if (line.is_broken || pid <= 0 || pid > INT32_MAX || *line.at != ' ' || *open != '(')
		return -EBADMSG;
	close = strrchr(open, ')');
	if (!close || close[1] != ' ' || is_end(close[2]) || !is_end(close[3]))
		return -EBADMSG;
	stat.pid = (pid_t)pid;
	stat.comm = open + 1;
	stat.comm_size = (size_t)(close - stat.comm);
	stat.state = close[2];

	line.at = close + 2;
	take_fields(&line, want, &stat);
	if (line.is_broken)
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
