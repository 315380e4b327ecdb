/* SPDX-License-Identifier: MIT */

/*
 * ph_spawn: one SIGCHLD for a child, and none for anything else. What has not
 * become the program is nobody's child but the library's.
 */

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "filter.h"
#include "spawn.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static _Atomic int caught;

static void catch (int signo)
{
	(void)signo;
	caught++;
}

static void catch_them(int flags)
{
	caught = 0;
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = catch, .sa_flags = flags },
		       NULL));
}

static void leave_them(void)
{
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
}

TEST(finding_out_about_the_kernel_sends_none)
{
	catch_them(0);
	(void)ph_features();
	ck_assert_int_eq(caught, 0);
	leave_them();
}

static void fail_in_some_ways(void)
{
	struct ph_spawn_options options = { .directory = "/nowhere" };
	int out = -1;

	expect_failure(SPAWNED("exit", "0"), &options, -ENOENT, PH_STEP_DIRECTORY, 0);
	options.directory = NULL;
	options.group = 4711471;
	options.out = PH_PIPE(&out);
	expect_failure(SPAWNED("exit", "0"), &options, -EPERM, PH_STEP_GROUP, 0);
	options.group = 0;
	options.executable = "/nowhere/at/all";
	expect_failure(SPAWNED("exit", "0"), &options, -ENOENT, PH_STEP_EXEC, 0);
	options.flags = PH_SPAWN_TRACED;
	expect_failure(SPAWNED("exit", "0"), &options, -ENOENT, PH_STEP_EXEC, 0);
	options.flags = PH_SPAWN_KILL_ON_UNREF | PH_SPAWN_NO_NEW_PRIVS;
	expect_failure(SPAWNED("exit", "0"), &options, -ENOENT, PH_STEP_EXEC, 0);
}

TEST(a_failure_sends_none)
{
	catch_them(0);
	fail_in_some_ways();
	ck_assert_int_eq(caught, 0);
	leave_them();
}

TEST(a_failure_without_options_leaves_no_more)
{
	char *const nowhere[] = { (char *)"/nowhere/at/all", NULL };
	char *const search[] = { (char *)"nowhere-at-all", NULL };

	catch_them(0);
	for (unsigned i = 1; i <= 3; i++) {
		struct ph_process *process = (struct ph_process *)&i;

		ck_assert_int_eq(ph_spawn(nowhere, NULL, &process), -ENOENT);
		ck_assert_ptr_null(process);
		process = (struct ph_process *)&i;
		ck_assert_int_eq(ph_spawn(search, NULL, &process), -ENOENT);
		ck_assert_ptr_null(process);
		ck_assert_uint_eq(metric("/prochandle/spawns/failed/exec:spawns"), 2UL * i);
	}
	ck_assert_int_eq(caught, 0);
	ck_assert_int_eq(wait(NULL), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_uint_eq(metric("/prochandle/spawns/made:spawns"), 0);
	leave_them();
}

TEST(a_failure_sends_none_where_the_kernel_reaps)
{
	catch_them(SA_NOCLDWAIT);
	fail_in_some_ways();
	ck_assert_int_eq(caught, 0);
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
	fail_in_some_ways();
	leave_them();
}

TEST(a_child_sends_one_whatever_else_was_asked_for)
{
	static const uint64_t flags[] = { 0, PH_SPAWN_KEEP_FDS, PH_SPAWN_NEW_SESSION,
					  PH_SPAWN_KILL_ON_UNREF };

	catch_them(0);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct ph_spawn_options options = { .flags = flags[i] };
		struct held held = hold(&options);

		ck_assert_int_eq(caught, (int)i);
		let_go(&held);
		ck_assert_int_eq(caught, (int)i + 1);
	}
	leave_them();
}

TEST(wait_sees_a_child_as_that_of_fork)
{
	struct ph_process *process = spawned(SPAWNED("exit", "3"), NULL);
	struct ph_exit record;
	int status = 0;

	ck_assert_int_eq(must(wait(&status)), ph_pid(process));
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	ck_assert_int_eq(ph_wait(process, -1, &record), 0);
	ck_assert_uint_eq(record.flags & ~(unsigned)PH_HAS_USAGE,
			  has(PH_FEATURE_PIDFD) || record.flags & PH_STOLEN ? PH_STOLEN : 0);
	process = ph_unref(process);
}

/* @arg: the call that kills the child */
static void be_killed_at(void *arg)
{
	const struct filter_rule rule = { .call = *(const int *)arg, .action = FILTER_KILL };
	struct ph_process *process = NULL;

	(void)ph_features();
	/* up to Linux 5.15 a core dump ends all who share its memory */
	must(prctl(PR_SET_DUMPABLE, 0));
	catch_them(0);
	if (filter_install(&rule, 1) < 0)
		skip("no seccomp filters here");
	expect_failure(SPAWNED("exit", "0"), &(struct ph_spawn_options){ 0 }, -ECANCELED,
		       PH_STEP_EXEC, 0);
	ck_assert_int_eq(ph_spawn(SPAWNED("exit", "0"), NULL, &process), -ECANCELED);
	ck_assert_ptr_null(process);
	ck_assert_int_eq(caught, 0);
	leave_them();
	/* for the harness, which compares */
	must(prctl(PR_SET_DUMPABLE, 1));
}

TEST(who_is_killed_on_the_way_is_no_child)
{
	int call = SYS_execve;

	in_a_child(be_killed_at, &call);
}

TEST(who_is_killed_before_there_is_a_handle_has_none)
{
	int call = SYS_pidfd_open;

	if (!has(PH_FEATURE_PIDFD | PH_FEATURE_VFORK) || has(PH_FEATURE_CLONE) ||
	    has(PH_FEATURE_CLONE3))
		skip("the child does not open its own pidfd");
	in_a_child(be_killed_at, &call);
}
