/* SPDX-License-Identifier: MIT */

/* Tables for people: aligned, cut to the width of a terminal only. */

#ifndef PH_CLI_TABLE_H
#define PH_CLI_TABLE_H

#include <stdbool.h>

#include <libsmartcols.h>

/** struct table_column - the last column of a table may be cut, no other one */
struct table_column {
	const char *title;
	/** SCOLS_FL_RIGHT, SCOLS_FL_TRUNC, or 0 */
	int flags;
};

/* Aborts when memory is out, as do the others. */
struct libscols_table *table_new(const struct table_column *columns, size_t count);

/* One row; a NULL cell is empty. */
void table_add(struct libscols_table *table, const char *const *cells, size_t count);

/* --no-header; uncut lines on a terminal as well; colours */
void table_style(struct libscols_table *table, bool has_header, bool is_cut, bool has_colors);

struct libscols_line *table_line(struct libscols_table *table);

/* Gives a cell an allocated text, which belongs to the table then. @color: NULL for none */
void table_cell(struct libscols_line *line, size_t column, char *text, const char *color);

/* In a tree: @line stands below @parent. */
void table_below(struct libscols_line *parent, struct libscols_line *line);

/* Prints the table on stdout and frees it. */
void table_end(struct libscols_table *table);

#endif
