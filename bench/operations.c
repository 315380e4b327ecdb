/* SPDX-License-Identifier: MIT */

#include "operations.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "starters.h"
#include "watchers.h"

/* Linux gives no number as high as this (PID_MAX_LIMIT) to a process. */
enum { NO_PID = 4 * 1024 * 1024 };

/* calls that an inode alone takes besides, before Linux 6.17 */
enum { BEFORE_ROOT = 3 };

static bool find_release_floor(const struct subjects *subjects)
{
	int fd = (int)syscall(SYS_pidfd_open, subjects->unheld, 0);

	return fd >= 0 && close(fd) == 0;
}

static bool find_release_library(const struct subjects *subjects)
{
	struct ph_process *process;

	if (ph_find(subjects->unheld, &process) < 0)
		return false;
	ph_unref(process);
	return true;
}

static bool find_missing_floor(const struct subjects *subjects)
{
	return syscall(SYS_pidfd_open, subjects->missing, 0) < 0 && errno == ESRCH;
}

static bool find_missing_library(const struct subjects *subjects)
{
	struct ph_process *process;

	return ph_find(subjects->missing, &process) == -ESRCH;
}

static bool signal_floor(const struct subjects *subjects)
{
	return syscall(SYS_pidfd_send_signal, subjects->pidfd, 0, NULL, 0) == 0;
}

static bool signal_library(const struct subjects *subjects)
{
	return ph_kill(subjects->process, 0, PH_ONE) == 0;
}

static bool exists_floor(const struct subjects *subjects)
{
	return kill(subjects->unheld, 0) == 0;
}

static bool exists_library(const struct subjects *subjects)
{
	return ph_exists(subjects->unheld) == 1;
}

static bool wait_known_floor(const struct subjects *subjects)
{
	struct pollfd fd = { .fd = subjects->ended_pidfd, .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static bool wait_known_library(const struct subjects *subjects)
{
	struct ph_exit how;

	return ph_wait(subjects->ended, 0, &how) == 0 && how.how == PH_EXITED;
}

static bool info_floor(const struct subjects *subjects)
{
	/* 64 bytes were the first version of its struct */
	uint64_t info[8] = { 7 };

	return ioctl(subjects->pidfd, _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, 64), info) == 0;
}

static bool info_library(const struct subjects *subjects)
{
	const uint64_t want = PH_INFO_PID | PH_INFO_PARENT | PH_INFO_USER | PH_INFO_CGROUP;
	struct ph_info info;

	return ph_info(subjects->process, want, &info) == 0 && info.got == want;
}

static bool reopen(const char *id)
{
	struct ph_process *process;

	if (ph_find_id(id, &process) < 0)
		return false;
	ph_unref(process);
	return true;
}

static bool reopen_library(const struct subjects *subjects)
{
	return reopen(subjects->id);
}

static bool reopen_inode_library(const struct subjects *subjects)
{
	return reopen(subjects->inode);
}

static bool is_refused(const char *id, int error)
{
	struct ph_process *process;

	return ph_find_id(id, &process) == error;
}

static bool reopen_missing_library(const struct subjects *subjects)
{
	return is_refused(subjects->missing_id, -ESRCH);
}

static bool reopen_stale_library(const struct subjects *subjects)
{
	return is_refused(subjects->stale_id, -ESTALE);
}

static bool reopen_ended_library(const struct subjects *subjects)
{
	return is_refused(subjects->ended_inode, -ESRCH);
}

static bool start_floor(const struct subjects *subjects)
{
	(void)subjects;
	return starters[START_FLOOR].once(NULL);
}

static bool start_library(const struct subjects *subjects)
{
	(void)subjects;
	return starters[START_LIBRARY].once(NULL);
}

static bool ends_floor(const struct subjects *subjects)
{
	(void)subjects;
	return ends_by_floor();
}

static bool ends_library(const struct subjects *subjects)
{
	(void)subjects;
	return ends_by_library();
}

const struct operation operations[OPERATIONS] = {
	{
		.budget = "P1",
		.name = "find and release",
		.floor = "pidfd_open, close",
		.once = { find_release_floor, find_release_library },
		.calls = 2,
		.instructions = 250,
		.ratio = 1.03,
	},
	{
		.budget = "P2",
		.name = "find a missing pid",
		.floor = "pidfd_open",
		.once = { find_missing_floor, find_missing_library },
		.calls = 1,
		.instructions = 80,
		.ratio = 1.10,
	},
	{
		.budget = "P3",
		.name = "signal 0",
		.floor = "pidfd_send_signal",
		.once = { signal_floor, signal_library },
		.calls = 1,
		.instructions = 80,
		.ratio = 1.03,
	},
	{
		.budget = "",
		.name = "exists",
		.floor = "kill(pid, 0)",
		.once = { exists_floor, exists_library },
		.calls = 1,
	},
	{
		.budget = "",
		.name = "wait, known end",
		.floor = "poll(pidfd)",
		.once = { wait_known_floor, wait_known_library },
		.calls = 0,
	},
	{
		.budget = "P4",
		.name = "info",
		.floor = "ioctl(PIDFD_GET_INFO)",
		.once = { info_floor, info_library },
		.needs = PH_FEATURE_PIDFD | PH_FEATURE_INFO,
		.calls = 1,
		.instructions = 200,
		.ratio = 1.05,
	},
	{
		.budget = "P17",
		.name = "reopen PID:INODE",
		.floor = "ph_find, ph_unref",
		.once = { find_release_library, reopen_library },
		.needs = PH_FEATURE_INODE,
		.calls = 3,
		.instructions = 800,
		.ratio = 1.20,
	},
	{
		.budget = "P17",
		.name = "reopen :INODE",
		.floor = "ph_find, ph_unref",
		.once = { find_release_library, reopen_inode_library },
		.needs = PH_FEATURE_INODE | PH_FEATURE_INFO | PH_FEATURE_HANDLE,
		.calls = 3,
		.slack = BEFORE_ROOT,
		.instructions = 800,
		.ratio = 1.20,
	},
	{
		.budget = "P17",
		.name = "reopen, no such pid",
		.floor = "ph_find",
		.once = { find_missing_library, reopen_missing_library },
		.calls = 1,
	},
	{
		.budget = "P17",
		.name = "reopen, another's",
		.floor = "ph_find, ph_unref",
		.once = { find_release_library, reopen_stale_library },
		.needs = PH_FEATURE_INODE,
		.calls = 3,
	},
	{
		.budget = "P17",
		.name = "reopen, reaped inode",
		.floor = "ph_find",
		.once = { find_missing_library, reopen_ended_library },
		.needs = PH_FEATURE_INODE | PH_FEATURE_HANDLE,
		.calls = 1,
		.slack = BEFORE_ROOT,
	},
	{
		.budget = "P5",
		.name = "start and wait",
		.floor = "clone3, execve, waitid, close",
		.once = { start_floor, start_library },
		.calls = 8,
		.instructions = 500,
		.is_only_counted = true,
	},
	{
		.budget = "P13",
		.name = "64 ends from a set",
		.floor = "epoll_wait, waitid, close",
		.once = { ends_floor, ends_library },
		/* two for each, and one for all */
		.calls = 2 * ENDS_AT_ONCE + 1,
		.slack = 0.02 * ENDS_AT_ONCE - 1,
		.is_not_stepped = true,
		.is_only_counted = true,
	},
};

bool operation_repeat(const struct operation *operation, enum side side,
		      const struct subjects *subjects, long times)
{
	bool (*once)(const struct subjects *subjects) = operation->once[side];

	if (!once)
		return operation->many[side](times);
	for (long i = 0; i < times; i++)
		if (!once(subjects))
			return false;
	return true;
}

/* A child that lives until it is killed or its parent ends. */
static pid_t start_child(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		(void)pause();
	_exit(1);
}

static void stop_child(pid_t pid)
{
	struct ph_process *process;

	if (ph_find(pid, &process) < 0)
		return;
	(void)ph_kill(process, SIGKILL, PH_ONE);
	(void)ph_wait(process, -1, NULL);
	ph_unref(process);
}

static bool hold(pid_t pid, int *ret_pidfd, struct ph_process **ret_process)
{
	*ret_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return ph_find(pid, ret_process) == 0 && *ret_pidfd >= 0;
}

/* "PID:INODE", and ":INODE" */
static bool name(struct ph_process *process, char id[PH_ID_SIZE], char inode[PH_ID_SIZE])
{
	if (ph_id(process, id, PH_ID_SIZE) < 0)
		return false;
	id[strcspn(id, "@")] = '\0';
	(void)snprintf(inode, PH_ID_SIZE, "%s", id + strcspn(id, ":"));
	return true;
}

static void join(pid_t pid, const char *inode, char id[LONG_ID_SIZE])
{
	(void)snprintf(id, LONG_ID_SIZE, "%d%s", (int)pid, inode);
}

static bool name_subjects(struct subjects *subjects)
{
	struct ph_process *process;
	char unused[PH_ID_SIZE];
	bool is_named;

	/* not held afterwards */
	if (ph_find(subjects->unheld, &process) < 0)
		return false;
	is_named = name(process, subjects->id, subjects->inode) &&
		   name(subjects->ended, unused, subjects->ended_inode);
	ph_unref(process);
	join(subjects->unheld, subjects->ended_inode, subjects->stale_id);
	join(subjects->missing, subjects->inode, subjects->missing_id);
	return is_named;
}

bool subjects_make(struct subjects *ret_subjects)
{
	struct subjects subjects = { .missing = NO_PID, .pidfd = -1, .ended_pidfd = -1 };
	pid_t held, ended;

	subjects.unheld = start_child();
	held = start_child();
	ended = fork();
	if (ended == 0)
		_exit(0);
	if (subjects.unheld < 0 || held < 0 || ended < 0)
		return false;
	if (!hold(held, &subjects.pidfd, &subjects.process) ||
	    !hold(ended, &subjects.ended_pidfd, &subjects.ended))
		return false;
	if (ph_wait(subjects.ended, -1, NULL) < 0 || !name_subjects(&subjects))
		return false;
	*ret_subjects = subjects;
	return true;
}

void subjects_release(struct subjects *subjects)
{
	stop_child(subjects->unheld);
	stop_child(ph_pid(subjects->process));
	(void)close(subjects->pidfd);
	(void)close(subjects->ended_pidfd);
	subjects->process = ph_unref(subjects->process);
	subjects->ended = ph_unref(subjects->ended);
}
