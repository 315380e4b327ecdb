/* SPDX-License-Identifier: MIT */

/* Waiting for the ends of many processes at once. */

#ifndef PH_CLI_ENDS_H
#define PH_CLI_ENDS_H

#include "targets.h"

struct ends_request {
	const struct call *call;
	struct targets *targets;
	/** so many ends are enough */
	size_t wanted;
	/** milliseconds; -1: for ever, 0: look once */
	int64_t timeout_ms;
	/** how long to wait for the reap of a process that has ended */
	int64_t reap_ms;
	/** called for each end, in their order; @error: looking failed */
	void (*ended)(void *arg, const struct target *target, int error, const struct ph_exit *how,
		      int64_t after_ms);
	void *arg;
};

/*
 * Sets ret_ended[i] for each target that has ended. Return: how many, or a
 * negative errno value, if there was nothing left to wait with
 */
int ends_wait(const struct ends_request *request, bool *ret_ended);

#endif
