/* SPDX-License-Identifier: MIT */

/* What the files of the parent's side of a spawn share. */

#ifndef PH_HANDLE_SPAWN_PARENT_H
#define PH_HANDLE_SPAWN_PARENT_H

#include <errno.h>

#include "handle/process.h"
#include "handle/spawn.h"

/* Does the kernel, or what stands before it, not know this way of cloning? */
static inline bool ph_is_unsupported(int error)
{
	return error == -ENOSYS || error == -EPERM || error == -EINVAL || error == -E2BIG;
}

/* Blocks every signal if that is needed; and puts the mask back. */
void ph_plan_begin(struct ph_plan *plan);
void ph_plan_end(struct ph_plan *plan);

/* The flags of clone(2) for the namespaces that a child is born in. */
uint64_t ph_plan_namespaces(const struct ph_plan *plan);

/* Return: 0, or -errno and plan->failure. Needs pidfds. */
int ph_spawn_in_memory(struct ph_plan *plan, struct ph_process **ret_process);

/* The same with a copy of the memory, on every kernel. */
int ph_spawn_by_fork(struct ph_plan *plan, struct ph_process **ret_process);

#endif
