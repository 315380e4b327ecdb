/* SPDX-License-Identifier: MIT */

/*
 * Handles without a pidfd. What holds the process is its directory in /proc,
 * which stays its own when the number is given away, and its start time;
 * without /proc it is the bare number.
 */

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/number.h"
#include "handle/record.h"
#include "proc/read.h"
#include "state/metrics.h"
#include "state/settings.h"

enum {
	/* the pauses between two looks grow from the one to the other */
	FIRST_PAUSE_MS = 1,
	LAST_PAUSE_MS = 50,
	/* a process in the middle of its end or of an exec is so for microseconds */
	MIDDLE_ROUNDS = 1000,
};

static int make(enum ph_guarantee guarantee, pid_t pid, int *fd, struct ph_process **ret_process)
{
	struct ph_process *process = ph_process_new(&ph_backend_portable, guarantee, pid, *fd);

	if (!process)
		return -ENOMEM;
	(void)ph_take_fd(fd);
	*ret_process = process;
	return 0;
}

/* /proc does not show it: gone, or hidden from us, or there is no /proc. */
static int find_bare(pid_t pid, struct ph_process **ret_process)
{
	int none = -1;
	int r = ph_backend_exists(pid);

	if (r <= 0)
		return r < 0 ? r : -ESRCH;
	/* what a setting forbids has been counted as its event */
	if (ph_setting_is_on(PH_SETTING_PROC))
		ph_count(PH_METRIC_FALLBACKS_PROCFS);
	return make(PH_UNCHECKED, pid, &none, ret_process);
}

/* Return: as ph_find(); -EAGAIN if it changes under our eyes */
static int find_once(pid_t pid, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_closep) int directory = ph_proc_open(pid);
	struct ph_proc_stat stat = { .pid = 0 };
	pid_t leader = 0;
	int r;

	if (directory == -ENOENT || directory == -ENOTSUP)
		return find_bare(pid, ret_process);
	if (directory < 0)
		return directory;
	r = ph_proc_read_tgid(directory, &leader);
	if (r == 0 && leader != pid)
		return -ENOENT;
	if (r == 0)
		r = ph_proc_read_stat(directory, &stat);
	/* it ends, or one of its threads becomes the first by an exec */
	if (r == -ESRCH)
		return ph_backend_exists(pid) > 0 ? -EAGAIN : r;
	if (ph_is_a_shortage(r))
		return r;
	/* a /proc that cannot be read as ours is none */
	if (r < 0)
		return find_bare(pid, ret_process);
	r = make(PH_CHECKED, pid, &directory, ret_process);
	if (r == 0)
		atomic_store(&(*ret_process)->start, stat.start + 1);
	return r;
}

static int portable_find(pid_t pid, struct ph_process **ret_process)
{
	for (int round = 0; round < MIDDLE_ROUNDS; round++) {
		int r = find_once(pid, ret_process);

		if (r != -EAGAIN)
			return r;
		(void)sched_yield();
	}
	return -ESRCH;
}

/*
 * The directory has nothing in it any more: the process is gone, or it has
 * become one that is not shown to us (hidepid).
 */
static int explain_empty(struct ph_process *process)
{
	PH_CLEANUP(ph_closep) int other = -1;

	if (ph_sys_kill(process->pid, 0) == -ESRCH)
		return -ESRCH;
	other = ph_proc_open(process->pid);
	if (ph_is_a_shortage(other))
		return other;
	/* a number that is shown, and not in our directory, is somebody else's */
	return other >= 0 ? -ESRCH : -EPERM;
}

/* Return: as struct ph_backend says of prove; the stat of one that is there */
static int look_in_proc(struct ph_process *process, struct ph_proc_stat *ret_stat)
{
	int r;

	r = ph_proc_read_stat(process->fd, ret_stat);
	if (r == -ESRCH)
		return explain_empty(process);
	if (r < 0)
		return ph_is_a_shortage(r) ? r : -EPERM;
	r = ph_proc_counts_as_we_do(process->fd);
	if (r < 0)
		return r;
	if (r == 0) {
		/* or it has been reaped since, which looks the same */
		r = ph_proc_read_stat(process->fd, ret_stat);
		if (r == -ESRCH)
			return explain_empty(process);
		return ph_is_a_shortage(r) ? r : -EREMOTE;
	}
	return ret_stat->start + 1 == atomic_load(&process->start) ? 0 : -ESRCH;
}

static int portable_prove(struct ph_process *process)
{
	struct ph_proc_stat stat;

	/* the bare number proves nothing and is taken as it is */
	return process->fd < 0 ? 0 : look_in_proc(process, &stat);
}

/* Return: 1 it has ended, 0 it has not or is not shown to us, or -errno */
static int has_ended(struct ph_process *process)
{
	struct ph_proc_stat stat;
	int r = 0;

	if (process->fd < 0) {
		r = atomic_load(&process->is_gone) ? -ESRCH : ph_sys_kill(process->pid, 0);
		return r == -ESRCH;
	}
	/*
	 * Twice: when another thread than the first calls exec, the first looks
	 * like the remains of a process for a moment.
	 */
	for (int round = 0; round < 2; round++) {
		r = look_in_proc(process, &stat);
		if (r == -ESRCH)
			return 1;
		if (r < 0 || !ph_proc_stat_has_ended(&stat))
			return r == -EPERM ? 0 : r;
	}
	return 1;
}

/* It has ended, and it is not ours to reap. Return: 1 there is a record, or a shortage */
static int learn(struct ph_process *process)
{
	struct ph_status status;
	int r = process->fd < 0 ? -ENOTSUP : ph_proc_read_exit(process->fd, &status);

	if (ph_number_has_record(process))
		return 1;
	if (ph_is_a_shortage(r))
		return r;
	/* the number is not to be asked again: it may be somebody else's */
	if (process->fd < 0)
		atomic_store(&process->is_gone, true);
	ph_record_others(process, r == 0 ? &status : NULL, ph_record_others_flag(process));
	return 1;
}

static int portable_parent(struct ph_process *process, pid_t *ret_parent);

/* It cannot be asked for as a child. Return: 1 there is a record, 0 it runs, or -errno */
static int look_without_asking(struct ph_process *process)
{
	pid_t parent;
	int r = has_ended(process);

	if (r <= 0)
		return r;
	/* ours to reap, which is refused */
	return portable_parent(process, &parent) == 0 && parent == getpid() ? -EPERM
									    : learn(process);
}

/* Return: 1 there is a record, 0 it runs, or -errno */
static int look(struct ph_process *process)
{
	int r = ph_number_reap(process);

	if (r == PH_LOOK_RUNS || r == PH_LOOK_STOPPED) {
		ph_kinship_is(process, PH_KIN_CHILD);
		return 0;
	}
	/* hidden from us: whether it has ended is not to be seen now */
	if (r == -EPERM)
		return 0;
	/* a sandbox that was closed meanwhile: nobody is to be asked for */
	if (r == -EACCES)
		return look_without_asking(process);
	if (r == -ECHILD || r == -ESRCH) {
		r = has_ended(process);
		if (r == 0)
			ph_kinship_is(process, PH_KIN_OTHER);
		return r > 0 ? learn(process) : r;
	}
	return r == PH_LOOK_ENDED ? 1 : r;
}

/* The descriptors of a look are not to be lost with a cancelled thread. */
static int look_uncancelled(struct ph_process *process)
{
	PH_UNCANCELLED_ANYHOW;

	return look(process);
}

static int portable_wait(struct ph_process *process, struct ph_deadline deadline,
			 struct ph_exit *ret_exit)
{
	int pause = FIRST_PAUSE_MS;

	for (;;) {
		int left, r;

		r = look_uncancelled(process);
		if (r < 0)
			return r;
		if (r > 0 && ph_record_read(process, ret_exit))
			return 0;

		left = ph_deadline_left_ms_at_most(deadline, pause);
		if (left == 0)
			return -ETIMEDOUT;
		/*
		 * A child and for ever: sleep until there is something to see.
		 * It is only looked at here, so whoever has the number by then
		 * loses nothing.
		 */
		if (ph_deadline_is_never(deadline) && ph_kinship(process) == PH_KIN_CHILD &&
		    ph_sys_peek(process->pid, /* block= */ 1) == PH_LOOK_ENDED)
			continue;
		(void)poll(NULL, 0, left);
		pause = pause < LAST_PAUSE_MS / 2 ? pause * 2 : LAST_PAUSE_MS;
	}
}

static int portable_parent(struct ph_process *process, pid_t *ret_parent)
{
	PH_CLEANUP(ph_closep) int opened = -1;
	struct ph_proc_stat stat;
	int r;

	if (process->fd >= 0) {
		r = look_in_proc(process, &stat);
	} else if (atomic_load(&process->is_gone)) {
		r = -ESRCH;
	} else {
		opened = ph_proc_open(process->pid);
		r = opened < 0 ? opened : ph_proc_read_stat(opened, &stat);
	}
	if (r == -ENOENT && ph_sys_kill(process->pid, 0) == -ESRCH)
		return -ESRCH;
	if (r < 0)
		return r == -ESRCH || r == -EREMOTE || ph_is_a_shortage(r) ? r : -ENOTSUP;
	*ret_parent = stat.parent;
	return 0;
}

static int portable_ask(struct ph_process *process, struct ph_told *ret_told)
{
	(void)process;
	(void)ret_told;
	return -ENOTSUP;
}

static int portable_inode(struct ph_process *process, uint64_t *ret_inode)
{
	(void)process;
	(void)ret_inode;
	return -ENOTSUP;
}

/* Read when the handle was made, or never. */
static int portable_start(struct ph_process *process, uint64_t *ret_start)
{
	(void)process;
	(void)ret_start;
	return -ENOTSUP;
}

static int portable_pollable(const struct ph_process *process)
{
	(void)process;
	return -ENOTSUP;
}

const struct ph_backend ph_backend_portable = {
	.find = portable_find,
	.prove = portable_prove,
	.kill = ph_number_kill,
	.queue = ph_number_queue,
	.wait = portable_wait,
	.reap = ph_number_reap_again,
	.parent = portable_parent,
	.ask = portable_ask,
	.inode = portable_inode,
	.start = portable_start,
	.pollable = portable_pollable,
};
