/* SPDX-License-Identifier: MIT */

/* Which process is this? A mark that no forked child shares. */

#ifndef PH_SYS_HOME_H
#define PH_SYS_HOME_H

#include <stdint.h>

/*
 * The same for all threads of a process for as long as it lives, never 0, and
 * another in every process forked from it.
 */
uint64_t ph_home(void);

enum { PH_HOME_OWN = 256 };

/*
 * PH_HOME_OWN bytes that are zero until this process writes to them, whatever
 * the one that it was forked from had there. So a lock in them is free.
 * Return: them, or NULL where there is no such page
 */
void *ph_home_own(void);

#endif
