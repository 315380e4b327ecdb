/* SPDX-License-Identifier: MIT */

/*
 * Made with syscall(2): libc has wrappers for some of these calls and some of
 * the years, and none that leaves errno and thread cancellation alone.
 */

#include "sys/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/cancel.h"
#include "sys/uapi.h"

int ph_pidfd_queue(int pidfd, int signo, int value)
{
	siginfo_t info;

	/* the kernel refuses to let one process pass off as another */
	memset(&info, 0, sizeof(info));
	info.si_signo = signo;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	return syscall(SYS_pidfd_send_signal, pidfd, signo, &info, 0) < 0 ? -errno : 0;
}

int ph_pidfd_look(int pidfd, bool reap, bool block, struct ph_status *ret_status)
{
	int options = WEXITED | __WALL | (reap ? 0 : WNOWAIT) | (block ? 0 : WNOHANG);
	struct ph_uapi_usage usage;
	siginfo_t info;

	/* left alone when there is nothing to say */
	info.si_pid = 0;
	if (syscall(SYS_waitid, PH_P_PIDFD, pidfd, &info, options, &usage) < 0)
		return -errno;
	if (info.si_pid == 0)
		return PH_LOOK_RUNS;
	return ph_pidfd_look_says(&info, &usage, ret_status);
}

static int get_info(int pidfd, uint64_t mask, struct ph_uapi_pidfd_info *ret_info)
{
	*ret_info = (struct ph_uapi_pidfd_info){ .mask = mask };
	return syscall(SYS_ioctl, pidfd, PH_PIDFD_GET_INFO, ret_info) < 0 ? -errno : 0;
}

int ph_pidfd_info(int pidfd, pid_t *ret_pid, pid_t *ret_parent)
{
	struct ph_uapi_pidfd_info info;
	int r;

	r = get_info(pidfd, PH_PIDFD_INFO_PID, &info);
	if (r < 0)
		return r;
	/* before Linux 7.3 a process in the middle of its reap has nothing */
	if (!(info.mask & PH_PIDFD_INFO_PID))
		return -ESRCH;

	if (info.pid != info.tgid)
		return -ENOENT;

	*ret_pid = (pid_t)info.tgid;
	*ret_parent = (pid_t)info.ppid;
	return 0;
}

int ph_pidfd_tell(int pidfd, struct ph_told *ret_told)
{
	const uint64_t ids = PH_PIDFD_INFO_PID | PH_PIDFD_INFO_CREDS;
	const uint64_t got = PH_INFO_PID | PH_INFO_PARENT | PH_INFO_USER | PH_INFO_REAL_USER;
	struct ph_uapi_pidfd_info info;
	int r;

	r = get_info(pidfd, ids | PH_PIDFD_INFO_CGROUPID, &info);
	if (r < 0)
		return r;
	/* in the middle of its reap, before Linux 7.3 */
	if ((info.mask & ids) != ids)
		return -ESRCH;
	*ret_told = (struct ph_told){
		.got = got | (info.mask & PH_PIDFD_INFO_CGROUPID ? PH_INFO_CGROUP : 0),
		.pid = (pid_t)info.tgid,
		.parent = (pid_t)info.ppid,
		.uid = info.euid,
		.gid = info.egid,
		.real_uid = info.ruid,
		.real_gid = info.rgid,
		.cgroup = info.cgroupid,
	};
	return 0;
}

int ph_pidfd_exit(int pidfd, struct ph_status *ret_status)
{
	struct ph_uapi_pidfd_info info;
	int r;

	r = get_info(pidfd, PH_PIDFD_INFO_EXIT, &info);
	if (r < 0)
		return r;
	if (!(info.mask & PH_PIDFD_INFO_EXIT))
		return 0;
	return ph_status_from_wait(info.exit_code, ret_status) < 0 ? 0 : 1;
}

bool ph_pidfd_has_inode(int pidfd)
{
	struct statfs fs;

	/* before Linux 6.9 all pidfds share one */
	return fstatfs(pidfd, &fs) == 0 && fs.f_type == PH_PIDFS_MAGIC;
}

int ph_pidfd_inode(int pidfd, uint64_t *ret_inode)
{
	struct stat st;

	if (fstat(pidfd, &st) < 0)
		return -errno;
	*ret_inode = st.st_ino;
	return 0;
}

int ph_pidfd_open_inode(int any, uint64_t inode)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(inode)];
	} id;
	long r;

	id.handle.handle_bytes = sizeof(inode);
	id.handle.handle_type = PH_FILEID_KERNFS;
	memcpy(id.handle.f_handle, &inode, sizeof(inode));
	/* of all calls that make a pidfd the only one that does not imply it */
	r = syscall(SYS_open_by_handle_at, any, &id.handle, O_CLOEXEC);
	return r < 0 ? -errno : (int)r;
}

int ph_pidfd_duplicate(int pidfd)
{
	int fd = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		return fd;
	/* fcntl(2) says so where the limit itself is 0 */
	return errno == EINVAL ? -EMFILE : -errno;
}

bool ph_pidfd_is_thread(int pidfd)
{
	int flags = fcntl(pidfd, F_GETFL);

	return flags >= 0 && flags & PH_PIDFD_THREAD;
}

/* For libc it is a place to be cancelled at, whether it sleeps or not. */
static int poll_at_once(struct pollfd *fd)
{
	PH_UNCANCELLED;
	int r;

	/* a signal that is due interrupts even a poll that does not sleep */
	do
		r = poll(fd, 1, 0);
	while (r < 0 && errno == EINTR);
	return r;
}

int ph_pidfd_poll(int pidfd, bool until_reaped, int timeout_ms)
{
	struct pollfd fd = { .fd = pidfd, .events = until_reaped ? 0 : POLLIN };
	int r = timeout_ms == 0 ? poll_at_once(&fd) : poll(&fd, 1, timeout_ms);

	/* that is how poll(2) says that the limit on descriptors is 0 */
	if (r < 0)
		return errno == EINVAL ? -EMFILE : -errno;
	return r == 0 ? 0 : fd.revents;
}

int ph_sys_leads_a_process(pid_t pid)
{
	if (syscall(SYS_tgkill, pid, pid, 0) == 0 || errno == EPERM || errno == EACCES)
		return 0;
	return -ESRCH;
}
