/* SPDX-License-Identifier: MIT */

/* Tables for people: aligned, cut to the width of a terminal only. */

#ifndef PH_CLI_TABLE_H
#define PH_CLI_TABLE_H

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

/* Prints the table on stdout and frees it. */
void table_end(struct libscols_table *table);

#endif
