/* SPDX-License-Identifier: MIT */

/* A walk over the processes that a filter leaves. */

#ifndef PH_HANDLE_LIST_H
#define PH_HANDLE_LIST_H

#include <stdint.h>

#include <prochandle.h>

struct ph_list {
	/* one of the two: with a handle on each, or with these facts */
	int (*each)(struct ph_process *process, void *arg);
	int (*show)(const struct ph_info *info, void *arg);
	uint64_t want;
	void *arg;
};

/* Return: as ph_each() and ph_list() */
int ph_list_walk(const struct ph_filter *filter, const struct ph_list *list);

#endif
