/* SPDX-License-Identifier: MIT */

/* A thread that is cancelled is not to take anything along. */

#ifndef PH_BASE_CANCEL_H
#define PH_BASE_CANCEL_H

#include <pthread.h>

#include "base/attrs.h"

static inline int ph_cancel_off(void)
{
	int state;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

static inline void ph_cancel_restore(const int *state)
{
	(void)pthread_setcancelstate(*state, NULL);
}

/* The rest of the block is no place to be cancelled at. */
#define PH_UNCANCELLED PH_CLEANUP(ph_cancel_restore) int uncancelled_ = ph_cancel_off()

#endif
