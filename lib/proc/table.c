/* SPDX-License-Identifier: MIT */

#include "proc/table.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/errors.h"
#include "proc/read.h"

/* passes that may all have missed somebody: where so many come and go, more do not help */
enum { PASSES = 16 };

struct pass {
	struct ph_proc_table table;
	/* reads those from that number on */
	pid_t from;
	/* so many rows are of earlier passes, sorted by pid */
	size_t kept;
	/* from there on somebody may have been missed; 0: nobody */
	pid_t again_from;
};

static int compare_pids(const void *a, const void *b)
{
	const struct ph_proc_row *one = a, *other = b;

	return (one->pid > other->pid) - (one->pid < other->pid);
}

static void sort_by_pid(struct ph_proc_table *table)
{
	if (table->count > 0)
		qsort(table->rows, table->count, sizeof(*table->rows), compare_pids);
}

static const struct ph_proc_row *find(const struct ph_proc_table *table, size_t count, pid_t pid)
{
	const struct ph_proc_row row = { .pid = pid };

	return count > 0 ? bsearch(&row, table->rows, count, sizeof(row), compare_pids) : NULL;
}

/* Return: whether it is one that had ended before this pass */
static bool is_kept(const struct pass *pass, pid_t pid)
{
	return find(&pass->table, pass->kept, pid);
}

static int grow(struct ph_proc_table *table)
{
	size_t room = table->room > 0 ? table->room * 2 : 256;
	struct ph_proc_row *rows = reallocarray(table->rows, room, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	table->rows = rows;
	table->room = room;
	return 0;
}

static int add(struct ph_proc_table *table, const struct ph_proc_row *row)
{
	if (table->count == table->room && grow(table) < 0)
		return -ENOMEM;
	table->rows[table->count++] = *row;
	return 0;
}

/* It was named, and then it was over: it may have had a successor meanwhile. */
static void look_behind(struct pass *pass, pid_t pid)
{
	if (pass->again_from == 0 || pid < pass->again_from)
		pass->again_from = pid;
}

static int add_row(pid_t pid, void *arg)
{
	struct pass *pass = arg;
	struct ph_proc_stat stat;
	int r;

	if (pid < pass->from || is_kept(pass, pid))
		return 0;
	r = ph_proc_read_stat_of(pid, &stat);
	if (ph_is_a_shortage(r))
		return r;
	if (r == -ESRCH || (r == 0 && ph_proc_stat_has_ended(&stat)))
		look_behind(pass, pid);
	if (r < 0 || ph_proc_stat_is_kernel(&stat))
		return 0;
	return add(&pass->table, &(struct ph_proc_row){
					 .pid = pid,
					 .parent = stat.parent,
					 .group = stat.group,
					 .session = stat.session,
					 .start = stat.start,
					 .has_ended = ph_proc_stat_has_ended(&stat),
				 });
}

/* Of a pass that was overtaken by low numbers all is to be read again. Return: 0, or -errno */
static int read_pass(struct pass *pass)
{
	pid_t before, after;
	int r;

	pass->again_from = 0;
	r = ph_proc_last_pid(&before);
	if (r == 0)
		r = ph_proc_each(add_row, pass);
	if (r == 0)
		r = ph_proc_last_pid(&after);
	if (r == 0 && after > 0 && after < before)
		pass->again_from = 1;
	return r;
}

/* Who has ended stays so, and is the same as long as he is named. */
static void prepare_next(struct pass *pass)
{
	struct ph_proc_table *table = &pass->table;

	pass->from = pass->again_from;
	pass->kept = 0;
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].pid < pass->from || table->rows[i].has_ended)
			table->rows[pass->kept++] = table->rows[i];
	table->count = pass->kept;
	sort_by_pid(table);
}

static int compare(const void *a, const void *b)
{
	const struct ph_proc_row *one = a, *other = b;

	if (one->parent != other->parent)
		return one->parent < other->parent ? -1 : 1;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

uint64_t ph_proc_now_in_ticks(void)
{
	long per_second = sysconf(_SC_CLK_TCK);
	struct timespec now;

	if (per_second <= 0 || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * (uint64_t)per_second +
	       (uint64_t)now.tv_nsec / (1000000000 / (uint64_t)per_second);
}

/*
 * One that is gone may have left a successor, and that one is in no pass if it
 * was being born when its place was passed. It has a higher number: from there
 * on there are few to be read, and the next pass is a short one.
 */
int ph_proc_table_read(struct ph_proc_table *table, bool once)
{
	struct pass pass = { .table = *table };
	int r;

	pass.table.tick = ph_proc_now_in_ticks();
	r = read_pass(&pass);

	for (int i = 1; !once && r == 0 && pass.again_from > 0 && i < PASSES; i++) {
		prepare_next(&pass);
		r = read_pass(&pass);
	}
	*table = pass.table;
	table->is_unsettled = pass.again_from > 0;
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

int ph_proc_table_copy_ended(const struct ph_proc_table *table, struct ph_proc_table *ended)
{
	int r = 0;

	ended->count = 0;
	for (size_t i = 0; r == 0 && i < table->count; i++)
		if (table->rows[i].has_ended)
			r = add(ended, &table->rows[i]);
	sort_by_pid(ended);
	return r;
}

const struct ph_proc_row *ph_proc_table_find(const struct ph_proc_table *table, pid_t pid)
{
	return find(table, table->count, pid);
}

void ph_proc_table_end(const struct ph_proc_table *table)
{
	free(table->rows);
}
