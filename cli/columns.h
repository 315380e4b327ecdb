/* SPDX-License-Identifier: MIT */

/* The columns that a list of processes may have. */

#ifndef PH_CLI_COLUMNS_H
#define PH_CLI_COLUMNS_H

#include <stdbool.h>

#include "row.h"
#include "verb.h"

/* The names of all columns, with a blank between two. */
#define COLUMN_NAMES                                                                            \
	"handle pid ppid pgid sid tty user uid gid state threads start age cpu rss vsize comm " \
	"command exe cwd cgroup wchan"

#define COLUMNS_DEFAULT "handle,user,state,age,cpu,command"

enum { COLUMNS_MAX = 32 };

struct column;

/** struct columns - those chosen, in their order */
struct columns {
	const struct column *all[COLUMNS_MAX];
	size_t count;
	/** NULL: by number */
	const struct column *sort;
	bool is_reverse;
};

/*
 * Reads "handle,user,command"; @sort is one of the names, with a - before it for
 * the other direction, or NULL. Return: STATUS_OK, or STATUS_USAGE after a message
 */
int columns_parse(const struct call *call, const char *names, const char *sort,
		  struct columns *ret_columns);

/* What has to be known for them. */
void columns_need(const struct columns *columns, struct rows *rows);

/* Sorts the rows as the columns say. */
void columns_sort(const struct columns *columns, struct rows *rows);

/*
 * Prints the rows on stdout as a table. @parents: the place of the parent of each
 * row, SIZE_MAX for none, or NULL: the table is a forest then
 */
void columns_print(const struct call *call, const struct columns *columns, const struct rows *rows,
		   const size_t *parents, bool has_header, bool is_cut);

#endif
