/* SPDX-License-Identifier: MIT */

#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pidfd.h"

const char *const fault_names[FAULT_CALLS] = {
	[FAULT_PIDFD_OPEN] = "pidfd_open",
	[FAULT_PIDFD_SEND_SIGNAL] = "pidfd_send_signal",
	[FAULT_WAITID_PIDFD] = "waitid of a pidfd",
	[FAULT_IOCTL] = "ioctl",
	[FAULT_OPEN_BY_HANDLE] = "open_by_handle_at",
	[FAULT_CLONE] = "clone",
	[FAULT_SYS_WAIT4] = "wait4 of a clone",
	[FAULT_MALLOC] = "malloc",
	[FAULT_REALLOC] = "realloc",
	[FAULT_STRDUP] = "strdup",
	[FAULT_OPEN] = "open",
	[FAULT_READ] = "read",
	[FAULT_READ_CGROUP] = "read of a cgroup file",
	[FAULT_READLINK] = "readlink",
	[FAULT_STAT] = "stat",
	[FAULT_POLL] = "poll",
	[FAULT_FCNTL] = "fcntl",
	[FAULT_FSTAT] = "fstat",
	[FAULT_FSTATFS] = "fstatfs",
	[FAULT_WAITID] = "waitid",
	[FAULT_KILL] = "kill",
	[FAULT_GETPGID] = "getpgid",
	[FAULT_OPENDIR] = "opendir",
	[FAULT_READDIR] = "readdir",
	[FAULT_FGETXATTR] = "fgetxattr",
	[FAULT_PIPE] = "pipe2",
	[FAULT_SOCKETPAIR] = "socketpair",
};

/* the tests have one thread */
static struct {
	bool is_armed;
	bool was_hit;
	enum fault_call call;
	int left;
	int error;
	int *counts;
	/* the file that was opened last, if it is one of these */
	int cgroup;
} fault;

void fault_arm(enum fault_call call, int nth, int error)
{
	fault.call = call;
	fault.left = nth;
	fault.error = error;
	fault.was_hit = false;
	fault.is_armed = true;
}

void fault_count(int counts[FAULT_CALLS])
{
	memset(counts, 0, FAULT_CALLS * sizeof(*counts));
	fault.counts = counts;
}

bool fault_disarm(void)
{
	fault.counts = NULL;
	fault.is_armed = false;
	return fault.was_hit;
}

static bool fails(enum fault_call call)
{
	if (fault.counts && call < FAULT_CALLS)
		fault.counts[call]++;
	if (!fault.is_armed || fault.call != call)
		return false;
	if (fault.left != FAULT_EVERY && (fault.left == 0 || --fault.left != 0))
		return false;
	fault.was_hit = true;
	errno = fault.error;
	return true;
}

static enum fault_call call_of(long number)
{
	switch (number) {
	case SYS_pidfd_open:
		return FAULT_PIDFD_OPEN;
	case SYS_pidfd_send_signal:
		return FAULT_PIDFD_SEND_SIGNAL;
	case SYS_waitid:
		return FAULT_WAITID_PIDFD;
	case SYS_ioctl:
		return FAULT_IOCTL;
	case SYS_open_by_handle_at:
		return FAULT_OPEN_BY_HANDLE;
	case SYS_clone:
		return FAULT_CLONE;
	case SYS_wait4:
		return FAULT_SYS_WAIT4;
	default:
		return FAULT_CALLS;
	}
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	enum fault_call call = call_of(number);
	long a[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	/* a look that does not sleep cannot be interrupted */
	if (call == FAULT_WAITID_PIDFD && a[3] & WNOHANG)
		call = FAULT_CALLS;
	if (fails(call))
		return -1;
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* WRAP(kind, result on failure, type, name, parameters, arguments) */
#define WRAP(kind, failure, type, name, parameters, arguments)            \
	type __real_##name parameters;                                    \
	type __wrap_##name parameters;                                    \
	type __wrap_##name parameters                                     \
	{                                                                 \
		return fails(kind) ? (failure) : __real_##name arguments; \
	}

WRAP(FAULT_MALLOC, NULL, void *, malloc, (size_t size), (size))
WRAP(FAULT_REALLOC, NULL, void *, realloc, (void *area, size_t size), (area, size))
WRAP(FAULT_REALLOC, NULL, void *, reallocarray, (void *area, size_t count, size_t size),
     (area, count, size))
WRAP(FAULT_STRDUP, NULL, char *, strdup, (const char *text), (text))
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	if (fails(FAULT_READ) || (fd == fault.cgroup && fails(FAULT_READ_CGROUP)))
		return -1;
	return __real_read(fd, buffer, size);
}

static int note_cgroup(const char *path, int fd)
{
	const char *slash = strrchr(path, '/');

	fault.cgroup = strcmp(slash ? slash + 1 : path, "cgroup") == 0 ? fd : -1;
	return fd;
}

WRAP(FAULT_READLINK, -1, ssize_t, readlink, (const char *path, char *buffer, size_t size),
     (path, buffer, size))
WRAP(FAULT_READLINK, -1, ssize_t, readlinkat,
     (int directory, const char *path, char *buffer, size_t size), (directory, path, buffer, size))
WRAP(FAULT_POLL, -1, int, poll, (struct pollfd * fds, nfds_t count, int timeout),
     (fds, count, timeout))
WRAP(FAULT_KILL, -1, int, kill, (pid_t pid, int signo), (pid, signo))
WRAP(FAULT_GETPGID, -1, pid_t, getpgid, (pid_t pid), (pid))
WRAP(FAULT_OPENDIR, NULL, DIR *, opendir, (const char *path), (path))
WRAP(FAULT_FGETXATTR, -1, ssize_t, fgetxattr, (int fd, const char *name, void *value, size_t size),
     (fd, name, value, size))
WRAP(FAULT_PIPE, -1, int, pipe2, (int ends[2], int flags), (ends, flags))
WRAP(FAULT_SOCKETPAIR, -1, int, socketpair, (int domain, int type, int protocol, int ends[2]),
     (domain, type, protocol, ends))

int __real_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return !(options & WNOHANG) && fails(FAULT_WAITID) ? -1
							   : __real_waitid(type, id, info, options);
}

/* Under these names or with 64 behind them, as libc and its headers have it. */
#define WRAP_FILES(suffix)                                                                    \
	WRAP(FAULT_FSTAT, -1, int, fstat##suffix, (int fd, void *buffer), (fd, buffer))       \
	WRAP(FAULT_STAT, -1, int, fstatat##suffix,                                            \
	     (int directory, const char *path, void *buffer, int flags),                      \
	     (directory, path, buffer, flags))                                                \
	WRAP(FAULT_FSTATFS, -1, int, fstatfs##suffix, (int fd, void *buffer), (fd, buffer))   \
	WRAP(FAULT_READDIR, NULL, void *, readdir##suffix, (DIR * directory), (directory))    \
	int __real_open##suffix(const char *path, int flags, ...);                            \
	int __wrap_open##suffix(const char *path, int flags);                                 \
	int __wrap_open##suffix(const char *path, int flags)                                  \
	{                                                                                     \
		return fails(FAULT_OPEN) ? -1 : __real_open##suffix(path, flags);             \
	}                                                                                     \
	int __real_openat##suffix(int directory, const char *path, int flags, ...);           \
	int __wrap_openat##suffix(int directory, const char *path, int flags, mode_t mode);   \
	int __wrap_openat##suffix(int directory, const char *path, int flags, mode_t mode)    \
	{                                                                                     \
		int fd;                                                                       \
                                                                                              \
		/* without O_CREAT nobody looks at what is no mode */                         \
		if (fails(FAULT_OPEN))                                                        \
			return -1;                                                            \
		fd = __real_openat##suffix(directory, path, flags, mode);                     \
		return note_cgroup(path, fd);                                                 \
	}                                                                                     \
	int __real_fcntl##suffix(int fd, int command, ...);                                   \
	int __wrap_fcntl##suffix(int fd, int command, long argument);                         \
	int __wrap_fcntl##suffix(int fd, int command, long argument)                          \
	{                                                                                     \
		return fails(FAULT_FCNTL) ? -1 : __real_fcntl##suffix(fd, command, argument); \
	}

#undef readdir
#undef readdir64
#undef fstat
#undef fstat64
#undef fstatat
#undef fstatat64
#undef open
#undef open64
#undef openat
#undef openat64
#undef fcntl
#undef fcntl64

WRAP_FILES()
#if HAVE_64
WRAP_FILES(64)
#endif
