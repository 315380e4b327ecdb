/* SPDX-License-Identifier: MIT */

/* A file that is written beside its name is not left there by a signal. */

#ifndef PH_CLI_HOLD_H
#define PH_CLI_HOLD_H

#include <signal.h>

/* From here on no signal ends ph; … */
void hold_signals(sigset_t *ret_blocked);

/* … here those that came do. */
void release_signals(const sigset_t *blocked);

#endif
