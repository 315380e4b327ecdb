/* SPDX-License-Identifier: MIT */

/*
 * The kernel's own calls on pidfds, for tests that need one without the
 * library. No constant here is taken from it either.
 */

#ifndef PIDFD_H
#define PIDFD_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

#define RAW_SO_PEERPIDFD 77
#define RAW_PIDFS_MAGIC 0x50494446
#define RAW_PIDFS_ROOT (-10002)
#define RAW_PIDFD_THREAD O_EXCL
#define RAW_PIDFD_SIGNAL_PROCESS_GROUP (1U << 2)
/* 64 bytes were the first version of its struct */
#define RAW_PIDFD_GET_INFO _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64)

static inline int raw_pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int raw_pidfd_send_signal(int pidfd, int signo, unsigned flags)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, flags);
}

#endif
