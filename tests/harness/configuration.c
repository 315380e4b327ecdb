/* SPDX-License-Identifier: MIT */

#include "configuration.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "harness.h"
#include "pidfd.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static const struct {
	unsigned bit;
	const char *name;
} names[] = {
	{ PH_FEATURE_PIDFD, "pidfd" },		 { PH_FEATURE_SIGNAL, "pidfdsignal" },
	{ PH_FEATURE_WAIT, "pidfdwait" },	 { PH_FEATURE_GROUP, "pidfdgroup" },
	{ PH_FEATURE_INODE, "pidfs" },		 { PH_FEATURE_INFO, "pidfdinfo" },
	{ PH_FEATURE_HANDLE, "pidfshandle" },	 { PH_FEATURE_EXIT, "exitinfo" },
	{ PH_FEATURE_PROC, "procfs" },		 { PH_FEATURE_VFORK, "vfork" },
	{ PH_FEATURE_CLONE, "clonepidfd" },	 { PH_FEATURE_CLONE3, "clone3" },
	{ PH_FEATURE_CGROUP, "cgroupbirth" },	 { PH_FEATURE_CLOSE, "closerange" },
	{ PH_FEATURE_AUTOKILL, "autokill" },	 { PH_FEATURE_CHILDREN, "procchildren" },
	{ PH_FEATURE_CGROUPKILL, "cgroupkill" }, { PH_FEATURE_PEER, "peerpidfd" },
	{ PH_FEATURE_GETFD, "pidfdgetfd" },
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* what is there without pidfds */
#define INDEPENDENT ((unsigned)(FILE_FEATURES | PH_FEATURE_CLOSE))

static unsigned kernel;
static unsigned filtered;
static unsigned off;

static bool can_exit_info(void)
{
	uint64_t info[16] = { 1 << 3 };
	pid_t pid = fork();
	bool is_told;
	int fd;

	if (pid == 0)
		_exit(7);
	fd = raw_pidfd_open(pid, 0);
	(void)waitpid(pid, NULL, 0);
	is_told = ioctl(fd, RAW_PIDFD_GET_INFO, info) == 0 && info[0] & 1 << 3;
	(void)close(fd);
	return is_told;
}

static bool can_handles(int fd)
{
	union {
		struct file_handle handle;
		char room[64];
	} id = { .handle = { .handle_bytes = 32 } };
	int mount, opened;

	if (name_to_handle_at(fd, "", &id.handle, &mount, AT_EMPTY_PATH) < 0)
		return false;
	opened = open_by_handle_at(fd, &id.handle, O_CLOEXEC);
	if (opened < 0)
		return false;
	(void)close(opened);
	return true;
}

static bool can_peers(void)
{
	int pair[2], pidfd = -1;
	socklen_t size = sizeof(pidfd);
	bool is_told;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return false;
	is_told = getsockopt(pair[0], SOL_SOCKET, RAW_SO_PEERPIDFD, &pidfd, &size) == 0;
	if (is_told)
		(void)close(pidfd);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return is_told;
}

/* struct clone_args, as far as it goes */
struct birth {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

/* Return: true if a child can be made that way, and has a pidfd if it should */
static bool can_clone3(struct birth birth)
{
	int fd = -1;
	long pid;

	birth.pidfd = (uintptr_t)&fd;
	pid = syscall(SYS_clone3, &birth, sizeof(birth));
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return birth.flags & CLONE_INTO_CGROUP && errno == EBADF;
	(void)waitpid((pid_t)pid, NULL, __WALL);
	(void)close(fd);
	return fd >= 0;
}

static bool can_clone_pidfd(void)
{
	int fd = -1;
	long pid = syscall(SYS_clone, CLONE_PIDFD, 0, &fd, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return false;
	(void)waitpid((pid_t)pid, NULL, __WALL);
	(void)close(fd);
	return fd >= 0;
}

static bool shares_memory(void)
{
#ifdef __SANITIZE_THREAD__
	/* its vfork(2) is a fork(2): what runs here is no emulator */
	return true;
#else
	static volatile int ran;
	pid_t pid = vfork();

	if (pid == 0) {
		ran = 1;
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	return ran;
#endif
}

/* Where Yama is asked, whatever it would say to a child in our place. */
static bool yama_forbids(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	bool forbids = file && fgetc(file) != '0';

	if (file)
		(void)fclose(file);
	return forbids;
}

/* By a child, from this process. */
static bool can_take(int self)
{
	int status = 0, thread = raw_pidfd_open(getpid(), RAW_PIDFD_THREAD);
	pid_t pid;

	if (thread < 0)
		return false;
	(void)close(thread);
	pid = fork();
	if (pid == 0)
		_exit(syscall(SYS_pidfd_getfd, self, INT_MAX, 0) < 0 && errno == EBADF ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static unsigned try_spawning(void)
{
	/* Linux 7.1 */
	uint64_t autokill = UINT64_C(7) << 34;
	unsigned found = 0;

	if (shares_memory())
		found |= PH_FEATURE_VFORK;
	if (found && can_clone_pidfd())
		found |= PH_FEATURE_CLONE;
	if (can_clone3((struct birth){ .flags = CLONE_PIDFD | UINT64_C(1) << 32 }))
		found |= PH_FEATURE_CLONE3;
	if (can_clone3((struct birth){ .flags = CLONE_INTO_CGROUP, .cgroup = INT_MAX }))
		found |= PH_FEATURE_CGROUP;
	if (can_clone3((struct birth){ .flags = CLONE_PIDFD | autokill }))
		found |= PH_FEATURE_AUTOKILL;
	if (syscall(SYS_close_range, UINT_MAX, UINT_MAX, 4) == 0)
		found |= PH_FEATURE_CLOSE;
	return found;
}

static bool can_kill_cgroups(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	struct utsname name;
	char line[4096];
	bool found = false;
	int major = 0, minor = 0;

	while (mounts && !found && fgets(line, sizeof(line), mounts))
		found = strstr(line, " - cgroup2 ") != NULL;
	if (mounts)
		(void)fclose(mounts);
	return found && uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       major * 100 + minor >= 514;
}

static unsigned try_files(void)
{
	unsigned found = access("/proc/self/stat", R_OK) == 0 ? PH_FEATURE_PROC : 0;

	if (access("/proc/thread-self/children", R_OK) == 0)
		found |= PH_FEATURE_CHILDREN;
	if (can_kill_cgroups())
		found |= PH_FEATURE_CGROUPKILL;
	return found;
}

static unsigned try_kernel(void)
{
	unsigned found = try_files();
	unsigned spawning = try_spawning();
	int fd = raw_pidfd_open(getpid(), 0);
	uint64_t info[8] = { 1 };
	siginfo_t child;
	struct statfs fs;

	if (fd < 0)
		return found | (spawning & PH_FEATURE_CLOSE);
	found |= PH_FEATURE_PIDFD | spawning;
	if (raw_pidfd_send_signal(fd, 0, 0) == 0)
		found |= PH_FEATURE_SIGNAL;
	if (syscall(SYS_waitid, 3, fd, &child, WEXITED | WNOHANG, NULL) < 0 && errno == ECHILD)
		found |= PH_FEATURE_WAIT;
	/* the group of the caller, which the caller may always ask about */
	if (raw_pidfd_send_signal(fd, 0, RAW_PIDFD_SIGNAL_PROCESS_GROUP) == 0 || errno == ESRCH)
		found |= PH_FEATURE_GROUP;
	if (fstatfs(fd, &fs) == 0 && fs.f_type == RAW_PIDFS_MAGIC)
		found |= PH_FEATURE_INODE;
	if (ioctl(fd, RAW_PIDFD_GET_INFO, info) == 0)
		found |= PH_FEATURE_INFO;
	if (can_handles(fd))
		found |= PH_FEATURE_HANDLE;
	if (can_peers())
		found |= PH_FEATURE_PEER;
	if (can_exit_info())
		found |= PH_FEATURE_EXIT;
	if (found & PH_FEATURE_VFORK && can_take(fd))
		found |= PH_FEATURE_GETFD;
	(void)close(fd);
	return found;
}

/* What a filter on one call takes away. */
static unsigned lost_by(const char *call)
{
	if (strcmp(call, "pidfd_open") == 0)
		return ~INDEPENDENT;
	/* the last one is tried with the help of the first */
	if (strcmp(call, "pidfd_send_signal") == 0)
		return PH_FEATURE_SIGNAL | PH_FEATURE_GROUP | PH_FEATURE_EXIT;
	if (strcmp(call, "waitid") == 0)
		return PH_FEATURE_WAIT;
	if (strcmp(call, "ioctl") == 0)
		return PH_FEATURE_INFO | PH_FEATURE_EXIT;
	if (strcmp(call, "clone3") == 0)
		return PH_FEATURE_CLONE3 | PH_FEATURE_CGROUP | PH_FEATURE_AUTOKILL;
	if (strcmp(call, "clonepidfd") == 0)
		return PH_FEATURE_CLONE;
	if (strcmp(call, "vfork") == 0)
		return PH_FEATURE_VFORK | PH_FEATURE_CLONE | PH_FEATURE_GETFD;
	if (strcmp(call, "pidfd_getfd") == 0)
		return PH_FEATURE_GETFD;
	if (strcmp(call, "peerpidfd") == 0)
		return PH_FEATURE_PEER;
	if (strcmp(call, "close_range") == 0)
		return PH_FEATURE_CLOSE;
	return PH_FEATURE_HANDLE;
}

static _Noreturn void refuse(const char *text)
{
	printf("Bail out! PH_TEST_FILTER=\"%s\"\n", text);
	exit(EXIT_FAILURE);
}

static void install_filter(const char *text)
{
	struct filter_rule rules[2];
	char error[16], call[32];
	int number, r;

	if (sscanf(text, "%15s %31s", error, call) != 2)
		refuse(text);
	if (strcmp(error, "ENOSYS") == 0)
		number = ENOSYS;
	else if (strcmp(error, "EPERM") == 0)
		number = EPERM;
	else if (strcmp(error, "EACCES") == 0)
		number = EACCES;
	else if (strcmp(error, "EINVAL") == 0)
		number = EINVAL;
	else
		refuse(text);
	if (!filter_rule_for(call, FILTER_ERRNO((uint32_t)number), rules))
		refuse(text);
	r = filter_install(rules, 2);
	if (r < 0) {
		printf("1..0 # SKIP no seccomp filters here: %s\n", strerror(-r));
		exit(EXIT_SUCCESS);
	}
	filtered = lost_by(call);
}

/* PHDEBUG holds "name=0" entries only, in the runs of these tests. */
static unsigned switched_off(const char *text)
{
	char entry[40], list[256];
	unsigned bits = 0;

	(void)snprintf(list, sizeof(list), ",%s,", text);
	for (int i = 0; i < NAMES; i++) {
		(void)snprintf(entry, sizeof(entry), ",%s=0,", names[i].name);
		if (strstr(list, entry))
			bits |= names[i].bit;
	}
	return bits;
}

void configuration_begin(void)
{
	const char *filter = getenv("PH_TEST_FILTER");
	const char *settings = getenv("PHDEBUG");

	kernel = try_kernel();
	if (settings)
		off = switched_off(settings);
	if (!(off & PH_FEATURE_PROC) && yama_forbids())
		kernel &= ~PH_FEATURE_GETFD;
	if (filter)
		install_filter(filter);
}

unsigned kernel_features(void)
{
	return kernel;
}

int expected_state(unsigned bit)
{
	if (!PH_HAVE_PIDFD && !(bit & FILE_FEATURES))
		return PH_FEATURE_UNBUILT;
	if (bit & FILE_FEATURES && off & PH_FEATURE_PROC)
		return PH_FEATURE_OFF;
	if (off & bit || (off & PH_FEATURE_PIDFD && !(bit & INDEPENDENT)))
		return PH_FEATURE_OFF;
	return kernel & ~filtered & bit ? PH_FEATURE_USED : PH_FEATURE_MISSING;
}

unsigned expected_features(void)
{
	unsigned bits = 0;

	for (int i = 0; i < NAMES; i++)
		if (expected_state(names[i].bit) == PH_FEATURE_USED)
			bits |= names[i].bit;
	return bits;
}

int expected_guarantee(void)
{
	if (has(PH_FEATURE_PIDFD))
		return has(PH_FEATURE_SIGNAL | PH_FEATURE_WAIT) ? PH_PINNED : PH_CHECKED;
	return has(PH_FEATURE_PROC) ? PH_CHECKED : PH_UNCHECKED;
}

/*
 * The kernel is asked after any reap that was seen, also where the way in which
 * this ability is tried is closed; pidfdinfo=0 does not forbid it.
 */
bool tells_after_reap(void)
{
	return has(PH_FEATURE_PIDFD) && !(off & PH_FEATURE_EXIT) && kernel & PH_FEATURE_EXIT &&
	       !(filtered & PH_FEATURE_INFO);
}

bool tells_zombies(void)
{
	return has(PH_FEATURE_PROC);
}
