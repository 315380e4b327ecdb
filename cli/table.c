/* SPDX-License-Identifier: MIT */

/* The few calls of libsmartcols that ph needs, with its defaults. */

#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* wider than any row: nothing is cut on a pipe */
enum { UNLIMITED = 4096 };

struct libscols_table *table_new(const struct table_column *columns, size_t count)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		abort();
	/* the cells are escaped already, and more thoroughly */
	(void)scols_table_enable_noencoding(table, 1);
	if (!isatty(STDOUT_FILENO)) {
		(void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
		(void)scols_table_set_termwidth(table, UNLIMITED);
	}
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

void table_end(struct libscols_table *table)
{
	(void)scols_print_table(table);
	scols_unref_table(table);
}
