/* SPDX-License-Identifier: MIT */

/*
 * What the files of the child share. All of it runs in the memory of the
 * parent, whose other threads go on: nothing is called but the kernel, nothing
 * is written but the answer in the plan, and nothing happens at scope exit.
 */

#ifndef PH_HANDLE_SPAWN_CHILD_H
#define PH_HANDLE_SPAWN_CHILD_H

#include "handle/spawn.h"
#include "sys/raw.h"

static inline bool ph_child_wants(const struct ph_plan *plan, uint64_t flag)
{
	return plan->options->flags & flag;
}

/* Tells the parent, and leaves. @error: -errno */
_Noreturn void ph_child_fail(struct ph_plan *plan, long error, enum ph_step step, int index);

static inline void ph_child_check(struct ph_plan *plan, long r, enum ph_step step, int index)
{
	if (r < 0)
		ph_child_fail(plan, r, step, index);
}

/* Most of the steps, in the order of ph_spawn(). They return if all is well. */
void ph_child_descriptors(struct ph_plan *plan);
void ph_child_relations(struct ph_plan *plan);
void ph_child_resources(struct ph_plan *plan);
void ph_child_privileges(struct ph_plan *plan);
_Noreturn void ph_child_exec(struct ph_plan *plan);

#endif
