/* SPDX-License-Identifier: MIT */

#include "hold.h"

#include <stddef.h>

void hold_signals(sigset_t *ret_blocked)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, ret_blocked);
}

void release_signals(const sigset_t *blocked)
{
	(void)sigprocmask(SIG_SETMASK, blocked, NULL);
}
