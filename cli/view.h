/* SPDX-License-Identifier: MIT */

/* Lists of processes, flat or as a forest: what ph ls and ph tree share. */

#ifndef PH_CLI_VIEW_H
#define PH_CLI_VIEW_H

#include "columns.h"
#include "targets.h"

struct view_options {
	bool all_users;
	bool no_header;
	bool wide;
	const char *columns;
	const char *sort;
};

/* Ends with a row without a name. */
extern const struct option_spec view_options[];
extern const struct view_options view_defaults;

/* Reads the options. Return: STATUS_OK, or STATUS_USAGE after a message */
int view_begin(struct call *call, struct columns *ret_columns, struct rows *ret_rows);

/* The filter for a list without selectors. */
struct ph_filter view_filter(const struct call *call);

/* Says why there is no list; returns the exit status for that. */
int view_fail(const struct call *call, int error);

/* Prints the rows, as JSON or as a table; @parents as for columns_print() */
void view_print(const struct call *call, const struct columns *columns, const struct rows *rows,
		const size_t *parents);

#endif
