/* SPDX-License-Identifier: MIT */

#include "walks.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* the exit status of a process that could not do what was asked for */
enum { EXIT_NOT_HERE = 100 };

static bool read_file(int proc, const char *pid, const char *file)
{
	char path[64], text[4096];
	ssize_t n;
	int fd;

	(void)stpcpy(stpcpy(stpcpy(path, pid), "/"), file);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	return fd >= 0 && close(fd) == 0 && n >= 0;
}

static bool full_floor(int proc, const char *pid)
{
	struct stat st;

	return fstatat(proc, pid, &st, 0) == 0 && read_file(proc, pid, "stat") &&
	       read_file(proc, pid, "cmdline");
}

static bool stat_floor(int proc, const char *pid)
{
	return read_file(proc, pid, "stat");
}

static bool ids_floor(int proc, const char *pid)
{
	/* 64 bytes were the first version of its struct */
	uint64_t info[8] = { 3 };
	int fd = (int)syscall(SYS_pidfd_open, atoi(pid), 0);

	(void)proc;
	return fd >= 0 && ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64), info) == 0 &&
	       close(fd) == 0;
}

static bool numbers_floor(int proc, const char *pid)
{
	(void)proc;
	return pid[0] != '\0';
}

static bool handles_floor(int proc, const char *pid)
{
	int fd = (int)syscall(SYS_pidfd_open, atoi(pid), 0);

	(void)proc;
	return fd >= 0 && close(fd) == 0;
}

/* Return: true if that many could be met */
static bool walk_bare(bool (*look)(int proc, const char *pid), long times)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	bool is_right = proc != NULL;

	while (is_right && times > 0 && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		is_right = look(dirfd(proc), entry->d_name);
		times--;
	}
	if (proc)
		(void)closedir(proc);
	return is_right && times == 0;
}

static int meet_info(const struct ph_info *info, void *arg)
{
	(void)info;
	return --*(long *)arg == 0;
}

static int meet_process(struct ph_process *process, void *arg)
{
	(void)process;
	return --*(long *)arg == 0;
}

static bool walk_library(uint64_t want, long times)
{
	return ph_list(NULL, want, meet_info, &times) == 1;
}

static bool full_many(long times)
{
	return walk_bare(full_floor, times);
}

static bool full_many_library(long times)
{
	return walk_library(PH_INFO_PARENT | PH_INFO_USER | PH_INFO_COMM | PH_INFO_START |
				    PH_INFO_CMDLINE,
			    times);
}

static bool light_many(long times)
{
	return walk_bare(stat_floor, times);
}

static bool light_many_library(long times)
{
	return walk_library(PH_INFO_PARENT | PH_INFO_COMM | PH_INFO_START, times);
}

static bool ids_many(long times)
{
	return walk_bare(ids_floor, times);
}

static bool ids_many_library(long times)
{
	return walk_library(PH_INFO_PARENT | PH_INFO_USER | PH_INFO_REAL_USER, times);
}

static bool numbers_many(long times)
{
	return walk_bare(numbers_floor, times);
}

static bool numbers_many_library(long times)
{
	return walk_library(PH_INFO_PID, times);
}

static bool handles_many(long times)
{
	return walk_bare(handles_floor, times);
}

static bool handles_many_library(long times)
{
	return ph_each(NULL, meet_process, &times) == 1;
}

const struct operation walks[WALKS] = {
	[WALK_FULL] = {
		.budget = "P15",
		.name = "list, full",
		.floor = "fstatat, stat, cmdline",
		.many = { full_many, full_many_library },
		.calls = 7,
		.instructions = 1500,
		.is_goal = true,
		.ratio = 1.05,
	},
	[WALK_IDS] = {
		.budget = "P16",
		.name = "list, ids",
		.floor = "pidfd_open, GET_INFO, close",
		.many = { ids_many, ids_many_library },
		.needs = PH_FEATURE_PIDFD | PH_FEATURE_INFO,
		.calls = 3,
	},
	[WALK_LIGHT] = {
		.budget = "P16",
		.name = "list, name and start",
		.floor = "stat",
		.many = { light_many, light_many_library },
		.calls = 3,
		.ratio = 1.05,
	},
	[WALK_NUMBERS] = {
		.budget = "",
		.name = "list, numbers",
		.floor = "getdents64",
		.many = { numbers_many, numbers_many_library },
		.calls = 0,
	},
	[WALK_EACH] = {
		.budget = "",
		.name = "each",
		.floor = "pidfd_open, close",
		.many = { handles_many, handles_many_library },
		.needs = PH_FEATURE_PIDFD,
		.calls = 2,
	},
};

static void die_with_parent(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static bool write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool is_done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return is_done;
}

/* As root at once, otherwise through a user namespace. */
static bool enter_namespaces(void)
{
	char map[32];
	uid_t uid = geteuid();

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) < 0)
		return false;
	(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
	return write_map("/proc/self/uid_map", map);
}

static _Noreturn void be_first(int crowd, int (*body)(void *arg), void *arg)
{
	static char *const program[] = { (char *)PAUSED_PATH, NULL };
	pid_t unused;

	die_with_parent();
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0)
		_exit(EXIT_NOT_HERE);
	/* they end with the namespace */
	for (int i = 0; i < crowd; i++)
		if (posix_spawn(&unused, PAUSED_PATH, NULL, NULL, program, environ) != 0)
			_exit(EXIT_NOT_HERE);
	crowd = body(arg);
	(void)fflush(stdout);
	_exit(crowd);
}

static _Noreturn void be_between(int crowd, int (*body)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	die_with_parent();
	if (!enter_namespaces())
		_exit(EXIT_NOT_HERE);
	pid = fork();
	if (pid == 0)
		be_first(crowd, body, arg);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		_exit(EXIT_NOT_HERE);
	_exit(WEXITSTATUS(status));
}

int in_a_crowd(int crowd, int (*body)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		be_between(crowd, body, arg);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == EXIT_NOT_HERE)
		return -ENOTSUP;
	return WEXITSTATUS(status);
}
