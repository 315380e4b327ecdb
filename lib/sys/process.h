/* SPDX-License-Identifier: MIT */

/* POSIX calls on processes that are named by a number. -errno, never errno. */

#ifndef PH_SYS_PROCESS_H
#define PH_SYS_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <prochandle.h>

/* how a child ended, out of the kernel's structs */
struct ph_status {
	/* PH_EXITED or PH_SIGNALED */
	int how;
	/* the exit code or the signal */
	int value;
	/* PH_CORE or 0 */
	unsigned flags;
	int64_t user_us;
	int64_t sys_us;
	int64_t maxrss_kb;
};

/* what it tells of a process without /proc */
struct ph_told {
	/* PH_INFO_… */
	uint64_t got;
	pid_t pid;
	pid_t parent;
	uint32_t uid;
	uint32_t gid;
	uint32_t real_uid;
	uint32_t real_gid;
	uint64_t cgroup;
};

/* what a look at a child can find */
enum ph_look {
	PH_LOOK_RUNS = 0,
	PH_LOOK_ENDED = 1,
	/* something that is no end, such as a stop under ptrace */
	PH_LOOK_STOPPED = 2,
};

int ph_sys_kill(pid_t pid, int signo);

int ph_sys_sigqueue(pid_t pid, int signo, int value);

/* Return: the group, 0 if it is outside the caller's pid namespace, -errno */
int ph_sys_getpgid(pid_t pid);

/* The same for the session. */
int ph_sys_getsid(pid_t pid);

/* @on: 1, 0, or -1 to ask only. Return: 1 it was one before, 0 it was not, -ENOTSUP */
int ph_sys_subreaper(int on);

/*
 * Looks at a child without reaping it; @block waits until there is something
 * to see. Return: PH_LOOK_…, or -errno (-ECHILD: not a child, -EACCES: the call is
 * refused)
 */
int ph_sys_peek(pid_t pid, int block);

/* which changes of a child's state are asked for */
enum {
	PH_CHANGE_STOPPED = 1 << 0,
	PH_CHANGE_CONTINUED = 1 << 1,
};

/*
 * The last change of a child's state, or its end, which is only looked at; so
 * is the change without @take. @pidfd: on the child, or -1.
 * Return: PH_LOOK_ENDED; PH_LOOK_STOPPED, and the change, which may be one of
 * ptrace that was not asked for; PH_LOOK_RUNS, -EACCES the call is refused, or
 * -errno
 */
int ph_sys_change(int pidfd, pid_t pid, unsigned changes, bool take, bool block,
		  struct ph_status *ret_status);

/* ptrace shows its stops to whoever traces, asked for or not. */
static inline bool ph_change_is_wanted(unsigned changes, const struct ph_status *status)
{
	return changes & (status->how == PH_STOPPED ? PH_CHANGE_STOPPED : PH_CHANGE_CONTINUED);
}

/* Reaps a child that has ended. Return: 1, 0 if it has not, or -errno */
int ph_sys_reap(pid_t pid, struct ph_status *ret_status);

/*
 * A child that was made without an exit signal has none before it executes a
 * program, and SIGCHLD from then on; both kinds are waited for apart.
 * Return: true if it is of the first kind still
 */
bool ph_sys_has_not_executed(pid_t pid);

/* What waitid(2) says of a child. Return: false if it is no end */
static inline bool ph_status_from_child(int code, int value, struct ph_status *ret_status)
{
	bool is_exit = code == CLD_EXITED;

	if (!is_exit && code != CLD_KILLED && code != CLD_DUMPED)
		return false;
	*ret_status = (struct ph_status){
		.how = is_exit ? PH_EXITED : PH_SIGNALED,
		.value = value,
		.flags = code == CLD_DUMPED ? PH_CORE : 0,
	};
	return true;
}

static inline int64_t ph_microseconds(int64_t seconds, int64_t rest)
{
	return seconds * 1000000 + rest;
}

/* A status as wait(2) writes it. Return: 0, -EINVAL if it is no end */
int ph_status_from_wait(int wait_status, struct ph_status *ret_status);

#endif
