/* SPDX-License-Identifier: MIT */

/* Where numbers mean something else, and where /proc is not to be had. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"
#include "pidfd.h"

static void be_without_proc(void *arg)
{
	unsigned without = expected_features() & ~FILE_FEATURES;
	struct child child = child_start();
	struct ph_process *process;
	char id[PH_ID_SIZE];

	(void)arg;
	ck_assert_uint_eq(ph_features(), without);
	process = found(child.pid);
	ck_assert_int_eq(ph_guarantee(process),
			 has(PH_FEATURE_PIDFD) ? expected_guarantee() : PH_UNCHECKED);
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_INODE)) {
		/* the boot id is left out */
		ck_assert_int_gt(ph_id(process, id, sizeof(id)), 0);
		ck_assert_ptr_null(strchr(id, '@'));
	} else {
		ck_assert_int_eq(ph_id(process, id, sizeof(id)), -ENOTSUP);
	}
	ck_assert_int_eq(ph_kill(process, SIGUSR1, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGUSR1, PH_HAS_USAGE);
	ck_assert_int_eq(ph_kill(process, SIGUSR1, PH_ONE), -ESRCH);
	expect_not_found(child.pid, -ESRCH);
	process = ph_unref(process);
	child_forget(&child);
	ck_assert_uint_eq(metric("/prochandle/fallbacks/procfs:events"),
			  has(PH_FEATURE_PIDFD) ? 0 : has(PH_FEATURE_PROC));
}

TEST(without_proc_handles_do_what_they_can)
{
	without_proc(be_without_proc, NULL);
}

static void be_without_proc_but_with_threads(void *arg)
{
	struct idle_thread thread = idle_thread_start();

	(void)arg;
	if (!PH_HAVE_PIDFD)
		skip("another system could not tell a thread without /proc");
	expect_not_found(thread.id, -ENOENT);
	ck_assert_int_eq(ph_exists(thread.id), -ENOENT);
	idle_thread_end(&thread);
}

TEST(without_proc_threads_are_told_all_the_same)
{
	without_proc(be_without_proc_but_with_threads, NULL);
}

static void look_at_hidden(void *arg)
{
	pid_t hidden = *(pid_t *)arg;
	struct ph_process *process, *self;

	become_nobody();
	process = found(hidden);
	self = found(getpid());
	/* there is nothing to compare with; a pidfd needs nothing */
	ck_assert_int_eq(ph_guarantee(process),
			 has(PH_FEATURE_PIDFD) ? expected_guarantee() : PH_UNCHECKED);
	ck_assert_int_eq(ph_guarantee(self), expected_guarantee());
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -EPERM);
	ck_assert_int_eq(ph_exists(hidden), 1);
	expect_running(process, 0);
	process = ph_unref(process);
	self = ph_unref(self);
}

static void hide(void *arg)
{
	pid_t hidden = getpid();

	(void)arg;
	in_a_child(look_at_hidden, &hidden);
}

TEST(a_process_that_proc_hides_is_found)
{
	with_hidden_processes(hide, NULL);
}

static void have_foreign_proc(void *arg)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	(void)arg;
	/* it counts otherwise, and is not read */
	ck_assert_uint_eq(ph_features(), expected_features() & ~FILE_FEATURES);
	ck_assert_int_eq(ph_guarantee(process),
			 has(PH_FEATURE_PIDFD) ? expected_guarantee() : PH_UNCHECKED);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(the_proc_of_another_namespace_is_not_believed)
{
	in_own_pid_namespace_with_foreign_proc(have_foreign_proc, NULL);
}

static void adopt_from_outside(void *arg)
{
	struct ph_process *process = (struct ph_process *)&process;

	ck_assert_int_eq(ph_from_fd(*(int *)arg, &process),
			 has(PH_FEATURE_PIDFD) ? -EREMOTE : -ENOTSUP);
	ck_assert_ptr_null(process);
}

static void adopt_without_proc_from_outside(void *arg)
{
	struct ph_process *process = (struct ph_process *)&process;

	/* without /proc it takes a signal that is not sent to tell */
	ck_assert_int_eq(ph_from_fd(*(int *)arg, &process),
			 has(PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL) ? -EREMOTE : -ENOTSUP);
	ck_assert_ptr_null(process);
}

TEST(from_fd_of_a_process_outside_is_remote)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);

	in_own_pid_namespace(adopt_from_outside, &pidfd);
	in_own_pid_namespace_with_foreign_proc(adopt_without_proc_from_outside, &pidfd);
	must(close(pidfd));
	child_end(&child);
}

/*
 * The handle was made outside, where its number is that of a child. In here
 * the same number is a stranger's.
 */
static void signal_outside(void *arg)
{
	struct ph_process *process = arg;
	pid_t stranger = child_born_as(ph_pid(process));
	int runs = has(PH_FEATURE_PIDFD) ? -ETIMEDOUT : -EREMOTE;

	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -EREMOTE);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -EREMOTE);
	ck_assert_int_eq(ph_queue(process, SIGKILL, 0), -EREMOTE);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -EREMOTE);
	ck_assert(is_running(stranger));
	/* by a pidfd it is seen to run; that the stranger ends does not count */
	must(kill(stranger, SIGKILL));
	child_await_end(stranger);
	ck_assert_int_eq(ph_wait(process, 0, NULL), runs);
	ck_assert_int_eq(waitpid(stranger, NULL, 0), stranger);
	ck_assert_int_eq(ph_wait(process, 5, NULL), runs);
}

TEST(a_signal_to_a_process_outside_reaches_nobody)
{
	struct child child = child_start_leader();
	struct ph_process *process = found(child.pid);

	if (is_bare_here())
		skip("a bare number is whoever has it");
	in_own_pid_namespace(signal_outside, process);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
}

static void signal_group_of_member_outside(void *arg)
{
	struct ph_process *process = arg;
	pid_t stranger = child_born_as(ph_pid(process));

	must(setpgid(stranger, 0));
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -EREMOTE);
	ck_assert(is_running(stranger));
	must(kill(stranger, SIGKILL));
	ck_assert_int_eq(waitpid(stranger, NULL, 0), stranger);
}

TEST(a_signal_to_the_group_of_a_member_outside_reaches_nobody)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *process = found(member.pid);

	if (is_bare_here())
		skip("a bare number is whoever has it");
	in_own_pid_namespace(signal_group_of_member_outside, process);
	ck_assert(is_running(leader.pid) && is_running(member.pid));
	process = ph_unref(process);
	child_end(&leader);
	child_end(&member);
}

static void learn_of_end_outside(void *arg)
{
	struct ph_process *process = arg;

	/* it runs as long as the byte is not there */
	expect_running(process, 0);
}

TEST(the_end_of_a_process_outside_can_be_waited_for)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	if (!has(PH_FEATURE_PIDFD))
		skip("only a pidfd reaches out of a namespace");
	in_own_pid_namespace(learn_of_end_outside, process);
	process = ph_unref(process);
	child_end(&child);
}

static void find_self_by_inode(void *arg)
{
	struct ph_process *process = NULL, *self = found(getpid());
	char id[PH_ID_SIZE], inode[PH_ID_SIZE];

	(void)arg;
	ck_assert_int_gt(ph_id(self, id, sizeof(id)), 0);
	(void)snprintf(inode, sizeof(inode), "%s", strchr(id, ':'));
	inode[strcspn(inode, "@")] = '\0';
	ck_assert_int_eq(ph_find_id(inode, &process), 0);
	/* the number is the one of this namespace */
	ck_assert_int_eq(ph_pid(process), getpid());
	ck_assert_int_eq(ph_same(process, self), 1);
	process = ph_unref(process);
	self = ph_unref(self);
}

TEST(an_inode_finds_the_process_from_inside_its_namespace)
{
	if (!has(PH_FEATURE_PIDFD | PH_FEATURE_INODE) ||
	    !(has(PH_FEATURE_HANDLE) || has(PH_FEATURE_PROC)))
		skip("no process can be looked up by its inode here");
	in_own_pid_namespace(find_self_by_inode, NULL);
}

static void miss_outside(void *arg)
{
	struct ph_process *process;

	ck_assert_int_eq(ph_find_id(arg, &process), -ESRCH);
	ck_assert_ptr_null(process);
}

TEST(an_inode_outside_the_namespace_is_not_found)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	char id[PH_ID_SIZE], inode[PH_ID_SIZE];

	if (!has(PH_FEATURE_PIDFD | PH_FEATURE_INODE) ||
	    !(has(PH_FEATURE_HANDLE) || has(PH_FEATURE_PROC)))
		skip("no process can be looked up by its inode here");
	ck_assert_int_gt(ph_id(process, id, sizeof(id)), 0);
	(void)snprintf(inode, sizeof(inode), "%s", strchr(id, ':'));
	inode[strcspn(inode, "@")] = '\0';
	in_own_pid_namespace(miss_outside, inode);
	process = ph_unref(process);
	child_end(&child);
}
