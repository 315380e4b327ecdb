/* SPDX-License-Identifier: MIT */

/* The calls on pidfds, one thin wrapper each. -errno, never errno. */

#ifndef PH_SYS_PIDFD_H
#define PH_SYS_PIDFD_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/process.h"
#include "sys/raw.h"
#include "sys/uapi.h"

/* Return: a pidfd, close-on-exec, or -errno */
static inline int ph_pidfd_open(pid_t pid)
{
	int r = (int)syscall(SYS_pidfd_open, pid, 0);

	return r < 0 ? -errno : r;
}

/* @flags: 0 or PH_PIDFD_SIGNAL_PROCESS_GROUP */
static inline int ph_pidfd_kill(int pidfd, int signo, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, flags) < 0 ? -errno : 0;
}

int ph_pidfd_queue(int pidfd, int signo, int value);

/*
 * Looks at the child behind a pidfd. Without @reap it stays a zombie, and
 * anybody may look again. @block waits until there is something to see.
 * Return: PH_LOOK_…, or -errno (-ECHILD: not a child, or reaped;
 * -EAGAIN: would block, but the pidfd is O_NONBLOCK)
 */
int ph_pidfd_look(int pidfd, bool reap, bool block, struct ph_status *ret_status);

/* What the kernel has written, if there was something. Return: PH_LOOK_… */
static inline int ph_pidfd_look_says(const siginfo_t *info, const struct ph_uapi_usage *usage,
				     struct ph_status *ret_status)
{
	if (!ph_status_from_child(info->si_code, info->si_status, ret_status))
		return PH_LOOK_STOPPED;
	ret_status->user_us = ph_microseconds(usage->user[0], usage->user[1]);
	ret_status->sys_us = ph_microseconds(usage->sys[0], usage->sys[1]);
	ret_status->maxrss_kb = usage->maxrss;
	return PH_LOOK_ENDED;
}

/* For hot paths: ph_pidfd_look() that waits for a child, and reaps it. Return: the same */
static inline int ph_pidfd_reap(int pidfd, struct ph_status *ret_status)
{
	struct ph_uapi_usage usage;
	siginfo_t info;
	int r;

	r = (int)PH_RAW(SYS_waitid, PH_P_PIDFD, pidfd, &info, WEXITED | __WALL, &usage);
	return r < 0 ? r : ph_pidfd_look_says(&info, &usage, ret_status);
}

/* Return: as ph_sys_has_not_executed() */
static inline bool ph_pidfd_has_not_executed(int pidfd)
{
	const int options = WEXITED | WNOWAIT | WNOHANG | (int)__WCLONE;
	siginfo_t info;

	return PH_RAW(SYS_waitid, PH_P_PIDFD, pidfd, &info, options, NULL) == 0;
}

/*
 * Asks the kernel about the process. The number and the parent's are as the
 * caller sees them, 0 for a parent that cannot be seen. Return: 0, -ENOENT it
 * is a thread, or another error, which proves nothing
 */
int ph_pidfd_info(int pidfd, pid_t *ret_pid, pid_t *ret_parent);

/* Return: 0, or an error, which proves nothing */
int ph_pidfd_tell(int pidfd, struct ph_told *ret_told);

/*
 * How the process ended, if it has been reaped. Return: 1, 0 if the kernel
 * does not say, or -errno
 */
int ph_pidfd_exit(int pidfd, struct ph_status *ret_status);

/* Does every pidfd have the inode of its process? True of all of them, or of none. */
bool ph_pidfd_has_inode(int pidfd);

/* Where they have. Return: 0, or -errno */
int ph_pidfd_inode(int pidfd, uint64_t *ret_inode);

/*
 * @any: some pidfd, or PH_PIDFS_ROOT. Return: a pidfd, close-on-exec, or -errno
 * (-ESTALE, -EBADF the root is not known)
 */
int ph_pidfd_open_inode(int any, uint64_t inode);

/* Return: a descriptor for the same open file, close-on-exec, or -errno */
int ph_pidfd_duplicate(int pidfd);

/* Return: true if the descriptor is the pidfd of a thread */
bool ph_pidfd_is_thread(int pidfd);

/*
 * -1 for @timeout_ms: for ever. @until_reaped: waits for the reap instead of
 * the end (Linux 6.9). Return: 0 not yet, the poll(2) events, or -errno
 * (-EINTR, unless @timeout_ms is 0); POLLHUP says that the process has been reaped.
 * A cancellation point, unless @timeout_ms is 0
 */
int ph_pidfd_poll(int pidfd, bool until_reaped, int timeout_ms);

/*
 * Whether the main thread of a process has this id. The only call that tells
 * a process from a thread without holding it. Return: 0 (also for a process
 * that may not be signalled), or -ESRCH
 */
int ph_sys_leads_a_process(pid_t pid);

#endif
