/* SPDX-License-Identifier: MIT */

/* Everybody in some scopes, from the first signal to the last end. */

#ifndef PH_HANDLE_STOP_H
#define PH_HANDLE_STOP_H

#include <stddef.h>

#include <prochandle.h>

struct ph_stop_order {
	struct ph_process *const *targets;
	size_t count;
	/* one of enum ph_scope, perhaps with PH_FORCE */
	int scope;
	/* at least one */
	const struct ph_stop_step *steps;
	size_t steps_count;
	/* or -1 */
	int hurry_fd;
	/* or NULL */
	int (*report)(const struct ph_stop_report *report, void *arg);
	void *arg;
	/* of the calling thread, which cannot be cancelled now, while it sleeps */
	int cancel_state;
};

/*
 * Stops what ph_stop_all() has checked. Return: as ph_stop_all(); @ret_results
 * may be NULL
 */
int ph_stop_by_order(const struct ph_stop_order *order, int *ret_results);

#endif
