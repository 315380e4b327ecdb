/* SPDX-License-Identifier: MIT */

/*
 * Bringing a number back. The kernel hands numbers out in turn and begins anew
 * at 300 when it reaches pid_max; so either the range is made small, or the
 * kernel is told which number is next, or the whole range is gone through.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"
#include "demo.h"
#include "duration.h"
#include "facts.h"

enum {
	/* above the numbers that are never given twice */
	FIRST_CHOICE = 312,
	/* the smallest range asked for; the kernel wants more on many processors */
	SMALL_RANGE = 350,
	/* the largest range of a whole system that is worth going through */
	WORTH_WRAPPING = 65536,
};

static const char pid_max_path[] = "/proc/sys/kernel/pid_max";
static const char last_pid_path[] = "/proc/sys/kernel/ns_last_pid";

static long read_number(const char *path)
{
	char text[32];
	uint64_t value;

	if (ph_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	return ph_parse_u64(text, &value) == 0 ? (long)value : -1;
}

static int write_number(const char *path, long number)
{
	PH_CLEANUP(ph_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
	char text[32];
	int length;

	if (fd < 0)
		return -errno;
	length = snprintf(text, sizeof(text), "%ld", number);
	return write(fd, text, (size_t)length) < 0 ? -errno : 0;
}

/* The process called @name: says through @ready that it is one, and sleeps; not without @director. */
__attribute__((__noreturn__)) static void be(const char *name, int ready, pid_t director)
{
	sigset_t none;

	(void)prctl(PR_SET_NAME, name);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != director)
		_exit(1);
	/* it will crash on purpose: no core file, and nothing for a crash reporter */
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGSEGV, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (write(ready, "", 1) == 1)
		for (;;)
			(void)pause();
	_exit(1);
}

static pid_t fork_with_tid(pid_t wanted)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&wanted,
		.set_tid_size = 1,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : (pid_t)pid;
}

/* fork() with the number @wanted if the method can say so */
static pid_t fork_next(enum demo_method method, pid_t wanted)
{
	pid_t pid;

	if (method == DEMO_SET_TID)
		return fork_with_tid(wanted);
	if (method == DEMO_LAST_PID) {
		int r = write_number(last_pid_path, wanted - 1);

		if (r < 0)
			return r;
	}
	pid = fork();
	return pid < 0 ? -errno : pid;
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void show_progress(struct demo *demo, long others, long left)
{
	int64_t ms = now_ms() - demo->progress.started_ms;
	char text[DURATION_SIZE];

	if (!progress_is_due(&demo->progress))
		return;
	duration_text(others > 0 ? ms * left / others : 0, text);
	progress_show(&demo->progress, "demo: %ld processes started, %ld to go, %s", others, left,
		      text);
}

/* Is @pid the number that we are after? 0: any that comes back soon. */
static bool is_it(const struct demo *demo, pid_t pid, pid_t wanted)
{
	if (wanted > 0)
		return pid == wanted;
	return demo->facts->method != DEMO_RANGE || pid >= FIRST_CHOICE;
}

/* How many numbers lie between @last and the one that we are after? */
static long distance(const struct demo *demo, pid_t last, pid_t wanted)
{
	enum { FIRST_AGAIN = 300 };

	if (demo->facts->method == DEMO_SET_TID || demo->facts->method == DEMO_LAST_PID)
		return 0;
	if (wanted == 0)
		return demo->facts->method == DEMO_RANGE ? FIRST_CHOICE - last : 0;
	if (last < wanted)
		return wanted - last;
	return demo->range - last + wanted - FIRST_AGAIN;
}

static int leave_at_once(void *arg)
{
	(void)arg;
	return 0;
}

/*
 * A process that does nothing but have a number. It borrows the memory, which
 * costs a small part of what a copy does.
 */
static pid_t start_other(void)
{
	_Alignas(16) char stack[16384];
	pid_t pid;

	pid = clone(leave_at_once, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	return pid < 0 ? -errno : pid;
}

/* Starts one process: if its number turns out to be @wanted, it is called @name. */
static pid_t start_one(struct demo *demo, const char *name, pid_t wanted, int ready)
{
	pid_t director = getpid();
	pid_t pid = fork_next(demo->facts->method, wanted > 0 ? wanted : FIRST_CHOICE);

	if (pid == 0 && is_it(demo, getpid(), wanted))
		be(name, ready, director);
	if (pid == 0)
		_exit(0);
	return pid;
}

/* Starts processes until one of them is @wanted. */
static pid_t start_until(struct demo *demo, const char *name, pid_t wanted, const int ready[2],
			 long *ret_others)
{
	/* others start processes too: near the number, each one may be the one */
	enum { NEAR = 64 };
	pid_t pid = demo->facts->pid;

	for (long others = 0; others < 4 * demo->range; others++) {
		long left = distance(demo, pid, wanted);
		bool is_near = left <= NEAR;
		char byte;

		pid = is_near ? start_one(demo, name, wanted, ready[1]) : start_other();
		if (pid < 0)
			return demo_fail(demo, (int)pid, "cannot start a process: %s",
					 strerror(-(int)pid));
		if (is_near && is_it(demo, pid, wanted)) {
			*ret_others = others;
			if (read(ready[0], &byte, 1) == 1)
				return pid;
			return demo_fail(demo, -EIO, "%s does not start", name);
		}
		reap(pid);
		show_progress(demo, others, left);
	}
	return demo_fail(demo, -EAGAIN, "the kernel did not give PID %d a second time", (int)wanted);
}

pid_t demo_start(struct demo *demo, const char *name, pid_t wanted, struct demo_reuse *reuse)
{
	PH_CLEANUP(ph_closep) int read_end = -1;
	PH_CLEANUP(ph_closep) int write_end = -1;
	int ready[2];
	pid_t pid;

	demo->progress = progress_begin(demo->call);
	if (pipe2(ready, O_CLOEXEC) < 0)
		return demo_fail(demo, -errno, "pipe: %s", strerror(errno));
	read_end = ready[0];
	write_end = ready[1];
	pid = start_until(demo, name, wanted, ready, &reuse->others);
	reuse->ms = now_ms() - demo->progress.started_ms;
	progress_clear(&demo->progress);
	return pid;
}

/*
 * Before 6.14 pid_max is one for the whole machine, even inside a namespace, so
 * it must not be touched there. Where it belongs to the namespace, a new one
 * starts with the highest limit that the kernel has.
 */
static bool has_own_range(void)
{
	enum { HIGHEST_ON_64_BIT = 4194304, HIGHEST_ON_32_BIT = 32768 };
	long now = read_number(pid_max_path);

	return kernel_is_at_least("6.14") &&
	       now == (sizeof(long) == 8 ? HIGHEST_ON_64_BIT : HIGHEST_ON_32_BIT);
}

static int make_range_small(struct demo *demo)
{
	int r = -EINVAL;

	if (!has_own_range())
		return -ENOTSUP;
	for (long range = SMALL_RANGE; r == -EINVAL && range <= WORTH_WRAPPING; range *= 2) {
		r = write_number(pid_max_path, range);
		demo->range = range;
	}
	return r;
}

/* Does the kernel give the number that it is told to? */
static int try_method(enum demo_method method)
{
	pid_t pid = fork_next(method, FIRST_CHOICE);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return (int)pid;
	reap(pid);
	return pid == FIRST_CHOICE ? 0 : -ENOTSUP;
}

static int choose_on_host(struct demo *demo)
{
	long range = read_number(pid_max_path);

	if (range < 0 || range > WORTH_WRAPPING)
		return demo_fail(demo, -ENOTSUP,
				 "%s; and this system has %ld numbers, too many to go through",
				 demo->facts->failure, range);
	demo->facts->failure[0] = '\0';
	demo->facts->method = DEMO_WRAP;
	demo->range = range;
	return 0;
}

int demo_choose_method(struct demo *demo, enum demo_stage stage)
{
	int r;

	if (stage == DEMO_HOST)
		return choose_on_host(demo);
	demo->facts->method = DEMO_RANGE;
	if (make_range_small(demo) == 0)
		return 0;
	demo->range = 1;
	demo->facts->method = DEMO_SET_TID;
	if (try_method(DEMO_SET_TID) == 0)
		return 0;
	demo->facts->method = DEMO_LAST_PID;
	r = try_method(DEMO_LAST_PID);
	if (r < 0)
		return demo_fail(demo, r, "this kernel gives no number twice on request: %s",
				 strerror(-r));
	return 0;
}
