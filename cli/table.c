/* SPDX-License-Identifier: MIT */

/* The few calls of libsmartcols that ph needs, with its defaults. */

#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* wider than any row: nothing is cut on a pipe */
enum { UNLIMITED = 1 << 20 };

static void set_unlimited(struct libscols_table *table)
{
	(void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	(void)scols_table_set_termwidth(table, UNLIMITED);
}

struct libscols_table *table_new(const struct table_column *columns, size_t count)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		abort();
	/* the cells are escaped already, and more thoroughly */
	(void)scols_table_enable_noencoding(table, 1);
	if (!isatty(STDOUT_FILENO))
		set_unlimited(table);
	for (size_t i = 0; i < count; i++)
		if (!scols_table_new_column(table, columns[i].title, 0, columns[i].flags))
			abort();
	return table;
}

void table_add(struct libscols_table *table, const char *const *cells, size_t count)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		abort();
	for (size_t i = 0; i < count; i++)
		if (cells[i] && scols_line_set_data(line, i, cells[i]) < 0)
			abort();
}

void table_style(struct libscols_table *table, bool has_header, bool is_cut, bool has_colors)
{
	(void)scols_table_enable_noheadings(table, !has_header);
	(void)scols_table_enable_colors(table, has_colors);
	if (!is_cut)
		set_unlimited(table);
}

struct libscols_line *table_line(struct libscols_table *table)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		abort();
	return line;
}

void table_cell(struct libscols_line *line, size_t column, char *text, const char *color)
{
	if (scols_line_refer_data(line, column, text) < 0)
		abort();
	if (color && scols_cell_set_color(scols_line_get_cell(line, column), color) < 0)
		abort();
}

void table_below(struct libscols_line *parent, struct libscols_line *line)
{
	if (scols_line_add_child(parent, line) < 0)
		abort();
}

void table_end(struct libscols_table *table)
{
	(void)scols_print_table(table);
	scols_unref_table(table);
}
