/* SPDX-License-Identifier: MIT */

/* One row of a table for each column: what it needs, how it reads, how it sorts. */

#include "columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "duration.h"
#include "message.h"
#include "output.h"
#include "status.h"
#include "table.h"
#include "text.h"

struct column {
	const char *name;
	const char *title;
	int flags;
	uint64_t need;
	/** PH_TEXT_… that it shows, or 0 */
	int text;
	void (*print)(const struct row *row, FILE *out);
	/** what it is sorted by; NULL: by its text */
	int64_t (*number)(const struct row *row);
};

#define NUMBER_COLUMN(field, expression)                             \
	static int64_t number_##field(const struct row *row)         \
	{                                                            \
		return (int64_t)(expression);                        \
	}                                                            \
	static void print_##field(const struct row *row, FILE *out)  \
	{                                                            \
		(void)fprintf(out, "%" PRId64, number_##field(row)); \
	}

NUMBER_COLUMN(pid, row->info.pid)
NUMBER_COLUMN(ppid, row->info.parent)
NUMBER_COLUMN(pgid, row->info.group)
NUMBER_COLUMN(sid, row->info.session)
NUMBER_COLUMN(uid, row->info.uid)
NUMBER_COLUMN(gid, row->info.gid)
NUMBER_COLUMN(threads, row->info.threads)

static void print_handle(const struct row *row, FILE *out)
{
	(void)fputs(row->handle, out);
}

static void print_tty(const struct row *row, FILE *out)
{
	char tty[32];
	const char *name = tty_name(row->info.tty, tty);

	(void)fputs(name ? name : "-", out);
}

static void print_user(const struct row *row, FILE *out)
{
	text_print(out, user_name(row->info.uid));
}

static void print_state(const struct row *row, FILE *out)
{
	(void)putc(row->info.state, out);
}

static int64_t number_start(const struct row *row)
{
	return (int64_t)row->info.start_ticks;
}

static void print_start(const struct row *row, FILE *out)
{
	time_t start = row->info.start_ns / 1000000000;
	struct tm utc;
	char text[64];

	(void)gmtime_r(&start, &utc);
	if (strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
		(void)fputs(text, out);
}

static void print_age(const struct row *row, FILE *out)
{
	char text[DURATION_SIZE];

	duration_text(row_age_ms(row), text);
	(void)fputs(text, out);
}

static int64_t number_cpu(const struct row *row)
{
	return row->info.user_us + row->info.sys_us;
}

static void print_cpu(const struct row *row, FILE *out)
{
	char text[DURATION_SIZE];

	duration_text(number_cpu(row) / 1000, text);
	(void)fputs(text, out);
}

static int64_t number_rss(const struct row *row)
{
	return (int64_t)row->info.rss;
}

static int64_t number_vsize(const struct row *row)
{
	return (int64_t)row->info.vsize;
}

/* "812K", "12.3M" */
static void print_size(uint64_t bytes, FILE *out)
{
	static const char units[] = "KMGTPE";
	double size = (double)bytes / 1024;
	size_t unit = 0;

	while (size >= 1024 && units[unit + 1] != '\0') {
		size /= 1024;
		unit++;
	}
	(void)fprintf(out, unit == 0 ? "%.0f%c" : "%.1f%c", size, units[unit]);
}

static void print_rss(const struct row *row, FILE *out)
{
	print_size(row->info.rss, out);
}

static void print_vsize(const struct row *row, FILE *out)
{
	print_size(row->info.vsize, out);
}

static void print_comm(const struct row *row, FILE *out)
{
	text_print(out, row->info.comm);
}

/* The arguments with blanks between them, or [the name] where there are none. */
static void print_command(const struct row *row, FILE *out)
{
	const struct command *command = &row->command;

	if (command->size == 0) {
		(void)putc('[', out);
		text_print(out, row->info.comm);
		(void)putc(']', out);
		return;
	}
	for (size_t at = 0; at < command->size; at += strlen(command->text + at) + 1) {
		if (at > 0)
			(void)putc(' ', out);
		text_print(out, command->text + at);
	}
}

#define RIGHT SCOLS_FL_RIGHT
#define OWN(name) print_##name, NULL
#define BY_NUMBER(name) print_##name, number_##name
#define TEXT(kind) 0, 0, kind, NULL, NULL

/* in the order of COLUMN_NAMES */
static const struct column known[] = {
	{ "handle", "HANDLE", 0, PH_INFO_INODE | PH_INFO_START, 0, print_handle, number_pid },
	{ "pid", "PID", RIGHT, PH_INFO_PID, 0, BY_NUMBER(pid) },
	{ "ppid", "PPID", RIGHT, PH_INFO_PARENT, 0, BY_NUMBER(ppid) },
	{ "pgid", "PGID", RIGHT, PH_INFO_GROUP, 0, BY_NUMBER(pgid) },
	{ "sid", "SID", RIGHT, PH_INFO_SESSION, 0, BY_NUMBER(sid) },
	{ "tty", "TTY", 0, PH_INFO_TTY, 0, OWN(tty) },
	{ "user", "USER", 0, PH_INFO_USER, 0, OWN(user) },
	{ "uid", "UID", RIGHT, PH_INFO_USER, 0, BY_NUMBER(uid) },
	{ "gid", "GID", RIGHT, PH_INFO_USER, 0, BY_NUMBER(gid) },
	{ "state", "STATE", 0, PH_INFO_STATE, 0, OWN(state) },
	{ "threads", "THREADS", RIGHT, PH_INFO_THREADS, 0, BY_NUMBER(threads) },
	{ "start", "START", 0, PH_INFO_START, 0, BY_NUMBER(start) },
	{ "age", "AGE", RIGHT, PH_INFO_START, 0, print_age, row_age_ms },
	{ "cpu", "CPU", RIGHT, PH_INFO_TIME, 0, BY_NUMBER(cpu) },
	{ "rss", "RSS", RIGHT, PH_INFO_MEMORY, 0, BY_NUMBER(rss) },
	{ "vsize", "VSIZE", RIGHT, PH_INFO_MEMORY, 0, BY_NUMBER(vsize) },
	{ "comm", "NAME", 0, PH_INFO_COMM, 0, OWN(comm) },
	{ "command", "COMMAND", 0, PH_INFO_COMM | PH_INFO_CMDLINE, 0, OWN(command) },
	{ "exe", "EXE", TEXT(PH_TEXT_EXE) },
	{ "cwd", "CWD", TEXT(PH_TEXT_CWD) },
	{ "cgroup", "CGROUP", TEXT(PH_TEXT_CGROUP) },
	{ "wchan", "WCHAN", TEXT(PH_TEXT_WCHAN) },
};

static const struct column *by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < LENGTH(known); i++)
		if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0)
			return &known[i];
	return NULL;
}

int columns_parse(const struct call *call, const char *names, const char *sort,
		  struct columns *ret_columns)
{
	struct columns columns = { .is_reverse = sort && *sort == '-' };

	for (const char *at = names; *at != '\0'; at += *at == ',') {
		size_t length = strcspn(at, ",");
		const struct column *column = by_name(at, length);

		if (!column || columns.count == COLUMNS_MAX ||
		    (at[length] == ',' && !at[length + 1]))
			return usage_error(call, names, "columns are, separated by commas: %s",
					   COLUMN_NAMES);
		columns.all[columns.count++] = column;
		at += length;
	}
	if (sort) {
		sort += columns.is_reverse;
		columns.sort = by_name(sort, strlen(sort));
		if (!columns.sort)
			return usage_error(call, sort, "no such column; there are: %s",
					   COLUMN_NAMES);
	}
	*ret_columns = columns;
	return STATUS_OK;
}

void columns_need(const struct columns *columns, struct rows *rows)
{
	/* so that there is always something to ask for, and to colour */
	rows->want |= PH_INFO_PID | PH_INFO_STATE;
	for (size_t i = 0; i <= columns->count; i++) {
		const struct column *column = i < columns->count ? columns->all[i] : columns->sort;

		if (!column)
			continue;
		rows->want |= column->need;
		if (column->text)
			rows->want_texts |= 1U << column->text;
	}
}

/* A fact that was not to be had has no value; a name for the process is always there. */
static bool is_known(const struct column *column, const struct row *row)
{
	if (column->text)
		return row->texts[column->text] != NULL;
	return column->print == print_handle || row->info.got & column->need;
}

/* The cell as text, allocated. */
static char *cell_text(const struct column *column, const struct row *row)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (!is_known(column, row))
		(void)putc('-', out);
	else if (column->text)
		text_print(out, row->texts[column->text]);
	else
		column->print(row, out);
	if (fclose(out) != 0)
		abort();
	return text;
}

static int compare_text(const struct column *column, const struct row *left, const struct row *right)
{
	PH_CLEANUP(ph_freep) char *left_text = cell_text(column, left);
	PH_CLEANUP(ph_freep) char *right_text = cell_text(column, right);

	return strcmp(left_text, right_text);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct columns *columns = arg;
	const struct column *column = columns->sort;
	const struct row *left = a;
	const struct row *right = b;
	int order;

	if (column->number) {
		int64_t x = column->number(left);
		int64_t y = column->number(right);

		order = (x > y) - (x < y);
	} else {
		order = compare_text(column, left, right);
	}
	if (order == 0)
		order = (left->info.pid > right->info.pid) - (left->info.pid < right->info.pid);
	return columns->is_reverse ? -order : order;
}

void columns_sort(const struct columns *columns, struct rows *rows)
{
	struct columns order = *columns;

	if (columns->sort && rows->count > 1)
		qsort_r(rows->all, rows->count, sizeof(*rows->all), compare, &order);
}

static const char *state_color(const struct call *call, const struct row *row)
{
	if (!has_colors(call))
		return NULL;
	switch (row->info.state) {
	case 'R':
		return paint_code(PAINT_GOOD);
	case 'D':
	case 'Z':
	case 'X':
		return paint_code(PAINT_BAD);
	case 'T':
	case 't':
		return paint_code(PAINT_WEAK);
	default:
		return NULL;
	}
}

static void print_line(const struct call *call, const struct columns *columns,
		       const struct row *row, struct libscols_line *line)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = columns->all[i];

		table_cell(line, i, cell_text(column, row),
			   column->print == print_state ? state_color(call, row) : NULL);
	}
}

static int flags_of(const struct columns *columns, size_t at, bool is_cut, bool is_tree)
{
	bool is_last = at == columns->count - 1;
	int flags = columns->all[at]->flags;

	if (is_last && is_cut)
		flags |= SCOLS_FL_TRUNC;
	/* the forest grows in the last column, which is the command unless one says otherwise */
	if (is_last && is_tree)
		flags = (flags & ~RIGHT) | SCOLS_FL_TREE;
	return flags;
}

void columns_print(const struct call *call, const struct columns *columns, const struct rows *rows,
		   const size_t *parents, bool has_header, bool is_cut)
{
	PH_CLEANUP(ph_freep) struct libscols_line **lines = NULL;
	struct table_column titles[COLUMNS_MAX];
	struct libscols_table *table;

	for (size_t i = 0; i < columns->count; i++)
		titles[i] = (struct table_column){
			.title = columns->all[i]->title,
			.flags = flags_of(columns, i, is_cut, parents != NULL),
		};
	table = table_new(titles, columns->count);
	table_style(table, has_header, is_cut, has_colors(call));
	lines = calloc(rows->count + 1, sizeof(*lines));
	if (!lines)
		abort();
	for (size_t i = 0; i < rows->count; i++) {
		lines[i] = table_line(table);
		print_line(call, columns, &rows->all[i], lines[i]);
	}
	for (size_t i = 0; parents && i < rows->count; i++)
		if (parents[i] != SIZE_MAX)
			table_below(lines[parents[i]], lines[i]);
	table_end(table);
}
