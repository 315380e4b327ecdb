/* SPDX-License-Identifier: MIT */

/* One line about one end, or an object. */

#ifndef PH_CLI_ENDS_PRINT_H
#define PH_CLI_ENDS_PRINT_H

#include "targets.h"

/*
 * "1234:5678 nginx exited 3 after 12.4s", or the same as JSON. A target that
 * was gone from the start has no process, and is named by its selector.
 */
void end_print(const struct call *call, const struct target *target, const struct ph_exit *how,
	       int64_t after_ms);

/* How a process ended; NULL: it was gone before ph looked. */
struct json_object *exit_json(struct ph_process *process, const struct ph_exit *how);

#endif
