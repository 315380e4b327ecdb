/* SPDX-License-Identifier: MIT */

/* All of /proc at once: who is whose child, and in which group and session. */

#ifndef PH_PROC_TABLE_H
#define PH_PROC_TABLE_H

#include <stddef.h>
#include <sys/types.h>

struct ph_proc_row {
	pid_t pid;
	pid_t parent;
	pid_t group;
	pid_t session;
};

/* sorted by parent, then by pid */
struct ph_proc_table {
	struct ph_proc_row *rows;
	size_t count;
	size_t room;
};

/*
 * Reads one file for each process; those that end meanwhile, those that are
 * hidden from the caller and the threads of the kernel are left out. The table
 * is to be ended whatever is returned.
 * Return: 0, -ENOTSUP, -EMFILE, -ENFILE, -ENOMEM
 */
int ph_proc_table_read(struct ph_proc_table *table);

/* Return: the first row with that parent; the others follow, up to *ret_end */
const struct ph_proc_row *ph_proc_table_children(const struct ph_proc_table *table, pid_t parent,
						 const struct ph_proc_row **ret_end);

void ph_proc_table_end(const struct ph_proc_table *table);

#endif
