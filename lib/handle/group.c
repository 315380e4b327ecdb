/* SPDX-License-Identifier: MIT */

/*
 * A group has the number of the process that led it first, and the kernel does
 * not give that number away while the group has a member. So a number that is
 * read from a member belongs to the right group for as long as the process is
 * one; and a pidfd of the leader reaches the group even after the leader has
 * been reaped.
 */

#include "handle/group.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "handle/ancestors.h"
#include "handle/backend.h"
#include "handle/number.h"
#include "state/metrics.h"

enum {
	/* as the header says */
	MOVES = 1000,
	/* no error: the process is no longer in the group that it was found in */
	HAS_MOVED = 1,
};

/* Return: 0 and its group now, -ESRCH it has been reaped, or as ph_prove() */
static int group_of(struct ph_process *process, pid_t *ret_group)
{
	int group = ph_sys_getpgid(process->pid);
	int r;

	/* the number is its own: then it was its group that was read */
	r = ph_prove(process);
	if (r < 0)
		return r;
	if (group < 0)
		return group;
	*ret_group = group;
	return 0;
}

/*
 * The group is read again with the leader in hand: if the process is still a
 * member then, the number was the leader's all the time.
 * Return: 0, HAS_MOVED, -ENOTSUP if there is no leader to be held, or -errno
 */
static int kill_through_leader(struct ph_process *process, pid_t group, int signo)
{
	PH_CLEANUP(ph_closep) int leader = -1;
	pid_t again;
	int r;

	if (group <= 0)
		return -ENOTSUP;
	leader = process->backend->open_leader(group);
	if (leader < 0)
		return leader == -ESRCH ? -ENOTSUP : leader;
	r = group_of(process, &again);
	if (r < 0)
		return r;
	if (again != group)
		return HAS_MOVED;
	r = process->backend->kill_led(leader, signo);
	return r == -ESRCH ? HAS_MOVED : r;
}

/*
 * Is the caller in it, process 1 or one of those above the caller? 0 stands for
 * every group that cannot be named from here. Return: 0, -EDEADLK one is, or as
 * ph_ancestors_read()
 */
static int refuse(pid_t group)
{
	int r;

	if (group == getpgrp())
		return -EDEADLK;
	r = group > 0 ? ph_ancestors_are_in_group(group) : 0;
	return r > 0 ? -EDEADLK : r;
}

/*
 * Reaped: what can still be reached is the group that it led, if the kernel
 * has a way. That has the number as long as it has members; once it has none,
 * the number says nothing about it.
 */
static int kill_led_by_reaped(struct ph_process *process, int signo, bool force)
{
	int r = 0;

	if (!process->signals_by_fd)
		return -ESRCH;
	if (!force)
		r = process->backend->kill_led(process->fd, 0);
	if (!force && (r == 0 || r == -EPERM)) {
		r = refuse(process->pid);
		if (r < 0)
			return r;
	}
	if (r == 0)
		r = process->backend->kill_led(process->fd, signo);
	return r == -ENOTSUP ? -ESRCH : r;
}

/*
 * To look above the caller takes its time. Return: 0 it is in that group still,
 * HAS_MOVED, or as refuse() and group_of()
 */
static int refuse_and_look_again(struct ph_process *process, pid_t group)
{
	pid_t again;
	int r = refuse(group);

	if (r == 0)
		r = group_of(process, &again);
	if (r < 0)
		return r == -ESRCH ? HAS_MOVED : r;
	return again == group ? 0 : HAS_MOVED;
}

/*
 * A group that the kernel finds nobody in has lost the process, and its number may
 * be a stranger's. Return: 0, HAS_MOVED, -ENOTSUP if there is no leader to be held,
 * or -errno
 */
static int kill_by_descriptor(struct ph_process *process, pid_t group, int signo)
{
	int r;

	if (!process->signals_by_fd)
		return -ENOTSUP;
	if (group != process->pid)
		return kill_through_leader(process, group, signo);
	r = process->backend->kill_led(process->fd, signo);
	return r == -ESRCH ? HAS_MOVED : r;
}

static int kill_by_number(pid_t group, int signo)
{
	/* kill(2) reads 0 as the caller's group and -1 as everybody */
	if (group <= 1)
		return -ENOTSUP;
	ph_count(PH_METRIC_FALLBACKS_PIDFDGROUP);
	return ph_sys_kill(-group, signo);
}

/* Return: as ph_kill(), or HAS_MOVED */
static int kill_now(struct ph_process *process, int signo, bool force)
{
	pid_t group = 0;
	int r;

	r = group_of(process, &group);
	if (r == -ESRCH)
		return kill_led_by_reaped(process, signo, force);
	if (r < 0)
		return r;
	r = force ? 0 : refuse_and_look_again(process, group);
	if (r != 0)
		return r;
	r = kill_by_descriptor(process, group, signo);
	return r == -ENOTSUP ? kill_by_number(group, signo) : r;
}

int ph_group_kill(struct ph_process *process, int signo, bool force)
{
	PH_UNCANCELLED;
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);

	for (int move = 0; move < MOVES; move++) {
		int r = kill_now(process, signo, force);

		if (r != HAS_MOVED)
			return r;
	}
	return -ELOOP;
}

int ph_group_kill_led(struct ph_process *process, int signo)
{
	PH_UNCANCELLED;
	PH_CLEANUP(ph_turn_end) struct ph_turn turn = ph_turn_begin(process);
	pid_t group = 0;
	int r = -ENOTSUP;

	if (process->signals_by_fd)
		r = process->backend->kill_led(process->fd, signo);
	if (r != -ENOTSUP)
		return r;
	r = group_of(process, &group);
	if (r < 0)
		return r;
	return group == process->pid ? kill_by_number(group, signo) : -ENOTSUP;
}
