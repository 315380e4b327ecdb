/* SPDX-License-Identifier: MIT */

/* Hold a process, let go of it, and know which one it is. */

#include <errno.h>

#include <prochandle.h>

#include "base/cancel.h"
#include "base/writer.h"
#include "handle/backend.h"
#include "handle/identity.h"
#include "handle/late.h"

PH_EXPORT struct ph_process *ph_ref(struct ph_process *process)
{
	return process ? ph_process_ref(process) : NULL;
}

PH_EXPORT struct ph_process *ph_unref(struct ph_process *process)
{
	if (process)
		ph_process_unref(process);
	return NULL;
}

PH_EXPORT pid_t ph_pid(const struct ph_process *process)
{
	return process ? process->pid : -EINVAL;
}

PH_EXPORT int ph_fd(const struct ph_process *process)
{
	return process ? process->backend->pollable(process) : -EINVAL;
}

PH_EXPORT int ph_guarantee(const struct ph_process *process)
{
	return process ? (int)process->guarantee : -EINVAL;
}

PH_EXPORT int ph_id(struct ph_process *process, char *buffer, size_t size)
{
	PH_UNCANCELLED;
	struct ph_writer writer = { .buffer = buffer, .size = size };
	struct ph_identity identity;
	int r;

	if (!process || (!buffer && size > 0))
		return -EINVAL;
	r = ph_identity_of(process, &identity);
	if (r < 0)
		return r;
	ph_identity_write(&identity, &writer);
	return (int)writer.length;
}

PH_EXPORT int ph_same(struct ph_process *a, struct ph_process *b)
{
	PH_UNCANCELLED;

	return a && b ? ph_identity_same(a, b) : -EINVAL;
}
