/* SPDX-License-Identifier: MIT */

/*
 * So many that nobody could look at each: in a pid namespace of their own, and as
 * cheap as a process can be, for they share everything with the test.
 */

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "crowd.h"
#include "namespace.h"

enum {
	THOUSANDS = 19000,
	SLOW_THOUSANDS = 1000,
	/* of them, how many end three at a time */
	IN_THREES = 3000,
	SPARE = 64,
	STACK = 2048,
	/* of the kernel's memory for each, with room to spare */
	KILOBYTES_EACH = 100,
};

/* What a process does that shares the memory of a test: system calls alone. */
__attribute__((no_sanitize("address", "thread"))) static int stay(void *arg)
{
	(void)arg;
	for (;;)
		(void)syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
	return 0;
}

static int affordable(void)
{
	int count = is_slow() ? SLOW_THOUSANDS : THOUSANDS;
	long kilobytes = sysconf(_SC_AVPHYS_PAGES) * (sysconf(_SC_PAGESIZE) / 1024);
	struct rlimit limit;

	if (!has_descriptors())
		skip("each of them would be looked at");
	must(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_max < (rlim_t)(count + SPARE))
		skip("no more than %ld descriptors are allowed here", (long)limit.rlim_max);
	if (kilobytes < (long)count * KILOBYTES_EACH)
		skip("there are no more than %ld KB of memory", kilobytes);
	return count;
}

static struct crowd thousands_start(char *stacks, int count)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD;
	struct crowd crowd = crowd_new(count);

	while (crowd.count < count) {
		char *top = stacks + (size_t)(crowd.count + 1) * STACK;
		pid_t pid = clone(stay, top, flags, NULL);

		if (pid < 0)
			skip("no more than %d processes are allowed here", crowd.count);
		crowd_add(&crowd, pid);
	}
	return crowd;
}

static void watch_thousands(void (*end)(struct crowd *crowd))
{
	int count = affordable();
	size_t size = (size_t)count * STACK;
	struct rlimit before, wide;
	struct crowd crowd;
	char *stacks;

	must(getrlimit(RLIMIT_NOFILE, &before));
	wide = before;
	wide.rlim_cur = wide.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &wide));
	stacks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(stacks, MAP_FAILED);
	crowd = thousands_start(stacks, count);
	end(&crowd);
	crowd_is_told(&crowd);
	must(munmap(stacks, size));
	must(setrlimit(RLIMIT_NOFILE, &before));
}

static void end_together(struct crowd *crowd)
{
	/* everybody in the namespace but the test, which is process 1 */
	must(kill(-1, SIGTERM));
	for (int left = crowd->count; left > 0;)
		left -= collect(crowd, SIGTERM);
}

static void together(void *arg)
{
	(void)arg;
	watch_thousands(end_together);
}

TEST(thousands_that_end_together_are_told_one_by_one)
{
	in_own_pid_namespace(together, NULL);
}

static void end_in_threes(struct crowd *crowd)
{
	int step = step_through(crowd->count);
	int some = crowd->count < IN_THREES ? crowd->count : IN_THREES;

	for (int i = 0; i < crowd->count; i++) {
		must(kill(crowd->pids[(long)i * step % crowd->count], SIGKILL));
		if (i % 3 != 2 || i >= some)
			continue;
		for (int left = 3; left > 0;)
			left -= collect(crowd, SIGKILL);
		ck_assert_int_eq(ph_set_count(crowd->set), crowd->count - 1 - i);
	}
	for (int left = ph_set_count(crowd->set); left > 0;)
		left -= collect(crowd, SIGKILL);
}

static void in_threes(void *arg)
{
	(void)arg;
	watch_thousands(end_in_threes);
}

/* In no order: first three at a time, and the others as fast as they can be ended. */
TEST(thousands_that_end_in_any_order_are_told_completely)
{
	in_own_pid_namespace(in_threes, NULL);
}
