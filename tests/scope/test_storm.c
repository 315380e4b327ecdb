/* SPDX-License-Identifier: MIT */

/* Processes that fork faster than one can look. */

#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "cgroup.h"
#include "storm.h"

enum {
	/* ends by itself if nobody catches it */
	GENERATIONS = 1000000,
	BOMB = 60,
};

/* Each leaves a successor in a session of its own, and ends. */
static _Noreturn void run_away(_Atomic int *generation)
{
	unsigned short before = storm_begin();

	for (;;) {
		pid_t next;

		if (!storm_has_room(before))
			continue;
		next = fork();
		if (next > 0 || atomic_fetch_add(generation, 1) > GENERATIONS)
			_exit(0);
		(void)setsid();
	}
}

/* Nobody is reaped before all are caught, and each of them takes one. */
static struct rlimit have_descriptors(void)
{
	struct rlimit before, limit;

	must(getrlimit(RLIMIT_NOFILE, &before));
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit));
	return before;
}

static void catch (void *arg)
{
	_Atomic int *generation = mmap(NULL, sizeof(*generation), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct ph_process *self = found(getpid());
	struct rlimit before;

	(void)arg;
	ck_assert_ptr_ne(generation, MAP_FAILED);
	before = have_descriptors();
	if (must(fork()) == 0)
		run_away(generation);
	while (atomic_load(generation) < 10)
		(void)sched_yield();
	ck_assert_int_eq(ph_kill(self, SIGKILL, PH_DESCENDANTS), 0);
	(void)reap_all();
	ck_assert_int_lt(atomic_load(generation), GENERATIONS);
	must(setrlimit(RLIMIT_NOFILE, &before));
	self = ph_unref(self);
	(void)munmap((void *)generation, sizeof(*generation));
}

TEST(a_storm_of_successors_is_caught_by_the_one_that_adopts_them)
{
	if (!finds_members())
		skip("members are found in /proc");
	in_own_pid_namespace(catch, NULL);
}

/* As many as there may be, and another one whenever one has ended. */
static _Noreturn void explode(const struct tree *tree)
{
	tree->pids[0] = getpid();
	(void)write(tree->ready[1], "", 1);
	for (;;)
		if (fork() < 0)
			(void)sched_yield();
}

static void defuse(void *arg)
{
	struct tree tree = tree_new();
	struct rlimit before, limit;
	struct ph_process *process;
	pid_t root;

	(void)arg;
	must(getrlimit(RLIMIT_NPROC, &before));
	limit = before;
	limit.rlim_cur = BOMB;
	must(setrlimit(RLIMIT_NPROC, &limit));
	root = must(fork());
	if (root == 0) {
		(void)setsid();
		explode(&tree);
	}
	process = found(root);
	tree_await(&tree, 1);
	/* who has been killed counts until it is reaped: so many rounds and no more */
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), 0);
	tree_await_end(&tree);
	(void)reap_all();
	must(setrlimit(RLIMIT_NPROC, &before));
	process = ph_unref(process);
}

static void defuse_under_limit(void *arg)
{
	(void)arg;
	/* the limit is none for root */
	if (geteuid() == 0)
		become_nobody();
	in_own_pid_namespace(defuse, NULL);
}

TEST(a_bomb_that_the_limit_holds_is_defused)
{
	if (!finds_members())
		skip("members are found in /proc");
	in_a_child(defuse_under_limit, NULL);
}

struct gale {
	char path[PATH_MAX];
	_Atomic int *generation;
	/* a byte: it is in the cgroup */
	int go[2];
};

/* In the middle of them, and one of them. */
static _Noreturn void end_own_cgroup(const struct gale *gale)
{
	struct ph_process *self = found(getpid());
	char byte;

	(void)have_descriptors();
	if (read(gale->go[0], &byte, 1) != 1 || fork() == 0)
		run_away(gale->generation);
	while (atomic_load(gale->generation) < 10)
		(void)sched_yield();
	(void)ph_kill(self, SIGKILL, PH_CGROUP | PH_FORCE);
	_exit(EXIT_FAILURE);
}

static void expect_calm(void *arg)
{
	const struct gale *gale = arg;
	pid_t caller = must(fork());
	int status;

	if (caller == 0)
		end_own_cgroup(gale);
	enter(gale->path, caller);
	ck_assert_int_eq(write(gale->go[1], "", 1), 1);
	ck_assert_int_eq(waitpid(caller, &status, 0), caller);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	/* nobody was left when the caller was hit: what there is has ended */
	remove_cgroup(gale->path);
	(void)reap_all();
	ck_assert_int_lt(atomic_load(gale->generation), GENERATIONS);
}

TEST(a_storm_ends_with_the_cgroup_that_the_caller_is_in)
{
	struct gale gale = { .generation = mmap(NULL, sizeof(*gale.generation),
						PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
						-1, 0) };

	if (!finds_members())
		skip("members are found in /proc");
	ck_assert_ptr_ne(gale.generation, MAP_FAILED);
	find_cgroups(gale.path);
	must(pipe2(gale.go, O_CLOEXEC));
	in_own_pid_namespace(expect_calm, &gale);
	must(close(gale.go[0]));
	must(close(gale.go[1]));
	(void)munmap((void *)gale.generation, sizeof(*gale.generation));
}
