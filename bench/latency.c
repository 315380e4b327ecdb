/* SPDX-License-Identifier: MIT */

/*
 * The process is a grandchild. It reads the clock into memory that it shares
 * with us right before it exits; its parent is in waitpid(2) and reaps at once.
 */

#include "latency.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <prochandle.h>

enum { STATUS = 7 };

struct shared {
	pid_t pid;
	int64_t end;
};

/* one process, held in each way */
struct held {
	int pidfd;
	struct ph_process *process;
};

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static _Noreturn void be_the_process(volatile struct shared *shared, int ready, int go, int delay_ms)
{
	struct timespec delay = { delay_ms / 1000, delay_ms % 1000 * 1000000L };
	char byte = 0;

	shared->pid = getpid();
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
		_exit(1);
	(void)nanosleep(&delay, NULL);
	shared->end = now_ns();
	_exit(STATUS);
}

static _Noreturn void be_the_parent(struct shared *shared, const int ready[2], const int go[2],
				    int delay_ms)
{
	pid_t pid;

	/* whoever reads must see the end of those who write */
	(void)close(ready[0]);
	(void)close(go[1]);
	pid = fork();
	if (pid == 0)
		be_the_process(shared, ready[1], go[0], delay_ms);
	(void)close(ready[1]);
	_exit(pid < 0 || waitpid(pid, NULL, 0) != pid);
}

static bool poll_for(int pidfd, short events)
{
	struct pollfd fd = { .fd = pidfd, .events = events };
	int r;

	do
		r = poll(&fd, 1, -1);
	while (r < 0 && errno == EINTR);
	return r == 1;
}

static bool wait_with_library(struct ph_process *process)
{
	struct ph_exit how;

	if (ph_wait(process, -1, &how) < 0)
		return false;
	/* the answer is part of the work, where there is one */
	return !(ph_features() & PH_FEATURE_EXIT) || (how.how == PH_EXITED && how.value == STATUS);
}

static bool wait_for(enum waiter waiter, const struct held *held)
{
	switch (waiter) {
	case WAIT_END:
		return poll_for(held->pidfd, POLLIN);
	case WAIT_REAP:
		return poll_for(held->pidfd, 0);
	default:
		return wait_with_library(held->process);
	}
}

static long voluntary_switches(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) < 0 ? 0 : usage.ru_nvcsw;
}

/* Lets the process go on to its end, and waits. */
static bool measure(enum waiter waiter, const struct held *held, int go,
		    const volatile struct shared *shared, struct latency *ret_latency)
{
	long before = voluntary_switches();
	int64_t returned;

	if (write(go, "", 1) != 1 || !wait_for(waiter, held))
		return false;
	returned = now_ns();
	*ret_latency = (struct latency){
		.ns = returned - shared->end,
		.switches = voluntary_switches() - before,
	};
	return true;
}

static bool measure_one(enum waiter waiter, const int ready[2], const int go[2],
			struct shared *shared, int delay_ms, struct latency *ret_latency)
{
	struct held held = { .pidfd = -1 };
	pid_t parent = fork();
	bool is_right = false;
	char byte;

	if (parent == 0)
		be_the_parent(shared, ready, go, delay_ms);
	(void)close(ready[1]);
	(void)close(go[0]);
	if (parent > 0 && read(ready[0], &byte, 1) == 1) {
		held.pidfd = (int)syscall(SYS_pidfd_open, shared->pid, 0);
		is_right = held.pidfd >= 0 && ph_find(shared->pid, &held.process) == 0 &&
			   measure(waiter, &held, go[1], shared, ret_latency);
	}
	(void)close(ready[0]);
	(void)close(go[1]);
	if (held.pidfd >= 0)
		(void)close(held.pidfd);
	ph_unref(held.process);
	return parent > 0 && waitpid(parent, NULL, 0) == parent && is_right;
}

bool latency_measure(enum waiter waiter, int delay_ms, struct latency *ret_latency)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ready[2], go[2];
	bool is_right;

	if (shared == MAP_FAILED || pipe(ready) < 0 || pipe(go) < 0)
		return false;
	/* touched here: not a page fault on the way out */
	shared->end = 0;
	is_right = measure_one(waiter, ready, go, shared, delay_ms, ret_latency);
	(void)munmap(shared, sizeof(*shared));
	return is_right;
}
