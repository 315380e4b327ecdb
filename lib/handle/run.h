/* SPDX-License-Identifier: MIT */

/* A child from the spawn to the end, with all that it reads and writes. */

#ifndef PH_HANDLE_RUN_H
#define PH_HANDLE_RUN_H

#include <prochandle.h>

/*
 * Runs what ph_run() has checked. @options are changed: streams become pipes.
 * @output has its defaults filled in, and an empty answer. The thread may be
 * cancelled, as @cancel_state says, while it sleeps. Return: as ph_run()
 */
int ph_run_program(char *const argv[], struct ph_spawn_options *options, struct ph_output *output,
		   int cancel_state);

#endif
