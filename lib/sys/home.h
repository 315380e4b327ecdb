/* SPDX-License-Identifier: MIT */

/* Which process is this? A mark that no forked child shares. */

#ifndef PH_SYS_HOME_H
#define PH_SYS_HOME_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attrs.h"

/* the mark, in a page that a forked child finds empty; NULL: not looked for yet; 0: no such page */
extern _Atomic(_Atomic uint64_t *) ph_home_mark;

uint64_t ph_home_slowly(void);

/*
 * The same for all threads of a process for as long as it lives, never 0, and
 * another in every process forked from it.
 */
static inline uint64_t ph_home(void)
{
	_Atomic uint64_t *mark = atomic_load_explicit(&ph_home_mark, memory_order_acquire);
	uint64_t found = mark ? atomic_load_explicit(mark, memory_order_relaxed) : 0;

	return PH_LIKELY(found != 0) ? found : ph_home_slowly();
}

enum { PH_HOME_OWN = 256 };

/*
 * PH_HOME_OWN bytes that are zero until this process writes to them, whatever
 * the one that it was forked from had there. So a lock in them is free.
 * Return: them, or NULL where there is no such page
 */
void *ph_home_own(void);

#endif
