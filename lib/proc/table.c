/* SPDX-License-Identifier: MIT */

#include "proc/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/errors.h"
#include "proc/read.h"

static int add_row(pid_t pid, void *arg)
{
	struct ph_proc_table *table = arg;
	struct ph_proc_stat stat;
	int r;

	r = ph_proc_read_stat_of(pid, &stat);
	if (r < 0)
		return ph_is_a_shortage(r) ? r : 0;
	if (ph_proc_stat_is_kernel(&stat))
		return 0;
	if (table->count == table->room) {
		size_t room = table->room > 0 ? table->room * 2 : 256;
		struct ph_proc_row *rows = reallocarray(table->rows, room, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		table->rows = rows;
		table->room = room;
	}
	table->rows[table->count++] = (struct ph_proc_row){
		.pid = pid,
		.parent = stat.parent,
		.group = stat.group,
		.session = stat.session,
	};
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct ph_proc_row *one = a, *other = b;

	if (one->parent != other->parent)
		return one->parent < other->parent ? -1 : 1;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

int ph_proc_table_read(struct ph_proc_table *table)
{
	int r = ph_proc_each(add_row, table);

	if (r == 0 && table->count > 0)
		qsort(table->rows, table->count, sizeof(*table->rows), compare);
	return r;
}

const struct ph_proc_row *ph_proc_table_children(const struct ph_proc_table *table, pid_t parent,
						 const struct ph_proc_row **ret_end)
{
	const struct ph_proc_row *first, *end;
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->rows[middle].parent < parent)
			low = middle + 1;
		else
			high = middle;
	}
	first = table->rows ? table->rows + low : NULL;
	end = first;
	for (; low < table->count && table->rows[low].parent == parent; low++)
		end++;
	*ret_end = end;
	return first;
}

void ph_proc_table_end(const struct ph_proc_table *table)
{
	free(table->rows);
}
