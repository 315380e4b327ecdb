/* SPDX-License-Identifier: MIT */

/* A thread that is cancelled is not to take anything along. */

#ifndef PH_BASE_CANCEL_H
#define PH_BASE_CANCEL_H

#include <pthread.h>

#include "base/attrs.h"

static inline int ph_cancel_state_off(void)
{
	int state;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

static inline void ph_cancel_state_restore(const int *state)
{
	(void)pthread_setcancelstate(*state, NULL);
}

/* No call in the rest of the block is a place to be cancelled at. */
#define PH_UNCANCELLED PH_CLEANUP(ph_cancel_state_restore) int uncancelled_ = ph_cancel_state_off()

/* whether and how a thread may be cancelled otherwise */
struct ph_cancel {
	int state;
	int type;
};

/*
 * The type as well: a signal by which a thread may be cancelled anywhere can be under
 * way already, and some versions of glibc ask then whether it may be anywhere, and not
 * whether it may be at all.
 */
static inline struct ph_cancel ph_cancel_off(void)
{
	struct ph_cancel before;

	(void)pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before.type);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before.state);
	return before;
}

static inline void ph_cancel_restore(const struct ph_cancel *before)
{
	(void)pthread_setcancelstate(before->state, NULL);
	(void)pthread_setcanceltype(before->type, NULL);
}

/* The same for threads that may be cancelled anywhere: what would be lost is not to be had again. */
#define PH_UNCANCELLED_ANYHOW \
	PH_CLEANUP(ph_cancel_restore) struct ph_cancel uncancelled_ = ph_cancel_off()

#endif
