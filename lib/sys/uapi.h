/* SPDX-License-Identifier: MIT */

/*
 * What Linux calls things, spelled out here: the headers of libc and kernel
 * that have them are young, and cannot be included together.
 */

#ifndef PH_SYS_UAPI_H
#define PH_SYS_UAPI_H

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* the same numbers on every architecture (but alpha, whose headers know them) */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* the "long" of structs: x32 has one that is longer than its own */
#if defined(__x86_64__) && defined(__ILP32__)
typedef long long ph_uapi_long;
#else
typedef long ph_uapi_long;
#endif

/* struct rusage as waitid(2) writes it, whatever libc makes of time_t */
struct ph_uapi_usage {
	ph_uapi_long user[2];
	ph_uapi_long sys[2];
	ph_uapi_long maxrss;
	ph_uapi_long rest[13];
};

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* close_range(2), Linux 5.9 and 5.11 */
#define PH_CLOSE_RANGE_UNSHARE (1U << 1)
#define PH_CLOSE_RANGE_CLOEXEC (1U << 2)

/* waitid(2), Linux 5.4 */
#define PH_P_PIDFD 3

/* prctl(PR_GET_SECCOMP) */
#define PH_SECCOMP_MODE_DISABLED 0

/* pidfd_send_signal(2), Linux 6.9: the whole process group */
#define PH_PIDFD_SIGNAL_PROCESS_GROUP (1U << 2)

/* pidfd_open(2), Linux 6.9: of a thread, as F_GETFL shows as well */
#define PH_PIDFD_THREAD O_EXCL

/* pidfd_send_signal(2), Linux 6.15: the caller, without a descriptor */
#define PH_PIDFD_SELF (-10000)

/* statfs(2): the file system of cgroups, version 2 */
#define PH_CGROUP2_MAGIC 0x63677270

/* statfs(2): the file system of pidfds, Linux 6.9 */
#define PH_PIDFS_MAGIC 0x50494446

/* ioctl(2) on a pidfd, Linux 6.13 */
struct ph_uapi_pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid;
	uint32_t tgid;
	uint32_t ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

#define PH_PIDFD_GET_INFO _IOWR(0xFF, 11, struct ph_uapi_pidfd_info)
#define PH_PIDFD_INFO_PID (UINT64_C(1) << 0)
#define PH_PIDFD_INFO_CREDS (UINT64_C(1) << 1)
#define PH_PIDFD_INFO_CGROUPID (UINT64_C(1) << 2)
#define PH_PIDFD_INFO_EXIT (UINT64_C(1) << 3)

/* open_by_handle_at(2), Linux 6.17: where processes are, without a pidfd */
#define PH_PIDFS_ROOT (-10002)

/* name_to_handle_at(2): the handle of a process is its inode number, 6.14 */
#define PH_FILEID_KERNFS 0xfe

#endif
