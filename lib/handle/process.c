/* SPDX-License-Identifier: MIT */

#include "handle/process.h"

#include "sys/home.h"

void ph_process_begin_numbered(struct ph_process *process)
{
	process->home = ph_home();
	(void)pthread_mutex_init(&process->lock, NULL);
	if (process->guarantee == PH_CHECKED)
		ph_count(PH_METRIC_HANDLES_CHECKED);
	else
		ph_count(PH_METRIC_HANDLES_UNCHECKED);
}

void ph_process_end_numbered(struct ph_process *process)
{
	if (process->fd >= 0)
		ph_close(process->fd);
	/* in a forked child it may have been copied while somebody held it */
	if (process->home == ph_home())
		(void)pthread_mutex_destroy(&process->lock);
}

void ph_kinship_is(struct ph_process *process, enum ph_kinship kinship)
{
	if (kinship == PH_KIN_CHILD)
		atomic_store(&process->kin_home, ph_home());
	atomic_store(&process->kinship, (int)kinship);
}
