/* SPDX-License-Identifier: MIT */

/* What the files of the parent's side of a spawn share. */

#ifndef PH_HANDLE_SPAWN_PARENT_H
#define PH_HANDLE_SPAWN_PARENT_H

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "handle/process.h"
#include "handle/spawn.h"
#include "state/settings.h"

/* Does the kernel, or what stands before it, not know this way of cloning? */
static inline bool ph_is_unsupported(int error)
{
	return error == -ENOSYS || error == -EPERM || error == -EINVAL || error == -E2BIG;
}

/* Asks for nothing, and has opened nothing. */
static inline void ph_plan_begin(struct ph_plan *plan, char *const argv[],
				 const struct ph_spawn_options *options)
{
	const size_t zero = offsetof(struct ph_plan, moves_count);
	const size_t none = offsetof(struct ph_plan, pidfd);

	memset((char *)plan + zero, 0, none - zero);
	memset((char *)plan + none, -1, offsetof(struct ph_plan, moves_inline) - none);
	plan->options = options;
	plan->argv = argv;
	plan->moves = plan->moves_inline;
	plan->highest_target = plan->highest_source = STDERR_FILENO;
	plan->reads_proc = ph_setting_is_on(PH_SETTING_PROC);
}

/* Blocks every signal if that is needed; and puts the mask back. */
void ph_plan_block(struct ph_plan *plan);
void ph_plan_unblock(struct ph_plan *plan);

/* The flags of clone(2) for the namespaces that a child is born in. */
uint64_t ph_plan_namespaces(const struct ph_plan *plan);

/* Counts plan->failure, and tells the caller if he wants to know. */
void ph_plan_report(const struct ph_plan *plan);

/* Return: 0, or -errno and plan->failure. Needs pidfds. */
int ph_spawn_in_memory(struct ph_plan *plan, struct ph_process **ret_process);

/* The same with a copy of the memory, on every kernel. */
int ph_spawn_by_fork(struct ph_plan *plan, struct ph_process **ret_process);

#endif
