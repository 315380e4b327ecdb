/* SPDX-License-Identifier: MIT */

/* Small processes of ph's own that stand beside a command. */

#ifndef PH_CLI_ASIDE_H
#define PH_CLI_ASIDE_H

#include <stddef.h>

/*
 * For a process that was just forked: from here on it is called @name, hears no
 * signal, is in a session of its own, keeps no directory busy, and has no
 * descriptor but @fds. A pipe of others must not stay open for its sake.
 */
void aside_begin(const char *name, const int *fds, size_t count);

#endif
