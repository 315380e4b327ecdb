/* SPDX-License-Identifier: MIT */

/* ph_self, ph_parent and ph_exists. */

#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"

TEST(self_is_the_calling_process)
{
	struct ph_process *process = NULL;

	ck_assert_int_eq(ph_self(&process), 0);
	ck_assert_int_eq(ph_pid(process), getpid());
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	expect_running(process, 0);
	process = ph_unref(process);
	ck_assert_int_eq(ph_self(NULL), -EINVAL);
}

TEST(self_without_a_free_descriptor_says_so)
{
	struct ph_process *process = (struct ph_process *)&process;
	struct rlimit before;
	int r;

	probe_first();
	before = descriptors_leave(0);
	r = ph_self(&process);
	descriptors_restore(before);
	ck_assert_int_eq(r, is_bare_here() ? 0 : -EMFILE);
	ck_assert_int_eq(!process, r < 0);
	process = ph_unref(process);
}

static void expect_self(void *arg)
{
	struct ph_process *process = NULL;

	(void)arg;
	ck_assert_int_eq(ph_self(&process), 0);
	ck_assert_int_eq(ph_pid(process), getpid());
	process = ph_unref(process);
}

TEST(self_in_a_forked_child_is_the_child)
{
	expect_self(NULL);
	in_a_child(expect_self, NULL);
}

static bool has_parents(void)
{
	return has(PH_FEATURE_PROC) || has(PH_FEATURE_PIDFD | PH_FEATURE_INFO);
}

static void need_parents(void)
{
	if (!has_parents())
		skip("the parent cannot be told in this configuration");
}

static void expect_no_parent(struct ph_process *of, int error)
{
	struct ph_process *process = (struct ph_process *)&process;

	ck_assert_int_eq(ph_parent(of, &process), error);
	ck_assert_ptr_null(process);
}

static void expect_parent_held(struct ph_process *of, pid_t pid, int guarantee)
{
	struct ph_process *process = NULL;

	ck_assert_int_eq(ph_parent(of, &process), 0);
	ck_assert_int_eq(ph_pid(process), pid);
	ck_assert_int_eq(ph_guarantee(process), guarantee);
	process = ph_unref(process);
}

static void expect_parent(struct ph_process *of, pid_t pid)
{
	expect_parent_held(of, pid, expected_guarantee());
}

TEST(parent_is_the_parent)
{
	struct foster foster = foster_start();
	struct ph_process *ward = found(foster.ward.pid), *parent = found(foster.pid);

	need_parents();
	expect_parent(ward, foster.pid);
	expect_parent(parent, getpid());
	/* a zombie has one too */
	foster_let_exit(&foster, 0);
	expect_parent(ward, foster.pid);
	ward = ph_unref(ward);
	parent = ph_unref(parent);
	foster_end(&foster);
}

TEST(parent_is_the_one_that_took_over)
{
	struct foster foster = foster_start();
	struct ph_process *ward = found(foster.ward.pid);

	need_parents();
	must(prctl(PR_SET_CHILD_SUBREAPER, 1));
	expect_parent(ward, foster.pid);
	/* the ward dies with its parent, and is left to the nearest subreaper */
	must(kill(foster.pid, SIGKILL));
	ck_assert_int_eq(waitpid(foster.pid, NULL, 0), foster.pid);
	expect_parent(ward, getpid());
	child_await_end(foster.ward.pid);
	expect_parent(ward, getpid());
	expect_end(ward, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	must(prctl(PR_SET_CHILD_SUBREAPER, 0));
	ward = ph_unref(ward);
	child_forget(&foster.ward);
	must(close(foster.ask));
	must(close(foster.answer));
}

TEST(parent_of_a_process_that_is_gone_is_an_error)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	/* with the bare number and without /proc nothing can be told at all */
	expect_no_parent(process, is_bare_here() ? -ENOTSUP : -ESRCH);
	process = ph_unref(process);
}

TEST(parent_that_cannot_be_told_is_not_supported)
{
	struct ph_process *process = found(getpid());

	set("pidfdinfo", "0");
	set("procfs", "0");
	/* a handle that exists keeps the directory that it has; a new one has none */
	if (!has(PH_FEATURE_PIDFD) && has(PH_FEATURE_PROC))
		expect_parent_held(process, getppid(), PH_UNCHECKED);
	else
		expect_no_parent(process, -ENOTSUP);
	process = ph_unref(process);
}

static void have_no_parent(void *arg)
{
	struct ph_process *process = found(getpid());

	(void)arg;
	ck_assert_int_eq(getpid(), 1);
	expect_no_parent(process, has_parents() ? -ENODATA : -ENOTSUP);
	process = ph_unref(process);
}

TEST(parent_outside_the_namespace_is_none)
{
	in_own_pid_namespace(have_no_parent, NULL);
}

TEST(parent_refuses_nonsense)
{
	struct ph_process *process = found(getpid());

	expect_no_parent(NULL, -EINVAL);
	ck_assert_int_eq(ph_parent(process, NULL), -EINVAL);
	process = ph_unref(process);
}

TEST(parent_without_a_free_descriptor_says_so)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct rlimit before;

	need_parents();
	before = descriptors_leave(0);
	expect_no_parent(process, -EMFILE);
	descriptors_restore(before);
	expect_parent(process, getpid());
	process = ph_unref(process);
	child_end(&child);
}

TEST(exists_refuses_what_is_no_pid)
{
	ck_assert_int_eq(ph_exists(0), -EINVAL);
	ck_assert_int_eq(ph_exists(-1), -EINVAL);
	ck_assert_int_eq(ph_exists(INT_MIN), -EINVAL);
}

TEST(exists_is_yes_for_the_living_and_for_zombies)
{
	struct child child = child_start();

	ck_assert_int_eq(ph_exists(getpid()), 1);
	ck_assert_int_eq(ph_exists(child.pid), 1);
	child_become_zombie(&child, 0);
	ck_assert_int_eq(ph_exists(child.pid), 1);
	(void)child_reap(&child);
	ck_assert_int_eq(ph_exists(child.pid), 0);
}

TEST(exists_is_no_for_what_is_not_there)
{
	ck_assert_int_eq(ph_exists(missing_pid()), 0);
	ck_assert_int_eq(ph_exists(INT_MAX), 0);
}

TEST(exists_tells_threads)
{
	struct idle_thread thread = idle_thread_start();

	/* only another system without /proc could not */
	ck_assert_int_eq(ph_exists(thread.id), PH_HAVE_PIDFD || has(PH_FEATURE_PROC) ? -ENOENT : 1);
	idle_thread_end(&thread);
}

static void exist_for_nobody(void *arg)
{
	pid_t pid = *(pid_t *)arg;

	become_nobody();
	must(kill(pid, 0) < 0 && errno == EPERM ? 0 : -1);
	ck_assert_int_eq(ph_exists(pid), 1);
}

TEST(exists_is_yes_without_the_right_to_signal)
{
	pid_t pid = getpid();

	in_a_child(exist_for_nobody, &pid);
}

TEST(exists_needs_no_descriptor)
{
	struct rlimit before = descriptors_leave(0);
	int here = ph_exists(getpid());

	descriptors_restore(before);
	ck_assert_int_eq(here, 1);
}

static volatile sig_atomic_t answers[2];
static pid_t absent;

static void ask(int signo)
{
	(void)signo;
	answers[0] = ph_exists(getpid());
	answers[1] = ph_exists(absent);
}

TEST(exists_may_be_asked_in_a_signal_handler)
{
	absent = missing_pid();
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = ask }, NULL));
	must(raise(SIGUSR1));
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
	ck_assert_int_eq(answers[0], 1);
	ck_assert_int_eq(answers[1], 0);
}
