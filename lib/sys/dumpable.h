/* SPDX-License-Identifier: MIT */

/*
 * A child in our memory that changes its ids makes the memory undumpable, for
 * us as well. As long as there is one it has to stay so: the new user could
 * trace the child, and write into the memory of its parent.
 */

#ifndef PH_SYS_DUMPABLE_H
#define PH_SYS_DUMPABLE_H

#include <stdbool.h>

/*
 * Before such a child is made; several at once may be.
 * Return: false if it could not be put right afterwards
 */
bool ph_dumpable_begin(void);

/* It has executed, or is gone. The last one puts back how it was. */
void ph_dumpable_end(void);

#endif
