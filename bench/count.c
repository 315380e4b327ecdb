/* SPDX-License-Identifier: MIT */

/*
 * A child stops itself, does an operation a number of times and stops itself
 * again; in between its tracer counts the stops of PTRACE_SINGLESTEP, or those
 * of PTRACE_SYSCALL, also in the children that it makes. A second child does the same with another number of
 * times, and in the difference only the operation is left, and the loop around
 * it, which is counted by itself and taken off. This needs no counters of the
 * processor, which many virtual machines lack.
 */

#include "count.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	FEW = 5,
	MANY = 25,

	/* what PTRACE_O_TRACESYSGOOD adds to the SIGTRAP of a call */
	IN_A_CALL = 0x80,

	EXIT_WRONG = 1,
	EXIT_FORBIDDEN = 2,
};

static bool stands_still;

/* The one of libc, which makes no system call, so that what is timed is not slower. */
static int ask_libc(clockid_t id, struct timespec *now)
{
	static int (*libc)(clockid_t id, struct timespec * now);

	/* the second name is that where a time is longer than a long */
	if (!libc)
		*(void **)&libc = dlsym(RTLD_NEXT, sizeof(now->tv_sec) <= sizeof(long)
							   ? "clock_gettime"
							   : "__clock_gettime64");
	return libc(id, now);
}

/*
 * In the place of libc's. Step by step all takes so long that who minds looks at the
 * clock again and again: for whoever is counted time stands still.
 */
int clock_gettime(clockid_t id, struct timespec *now)
{
	if (!stands_still)
		return ask_libc(id, now);
	*now = (struct timespec){ .tv_sec = 1 };
	return 0;
}

static _Noreturn void be_traced(const struct operation *operation, enum side side,
				const struct subjects *subjects, int times)
{
	bool is_right;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(EXIT_FORBIDDEN);
	stands_still = true;
	/* the first time costs more: lazy binding, the cache of malloc */
	is_right = operation_repeat(operation, side, subjects, 1);
	(void)raise(SIGSTOP);
	is_right = operation_repeat(operation, side, subjects, times) && is_right;
	(void)raise(SIGSTOP);
	_exit(is_right ? 0 : EXIT_WRONG);
}

/* Return: the signal of the stop, 0x80 added in a call; 0 it has ended; -errno */
static int next_stop(pid_t child, int *ret_status)
{
	while (waitpid(child, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSTOPPED(*ret_status) ? WSTOPSIG(*ret_status) : 0;
}

static bool is_entry(pid_t pid, int status)
{
	struct __ptrace_syscall_info info;

	return WSTOPSIG(status) == (SIGTRAP | IN_A_CALL) &&
	       ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* Lets it go on. A child of the child is part of the operation up to its exec. */
static int go_on(pid_t pid, int status, bool is_child)
{
	int signo = WSTOPSIG(status);

	if (status >> 16 == PTRACE_EVENT_EXEC && !is_child)
		return (int)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	/* a signal from outside is for the child */
	if ((signo & ~IN_A_CALL) == SIGTRAP || signo == SIGSTOP)
		signo = 0;
	return (int)ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signo);
}

/*
 * The calls of the child from SIGSTOP to SIGSTOP, and those of the children that
 * it makes meanwhile. Return: how many, or -errno
 */
static long count_calls(pid_t child)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	long calls = 0;

	if (ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)options) < 0 ||
	    ptrace(PTRACE_SYSCALL, child, NULL, NULL) < 0)
		return -errno;
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno != EINTR)
			return -errno;
		if (pid == child && !WIFSTOPPED(status))
			return -ECHILD;
		if (pid < 0 || !WIFSTOPPED(status))
			continue;
		if (pid == child && WSTOPSIG(status) == SIGSTOP)
			return calls;
		calls += is_entry(pid, status);
		if (go_on(pid, status, pid == child) < 0 && pid == child)
			return -errno;
	}
}

/* The same with steps of the child alone. Return: how many, or -errno */
static long count_steps(pid_t child)
{
	int stop, status;
	long steps = -1;
	int signo = 0;

	do {
		steps++;
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, (void *)(intptr_t)signo) < 0)
			return errno == EIO ? -ENOTSUP : -errno;
		stop = next_stop(child, &status);
		if (stop < 0)
			return stop;
		/* a signal from outside: it goes on to the child */
		signo = stop == SIGTRAP || stop == SIGSTOP ? 0 : stop;
		if (signo != 0)
			steps--;
	} while (stop > 0 && stop != SIGSTOP);
	return stop > 0 ? steps : -ECHILD;
}

/* Return: 0 if the child said that all is well, or -errno */
static int finish(pid_t child)
{
	int stop, status;

	do {
		if (ptrace(PTRACE_CONT, child, NULL, NULL) < 0)
			return -errno;
		stop = next_stop(child, &status);
	} while (stop > 0);
	if (stop < 0)
		return stop;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPROTO;
}

static long count_times(const struct operation *operation, enum side side,
			const struct subjects *subjects, long (*count)(pid_t child), int times)
{
	int stop, status, r;
	long stops;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0)
		be_traced(operation, side, subjects, times);
	stop = next_stop(child, &status);
	/* the first operation may have made a child */
	while (stop > 0 && stop != SIGSTOP) {
		(void)ptrace(PTRACE_CONT, child, NULL, (void *)(intptr_t)stop);
		stop = next_stop(child, &status);
	}
	if (stop == 0)
		return -EPERM;
	if (stop < 0)
		return stop;
	(void)ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_EXITKILL);
	stops = count(child);
	if (stops == -ECHILD)
		return stops;
	r = finish(child);
	return r < 0 && stops >= 0 ? r : stops;
}

/* Return: for each operation, or -errno */
static double count_each(const struct operation *operation, enum side side,
			 const struct subjects *subjects, long (*count)(pid_t child))
{
	long few = count_times(operation, side, subjects, count, FEW);
	long many;

	if (few < 0)
		return (double)few;
	many = count_times(operation, side, subjects, count, MANY);
	return many < 0 ? (double)many : (double)(many - few) / (MANY - FEW);
}

static bool do_nothing(const struct subjects *subjects)
{
	return subjects;
}

int count_operation(const struct operation *operation, enum side side,
		    const struct subjects *subjects, struct counts *ret_counts)
{
	static const struct operation nothing = { .once = { do_nothing, do_nothing } };
	double calls = count_each(operation, side, subjects, count_calls);
	double loop, instructions;

	if (calls < 0)
		return (int)calls;
	if (operation->is_not_stepped) {
		*ret_counts = (struct counts){ .calls = calls };
		return 0;
	}
	loop = count_each(&nothing, side, subjects, count_steps);
	if (loop < 0)
		return (int)loop;
	instructions = count_each(operation, side, subjects, count_steps);
	if (instructions < 0)
		return (int)instructions;
	*ret_counts = (struct counts){ .calls = calls, .instructions = instructions - loop };
	return 0;
}
