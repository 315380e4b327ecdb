/* SPDX-License-Identifier: MIT */

/* Sessions, trees and what is below a process: who is reached, and who is not. */

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>

#include "scope.h"

enum role {
	ROOT,
	PLAIN,
	GRANDCHILD,
	SESSION,
	ORPHAN,
	DEAF_ORPHAN,
	NOHUP,
	ALL,
};

static void fork_child(const struct tree *tree, int role)
{
	if (fork() != 0)
		return;
	if (role == SESSION)
		(void)setsid();
	if (role == NOHUP)
		(void)signal(SIGHUP, SIG_IGN);
	if (role == PLAIN && fork() == 0)
		stay(tree, GRANDCHILD);
	stay(tree, role);
}

/* Its parent has ended when it says that it is ready. */
static void fork_orphan(const struct tree *tree, int role)
{
	pid_t between = fork();

	if (between == 0) {
		if (fork() > 0)
			_exit(0);
		while (getppid() != 1)
			(void)sched_yield();
		/* nothing but the session says where it comes from */
		if (role == ORPHAN)
			(void)setpgid(0, 0);
		if (role == DEAF_ORPHAN) {
			(void)signal(SIGTERM, SIG_IGN);
			(void)signal(SIGHUP, SIG_IGN);
		}
		stay(tree, role);
	}
	(void)waitpid(between, NULL, 0);
}

enum leads { NOTHING, A_GROUP, A_SESSION };

/* Five kinds of descendants, of a process that leads a session or does not. */
static struct ph_process *start_tree(const struct tree *tree, enum leads leads)
{
	pid_t root = must(fork());

	if (root == 0) {
		if (leads == A_SESSION)
			(void)setsid();
		else if (leads == A_GROUP)
			(void)setpgid(0, 0);
		fork_child(tree, PLAIN);
		fork_child(tree, SESSION);
		fork_child(tree, NOHUP);
		fork_orphan(tree, ORPHAN);
		fork_orphan(tree, DEAF_ORPHAN);
		stay(tree, ROOT);
	}
	tree_await(tree, ALL);
	return found(root);
}

static void kill_tree(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process = start_tree(&tree, A_SESSION);

	(void)arg;
	if (!finds_members()) {
		ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), -ENOTSUP);
		ck_assert(runs(tree.pids[ROOT]));
		process = ph_unref(process);
		tree_end(&tree, ALL);
		return;
	}
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), 0);
	tree_await_end(&tree);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), 0);
	(void)reap_all();
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), -ESRCH);
	process = ph_unref(process);
}

TEST(a_tree_kill_leaves_none_of_five_kinds_of_descendants)
{
	in_own_pid_namespace(kill_tree, NULL);
}

/* Returns once it has ended. */
static void expect_killed(pid_t pid)
{
	child_await_end(pid);
}

static void kill_rootless(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process = start_tree(&tree, NOTHING);

	(void)arg;
	if (!finds_members())
		skip("members are found in /proc");
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), 0);
	expect_killed(tree.pids[ROOT]);
	/* left before, and no number says where they come from */
	ck_assert(runs(tree.pids[ORPHAN]));
	ck_assert(runs(tree.pids[DEAF_ORPHAN]));
	/* adopted now */
	expect_killed(tree.pids[SESSION]);
	expect_killed(tree.pids[NOHUP]);
	expect_killed(tree.pids[PLAIN]);
	expect_killed(tree.pids[GRANDCHILD]);
	process = ph_unref(process);
	tree_end(&tree, ALL);
}

TEST(a_tree_that_leads_nothing_is_what_hangs_together)
{
	in_own_pid_namespace(kill_rootless, NULL);
}

static void kill_leader(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process = start_tree(&tree, A_GROUP);

	(void)arg;
	if (!finds_members())
		skip("members are found in /proc");
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), 0);
	expect_killed(tree.pids[ROOT]);
	expect_killed(tree.pids[DEAF_ORPHAN]);
	/* adopted now, one after the other */
	expect_killed(tree.pids[SESSION]);
	expect_killed(tree.pids[PLAIN]);
	expect_killed(tree.pids[GRANDCHILD]);
	/* in the session of the root, which is not the root's own */
	ck_assert(runs(tree.pids[ORPHAN]));
	process = ph_unref(process);
	tree_end(&tree, ALL);
}

TEST(a_tree_that_leads_a_group_has_its_members_wherever_they_hang)
{
	in_own_pid_namespace(kill_leader, NULL);
}

static void kill_below(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process = start_tree(&tree, A_SESSION);

	(void)arg;
	if (!finds_members())
		skip("members are found in /proc");
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_DESCENDANTS), 0);
	ck_assert(runs(tree.pids[ROOT]));
	ck_assert(runs(tree.pids[ORPHAN]));
	must(kill(tree.pids[ORPHAN], SIGKILL));
	must(kill(tree.pids[DEAF_ORPHAN], SIGKILL));
	must(kill(tree.pids[ROOT], SIGKILL));
	tree_await_end(&tree);
	(void)reap_all();
	process = ph_unref(process);
}

TEST(descendants_are_what_is_below_and_not_the_process)
{
	in_own_pid_namespace(kill_below, NULL);
}

TEST(nothing_below_is_nobody_to_signal)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_DESCENDANTS),
			 finds_members() ? -ESRCH : -ENOTSUP);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
}

static void kill_session(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process = start_tree(&tree, A_SESSION);
	struct ph_process *member = found(tree.pids[GRANDCHILD]);

	(void)arg;
	if (!finds_members()) {
		ck_assert_int_eq(ph_kill(member, SIGKILL, PH_SESSION), -ENOTSUP);
	} else {
		ck_assert_int_eq(ph_kill(member, SIGKILL, PH_SESSION), 0);
		expect_killed(tree.pids[ROOT]);
		expect_killed(tree.pids[ORPHAN]);
		expect_killed(tree.pids[DEAF_ORPHAN]);
		expect_killed(tree.pids[PLAIN]);
		ck_assert(runs(tree.pids[SESSION]));
	}
	member = ph_unref(member);
	process = ph_unref(process);
	tree_end(&tree, ALL);
}

TEST(a_session_is_reached_through_any_member_and_others_are_spared)
{
	in_own_pid_namespace(kill_session, NULL);
}

static void count_signals(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process = start_tree(&tree, A_SESSION);
	uint64_t before = metric("/prochandle/signals/sent:signals");

	(void)arg;
	if (!finds_members())
		skip("members are found in /proc");
	ck_assert_int_eq(ph_kill(process, 0, PH_TREE), 0);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals") - before, ALL);
	for (int i = 0; i < ALL; i++)
		ck_assert(runs(tree.pids[i]));
	process = ph_unref(process);
	tree_end(&tree, ALL);
}

TEST(each_member_gets_the_signal_once)
{
	in_own_pid_namespace(count_signals, NULL);
}

static void run_out(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process = start_tree(&tree, A_SESSION);
	int r = -EMFILE;

	(void)arg;
	if (!finds_members())
		skip("members are found in /proc");
	probe_first();
	for (int free = 0; r == -EMFILE; free++) {
		struct rlimit before = descriptors_leave(free);

		r = ph_kill(process, SIGKILL, PH_TREE);
		descriptors_restore(before);
		for (int i = 0; r == -EMFILE && i < ALL; i++)
			ck_assert(runs(tree.pids[i]));
		ck_assert_int_lt(free, 100);
		if (free < ALL - 1)
			ck_assert_int_eq(r, -EMFILE);
	}
	ck_assert_int_eq(r, 0);
	tree_await_end(&tree);
	(void)reap_all();
	process = ph_unref(process);
}

TEST(a_descriptor_table_that_is_full_in_the_middle_signals_nobody)
{
	not_in_valgrind("has descriptors of its own");
	in_own_pid_namespace(run_out, NULL);
}

static void *fork_from_thread(void *arg)
{
	if (fork() == 0)
		stay(arg, PLAIN);
	for (;;)
		pause();
}

static void kill_threads_child(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process;
	pid_t root = must(fork());
	pthread_t thread;

	(void)arg;
	if (root == 0) {
		if (pthread_create(&thread, NULL, fork_from_thread, &tree) != 0)
			_exit(EXIT_FAILURE);
		stay(&tree, ROOT);
	}
	tree_await(&tree, 2);
	process = found(root);
	if (!finds_members())
		skip("members are found in /proc");
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), 0);
	tree_await_end(&tree);
	(void)reap_all();
	process = ph_unref(process);
}

TEST(children_of_other_threads_belong_to_the_tree)
{
	in_own_pid_namespace(kill_threads_child, NULL);
}

TEST(a_subreaper_is_one_when_it_is_told_to)
{
	ck_assert_int_eq(ph_subreaper(-1), 0);
	ck_assert_int_eq(ph_subreaper(1), 0);
	ck_assert_int_eq(ph_subreaper(-1), 1);
	ck_assert_int_eq(ph_subreaper(1), 1);
	ck_assert_int_eq(ph_subreaper(0), 1);
	ck_assert_int_eq(ph_subreaper(-1), 0);
	ck_assert_int_eq(ph_subreaper(2), -EINVAL);
	ck_assert_int_eq(ph_subreaper(-2), -EINVAL);
}
