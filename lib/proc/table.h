/* SPDX-License-Identifier: MIT */

/* All of /proc at once: who is whose child, and in which group and session. */

#ifndef PH_PROC_TABLE_H
#define PH_PROC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ph_proc_row {
	pid_t pid;
	pid_t parent;
	pid_t group;
	pid_t session;
	/* clock ticks since boot */
	uint64_t start;
	bool has_ended;
};

/* sorted by parent, then by pid */
struct ph_proc_table {
	struct ph_proc_row *rows;
	size_t count;
	size_t room;
	/* when it began to be read, in the ticks of starts; 0: not told */
	uint64_t tick;
	/* somebody went whenever it was read: there may be a successor that is not in it */
	bool is_unsettled;
};

/* The time as starts are told. Return: clock ticks since boot, or 0 it is not told */
uint64_t ph_proc_now_in_ticks(void);

/*
 * Reads one file for each process; those that end meanwhile, those that are
 * hidden from the caller and the threads of the kernel are left out. Where each
 * starts one and ends, one of them is in it, unless it is to be read once only. The
 * table is to be ended whatever is returned.
 * Return: 0, -ENOTSUP, -EMFILE, -ENFILE, -ENOMEM
 */
int ph_proc_table_read(struct ph_proc_table *table, bool once);

/* Return: the first row with that parent; the others follow, up to *ret_end */
const struct ph_proc_row *ph_proc_table_children(const struct ph_proc_table *table, pid_t parent,
						 const struct ph_proc_row **ret_end);

/*
 * The rows of those who have ended, sorted by pid, instead of what is in the other
 * table. Return: 0, or -ENOMEM
 */
int ph_proc_table_copy_ended(const struct ph_proc_table *table, struct ph_proc_table *ended);

/* Of a table sorted by pid. Return: the row, or NULL */
const struct ph_proc_row *ph_proc_table_find(const struct ph_proc_table *table, pid_t pid);

void ph_proc_table_end(const struct ph_proc_table *table);

#endif
