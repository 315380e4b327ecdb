/* SPDX-License-Identifier: MIT */

/* ph_each and ph_list over so many processes that whatever is kept of each would not fit. */

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "facts.h"
#include "left.h"
#include "namespace.h"

enum {
	MANY = 20000,
	FEW_DESCRIPTORS = 64,
	/* of which one page is touched */
	STACK = 16384,
};

/*
 * In the memory of its parent, so that it costs little: it makes system calls, and
 * nothing else.
 */
__attribute__((no_sanitize("address", "thread"))) static int stand(void *arg)
{
	(void)arg;
	for (;;)
		(void)syscall(SYS_ppoll, NULL, 0L, NULL, NULL, 0L);
	return 0;
}

/* The first of the namespace: whoever is left when it ends, ends with it. */
static void bear_many(char *stacks)
{
	const int shared = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND;

	for (size_t i = 1; i <= MANY; i++)
		if (clone(stand, stacks + i * STACK, shared | SIGCHLD, NULL) < 0)
			skip("%zu processes are too many here: %s", i, strerror(errno));
}

static void end_many(void)
{
	must(kill(-1, SIGKILL));
	for (int i = 0; i < MANY; i++)
		must(waitpid(-1, NULL, __WALL));
}

/* whom a walk has met, by number */
struct met {
	int count;
	pid_t last;
	int descriptors;
};

static void note(struct met *met, pid_t pid)
{
	/* by rising number is also: each once */
	if (pid <= met->last)
		_exit(EXIT_FAILURE);
	met->last = pid;
	met->count++;
}

static int meet(struct ph_process *process, void *arg)
{
	struct met *met = arg;

	note(met, ph_pid(process));
	/* this is dear, and the same for all */
	if (met->count == MANY)
		met->descriptors = left_count_descriptors();
	return 0;
}

static int read_facts(const struct ph_info *info, void *arg)
{
	if (!(info->got & PH_INFO_PARENT) || info->parent != 1)
		_exit(EXIT_FAILURE);
	note(arg, info->pid);
	return 0;
}

static void walk_many(void *arg)
{
	struct rlimit limit, few;
	struct ph_process *self = found(getpid());
	struct ph_filter filter = { .parent = self };
	struct met met = { .count = 0 }, listed = { .count = 0 };
	int before;

	must(getrlimit(RLIMIT_NOFILE, &limit));
	few = limit;
	few.rlim_cur = FEW_DESCRIPTORS;
	must(setrlimit(RLIMIT_NOFILE, &few));
	bear_many(arg);
	before = left_count_descriptors();
	ck_assert_int_eq(ph_each(&filter, meet, &met), 0);
	ck_assert_int_eq(met.count, MANY);
	/* /proc, and the handle */
	ck_assert_int_le(met.descriptors, before + 2);
	ck_assert_int_eq(ph_list(&filter, PH_INFO_PARENT | PH_INFO_INODE, read_facts, &listed), 0);
	ck_assert_int_eq(listed.count, MANY);
	descriptors_restore(limit);
	end_many();
	self = ph_unref(self);
}

TEST(twenty_thousand_processes_need_no_more_descriptors_than_few)
{
	size_t size = (size_t)(MANY + 1) * STACK;
	char *stacks;

	need_proc();
	if (!is_plain())
		skip("twenty thousand processes once are enough");
	stacks = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ck_assert_ptr_ne(stacks, MAP_FAILED);
	in_own_pid_namespace(walk_many, stacks);
	must(munmap(stacks, size));
}
