/* SPDX-License-Identifier: MIT */

#include "handle/place.h"

#include <errno.h>
#include <sched.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/number.h"
#include "proc/read.h"

/* a process in the middle of an exec is so for microseconds */
enum { MIDDLE_ROUNDS = 1000 };

/* Return: as the reader, -ENOTSUP there is no such place, or a shortage */
static ssize_t read_once(struct ph_process *process, ph_reader *reader, void *arg)
{
	PH_CLEANUP(ph_closep) int opened = -1;
	bool has_own = process->backend == &ph_backend_portable && process->fd >= 0;
	struct ph_proc_place place;

	if (!has_own) {
		opened = ph_proc_open(process->pid);
		if (opened < 0)
			return ph_is_a_shortage(opened) ? opened : -ENOTSUP;
	}
	place = ph_proc_place_of(has_own ? process->fd : opened);
	return reader(&place, arg);
}

ssize_t ph_place_read(struct ph_process *process, ph_reader *reader, void *arg)
{
	for (int round = 0; round < MIDDLE_ROUNDS; round++) {
		ssize_t read;
		int proved;

		/* what has gone already is not looked for by its number */
		if (atomic_load(&process->is_gone))
			return -ESRCH;
		read = read_once(process, reader, arg);
		if (ph_is_a_shortage((int)read))
			return read;
		proved = ph_prove(process);
		/* nothing was read, so there is nothing to prove */
		if (proved == -ENOTSUP && read == -ENOTSUP)
			return read;
		if (proved < 0)
			return proved;
		/* the first thread of it is being replaced by another */
		if (read != -ESRCH)
			return read;
		(void)sched_yield();
	}
	return -ENOTSUP;
}
