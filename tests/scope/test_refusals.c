/* SPDX-License-Identifier: MIT */

/* The caller, those above it and process 1: not by accident, and then last. */

#include "scope.h"

enum { ROOT, OWN, OTHERS, BYSTANDER };

static const int scopes[] = { PH_SESSION, PH_TREE };

static void expect_refused(struct ph_process *process, int scope)
{
	/* a session that began outside of the pid namespace has no number in it */
	bool has_number = scope != PH_SESSION || getsid(0) != 0;

	ck_assert_int_eq(ph_kill(process, SIGKILL, scope),
			 finds_members() && has_number ? -EDEADLK : -ENOTSUP);
}

TEST(the_own_session_and_tree_are_refused)
{
	struct child child = child_start();
	struct ph_process *self = found(getpid()), *parent = found(getppid());

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		expect_refused(self, scopes[i]);
	expect_refused(parent, PH_TREE);
	expect_refused(parent, PH_DESCENDANTS);
	ck_assert(is_running(child.pid));
	self = ph_unref(self);
	parent = ph_unref(parent);
	child_end(&child);
}

TEST(the_own_group_is_refused_unless_forced)
{
	struct ph_process *self = found(getpid());

	ck_assert_int_eq(ph_kill(self, 0, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(self, 0, PH_GROUP | PH_FORCE), 0);
	self = ph_unref(self);
}

static void ask_below_first(void *arg)
{
	struct ph_process *first = found(1);

	(void)arg;
	expect_refused(first, PH_TREE);
	expect_refused(first, PH_DESCENDANTS);
	first = ph_unref(first);
}

static void ask_first(void *arg)
{
	(void)arg;
	in_a_child(ask_below_first, NULL);
}

TEST(process_1_is_refused)
{
	in_own_pid_namespace(ask_first, NULL);
}

TEST(what_the_caller_started_needs_no_force)
{
	struct child child = child_start();
	struct ph_process *self = found(getpid()), *process = found(child.pid);

	if (!finds_members())
		skip("members are found in /proc");
	ck_assert_int_eq(ph_kill(self, SIGKILL, PH_DESCENDANTS), 0);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	self = ph_unref(self);
	process = ph_unref(process);
	child_forget(&child);
}

static pid_t other;

/* Whoever is signalled before it waits here for ever. */
static void await_other(int signo)
{
	siginfo_t info;

	(void)signo;
	if (waitid(P_PID, (id_t)other, &info, WEXITED | WNOWAIT) < 0)
		_exit(2);
}

static void signal_all(const struct tree *tree, int scope)
{
	struct ph_process *self = found(getpid());
	int r;

	other = must(fork());
	if (other == 0)
		stay(tree, BYSTANDER);
	tree_await(tree, 1);
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = await_other }, NULL));
	r = ph_kill(self, SIGUSR1, scope | PH_FORCE);
	if (r == 0)
		r = ph_kill(self, SIGKILL, scope | PH_FORCE);
	/* not reached, where there are members to be found */
	_exit(r == -ENOTSUP && !finds_members() ? 3 : 4);
}

static void force(void *arg)
{
	struct tree tree = tree_new();
	pid_t caller = must(fork());
	int status;

	if (caller == 0) {
		(void)setsid();
		signal_all(&tree, *(const int *)arg);
	}
	ck_assert_int_eq(waitpid(caller, &status, 0), caller);
	if (finds_members()) {
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	} else {
		ck_assert_int_eq(WEXITSTATUS(status), 3);
	}
	tree_end(&tree, ROLES);
}

TEST(with_force_the_caller_is_signalled_last)
{
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		in_own_pid_namespace(force, (void *)&scopes[i]);
}

static void ask_as_nobody(void *arg)
{
	struct ph_process *process = found(*(const pid_t *)arg);

	probe_first();
	become_nobody();
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), finds_members() ? -EPERM : -ENOTSUP);
	process = ph_unref(process);
}

TEST(what_may_not_be_signalled_says_so)
{
	struct child child = child_start();

	in_a_child(ask_as_nobody, &child.pid);
	ck_assert(is_running(child.pid));
	child_end(&child);
}

/* The first of them, in the first of all pid namespaces. */
static void need_kernel_thread(void)
{
	char name[16] = "";
	int fd = open("/proc/2/comm", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		must(read(fd, name, sizeof(name) - 1));
		must(close(fd));
	}
	if (strcmp(name, "kthreadd\n") != 0)
		skip("no threads of the kernel are to be seen here");
}

TEST(a_kernel_thread_has_no_scope)
{
	static const int some[] = { PH_SESSION, PH_TREE, PH_DESCENDANTS, PH_CGROUP };
	struct ph_process *process;

	need_kernel_thread();
	process = found(2);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		ck_assert_int_eq(ph_kill(process, SIGKILL, some[i] | PH_FORCE),
				 finds_members() ? -EPERM : -ENOTSUP);
	process = ph_unref(process);
}

/* A tree of nobody's, but for one who is root. */
static _Noreturn void grow_mixed(const struct tree *tree)
{
	if (fork() == 0)
		stay(tree, OTHERS);
	if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(EXIT_FAILURE);
	if (fork() == 0)
		stay(tree, OWN);
	stay(tree, ROOT);
}

static void kill_as_nobody(void *arg)
{
	become_nobody();
	ck_assert_int_eq(ph_kill(arg, SIGKILL, PH_TREE), finds_members() ? -EPERM : -ENOTSUP);
}

/* Somebody who is root in a user namespace of his own has but one there. */
static void need_two_users(void)
{
	pid_t pid = must(fork());
	int status;

	if (pid == 0)
		_exit(setgid(NOBODY) < 0 || setuid(NOBODY) < 0);
	must(waitpid(pid, &status, 0));
	if (status != 0)
		skip("needs two users");
}

static void have_mixed(void *arg)
{
	struct tree tree = tree_new();
	struct ph_process *process;
	pid_t root;

	(void)arg;
	need_two_users();
	root = must(fork());
	if (root == 0)
		grow_mixed(&tree);
	tree_await(&tree, 3);
	process = found(root);
	in_a_child(kill_as_nobody, process);
	if (finds_members()) {
		child_await_end(root);
		child_await_end(tree.pids[OWN]);
	}
	ck_assert(runs(tree.pids[OTHERS]));
	process = ph_unref(process);
	tree_end(&tree, ROLES);
}

TEST(a_member_that_may_not_be_signalled_spares_no_other)
{
	in_own_pid_namespace(have_mixed, NULL);
}

/* The handle was made outside, where its number is somebody else's. */
static void ask_from_inside(void *arg)
{
	static const int some[] = { PH_SESSION, PH_TREE, PH_DESCENDANTS, PH_CGROUP };
	struct ph_process *process = arg;
	pid_t stranger = child_born_as(ph_pid(process));

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		ck_assert_int_eq(ph_kill(process, SIGKILL, some[i]),
				 finds_members() ? -EREMOTE : -ENOTSUP);
	ck_assert_int_eq(ph_cgroup_fd(process), finds_members() ? -EREMOTE : -ENOTSUP);
	ck_assert(is_running(stranger));
	must(kill(stranger, SIGKILL));
	ck_assert_int_eq(waitpid(stranger, NULL, 0), stranger);
}

TEST(a_process_outside_the_namespace_has_no_scope)
{
	struct child child = child_start_leader();
	struct ph_process *process = found(child.pid);

	in_own_pid_namespace(ask_from_inside, process);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
}

TEST(nobody_has_no_scope)
{
	ck_assert_int_eq(ph_kill(NULL, SIGKILL, PH_TREE), -EINVAL);
	ck_assert_int_eq(ph_cgroup_fd(NULL), -EINVAL);
}
