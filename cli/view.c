/* SPDX-License-Identifier: MIT */

/* The options of lists, and what a list is made into in the end. */

#include "view.h"

#include <errno.h>
#include <unistd.h>

#include "message.h"
#include "status.h"

#define FIELD(name) offsetof(struct view_options, name)

const struct option_spec view_options[] = {
	{ 'a', "all-users", NULL, "Processes of all users, and threads of the kernel", OPTION_FLAG,
	  FIELD(all_users) },
	{ 'o', "columns", "COLS", "These columns, separated by commas", OPTION_TEXT, FIELD(columns),
	  .words = COLUMN_NAMES },
	{ 0, "sort", "COL", "Sort by this column; with - before it, largest first", OPTION_TEXT,
	  FIELD(sort), .words = COLUMN_NAMES },
	{ 0, "no-header", NULL, "No line with the names of the columns", OPTION_FLAG,
	  FIELD(no_header) },
	{ 'w', "wide", NULL, "Do not cut lines at the width of the terminal", OPTION_FLAG,
	  FIELD(wide) },
	{ 0 },
};

const struct view_options view_defaults = { .columns = COLUMNS_DEFAULT };

int view_begin(struct call *call, struct columns *ret_columns, struct rows *ret_rows)
{
	const struct view_options *own = call->options;
	struct rows rows = { .count = 0 };
	int status = columns_parse(call, own->columns, own->sort, ret_columns);

	if (status != STATUS_OK)
		return status;
	if (call->json)
		rows.want = ROW_EVERYTHING;
	columns_need(ret_columns, &rows);
	call->all_users = own->all_users;
	*ret_rows = rows;
	return STATUS_OK;
}

struct ph_filter view_filter(const struct call *call)
{
	const struct view_options *own = call->options;
	struct ph_filter filter = { .flags = 0 };

	if (!own->all_users)
		filter.flags = PH_FILTER_OWN | PH_FILTER_NO_KERNEL;
	return filter;
}

int view_fail(const struct call *call, int error)
{
	message(call, "cannot list processes: %s",
		error == -ENOTSUP ? "that needs /proc (and the setting procfs=1)"
				  : ph_strerror(error));
	return status_of(error);
}

static void print_json(const struct rows *rows, bool is_tree)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct json_object *object = row_json_line(&rows->all[i]);

		if (is_tree)
			json_add_int(object, "depth", rows->all[i].depth);
		json_end(object);
	}
}

void view_print(const struct call *call, const struct columns *columns, const struct rows *rows,
		const size_t *parents)
{
	const struct view_options *own = call->options;

	if (call->json)
		print_json(rows, parents != NULL);
	else
		columns_print(call, columns, rows, parents, !own->no_header, !own->wide);
}
