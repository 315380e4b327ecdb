/* SPDX-License-Identifier: MIT */

/*
 * Calls that fail on demand. The program is linked with --wrap for each of
 * them, against a library that has not been linked yet: so the n-th call of
 * one kind can be made to fail with any error, wherever in the library it is.
 */

#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

enum fault_call {
	/* through syscall(2), by number */
	FAULT_PIDFD_OPEN,
	FAULT_PIDFD_SEND_SIGNAL,
	FAULT_WAITID_PIDFD,
	FAULT_IOCTL,
	FAULT_OPEN_BY_HANDLE,
	FAULT_CLONE,
	FAULT_SYS_WAIT4,
	/* through libc, by name */
	FAULT_MALLOC,
	/* or reallocarray */
	FAULT_REALLOC,
	FAULT_STRDUP,
	FAULT_OPEN,
	FAULT_READ,
	/* of the file that says in which cgroup a process is */
	FAULT_READ_CGROUP,
	/* or readlinkat */
	FAULT_READLINK,
	/* fstatat */
	FAULT_STAT,
	FAULT_POLL,
	FAULT_FCNTL,
	FAULT_FSTAT,
	FAULT_FSTATFS,
	FAULT_WAITID,
	FAULT_KILL,
	FAULT_GETPGID,
	FAULT_OPENDIR,
	FAULT_READDIR,
	FAULT_FGETXATTR,
	FAULT_PIPE,
	FAULT_SOCKETPAIR,
	FAULT_CALLS,
};

extern const char *const fault_names[FAULT_CALLS];

/* for @nth: all of them */
enum { FAULT_EVERY = -1 };

/* From now on the @nth call of that kind, counted from 1, fails. */
void fault_arm(enum fault_call call, int nth, int error);

/* From now on each call is counted, and none fails. */
void fault_count(int counts[FAULT_CALLS]);

/* Return: whether it came to that */
bool fault_disarm(void);

#endif
