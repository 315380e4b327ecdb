/* SPDX-License-Identifier: MIT */

/* Stops and continues of children. */

#ifndef PH_HANDLE_WAIT_STATE_H
#define PH_HANDLE_WAIT_STATE_H

#include "base/deadline.h"
#include "handle/process.h"

/* Return: as ph_wait_state(); @states is valid */
int ph_await_state(struct ph_process *process, unsigned states, struct ph_deadline deadline,
		   struct ph_exit *ret_exit);

#endif
