/* SPDX-License-Identifier: MIT */

/*
 * Facts are gathered raw; what shows them escapes them. Where the library can
 * tell all without a handle in our hands, it is asked for the list; what is text
 * takes a handle each.
 */

#include "row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "facts.h"

static struct row *new_row(struct rows *rows)
{
	if (rows->count == rows->room) {
		rows->room = rows->room ? rows->room * 2 : 64;
		rows->all = reallocarray(rows->all, rows->room, sizeof(*rows->all));
		if (!rows->all)
			abort();
	}
	rows->all[rows->count] = (struct row){ .depth = 0 };
	return &rows->all[rows->count++];
}

static void name_row(struct row *row)
{
	const struct ph_info *info = &row->info;

	if (info->got & PH_INFO_INODE)
		(void)snprintf(row->handle, sizeof(row->handle), "%d:%llu", info->pid,
			       (unsigned long long)info->inode);
	else if (info->got & PH_INFO_START)
		(void)snprintf(row->handle, sizeof(row->handle), "%d:t%llu", info->pid,
			       (unsigned long long)info->start_ticks);
	else
		(void)snprintf(row->handle, sizeof(row->handle), "%d", info->pid);
}

static int list_one(const struct ph_info *info, void *arg)
{
	struct row *row = new_row(arg);

	row->info = *info;
	if (info->got & PH_INFO_CMDLINE)
		command_copy(&row->command, info->cmdline, info->cmdline_size);
	row->info.cmdline = NULL;
	name_row(row);
	return 0;
}

/* Allocated; NULL if it cannot be told. */
static char *text_of(struct ph_process *process, int what)
{
	size_t size = 1024;
	char *text = NULL;
	int r;

	for (;;) {
		text = realloc(text, size);
		if (!text)
			abort();
		r = ph_text(process, what, text, size);
		if (r >= 0 && (size_t)r < size)
			return text;
		if (r < 0)
			break;
		size = (size_t)r + 1;
	}
	free(text);
	return NULL;
}

void row_free(struct row *row)
{
	free(row->command.text);
	for (size_t i = 0; i < LENGTH(row->texts); i++)
		free(row->texts[i]);
}

int rows_add(struct rows *rows, struct ph_process *process)
{
	struct row *row = new_row(rows);
	int r = ph_info(process, rows->want, &row->info);

	if (r == 0 && rows->want & PH_INFO_CMDLINE) {
		r = command_read(process, &row->command);
		/* what is gone, or not shown, has none */
		if (r >= 0)
			row->info.got |= PH_INFO_CMDLINE;
		r = 0;
	}
	if (r < 0) {
		row_free(row);
		rows->count--;
		return r;
	}
	for (int what = 0; what <= PH_TEXT_WCHAN; what++)
		if (rows->want_texts & 1U << what)
			row->texts[what] = text_of(process, what);
	if (handle_text(process, row->handle) < 0)
		name_row(row);
	return 0;
}

static int add_with_handle(struct ph_process *process, void *arg)
{
	int r = rows_add(arg, process);

	/* it has ended, or is not shown to us: not in the list */
	return r == -ESRCH || r == -EPERM || r == -EREMOTE ? 0 : r;
}

int rows_list(struct rows *rows, const struct ph_filter *filter)
{
	if (rows->want_texts)
		return ph_each(filter, add_with_handle, rows);
	return ph_list(filter, rows->want, list_one, rows);
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		row_free(&rows->all[i]);
	free(rows->all);
	*rows = (struct rows){ .count = 0 };
}

static int compare_pid(const void *key, const void *row)
{
	int32_t pid = *(const int32_t *)key;
	int32_t other = ((const struct row *)row)->info.pid;

	return (pid > other) - (pid < other);
}

struct row *rows_by_pid(const struct rows *rows, int32_t pid)
{
	if (rows->count == 0)
		return NULL;
	return bsearch(&pid, rows->all, rows->count, sizeof(*rows->all), compare_pid);
}

int64_t row_age_ms(const struct row *row)
{
	static int64_t now_ms, hertz;
	struct timespec now;
	int64_t age;

	/* one moment for all rows, or a sorted list would look unsorted */
	if (now_ms == 0) {
		(void)clock_gettime(CLOCK_BOOTTIME, &now);
		now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
		hertz = sysconf(_SC_CLK_TCK);
	}
	age = now_ms - (int64_t)(row->info.start_ticks * 1000 / (uint64_t)hertz);
	return age > 0 ? age : 0;
}
