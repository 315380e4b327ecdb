/* SPDX-License-Identifier: MIT */

/*
 * A handle in a process that inherited it: it names the same process, also in
 * a pid namespace where the number is a stranger's.
 */

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"
#include "pidfd.h"

enum {
	NUMBER = 4242,
	OTHER_NUMBER = 4243,
};

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void need_identity(void)
{
	if (is_bare_here())
		skip("a bare number is whoever has it");
}

/*
 * fork(2), with a number that is chosen in the namespace of the child, and in
 * the next one outside.
 */
static pid_t fork_as(int namespaces, pid_t inside, pid_t outside)
{
	pid_t numbers[] = { inside, outside };
	/* struct clone_args: exit_signal is the fifth, set_tid the ninth */
	uint64_t args[10] = {
		[0] = (uint64_t)namespaces,
		[4] = SIGCHLD,
		[8] = (uintptr_t)numbers,
		[9] = 2,
	};
	long r = syscall(SYS_clone3, args, sizeof(args));

	if (r < 0 && (errno == ENOSYS || errno == EPERM || errno == E2BIG))
		skip("no clone3 with set_tid here: %s", strerror(errno));
	must(r);
	if (r == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return (pid_t)r;
}

/* The first process of a namespace, in the group of the caller. It pauses. */
static pid_t container_start(void)
{
	pid_t pid = fork_as(CLONE_NEWPID, 1, NUMBER);

	if (pid == 0)
		for (;;)
			(void)pause();
	return pid;
}

/* The children of the calling process are born where that process is. */
static void enter_namespace_of(pid_t pid)
{
	int pidfd = raw_pidfd_open(pid, 0);

	if (pidfd < 0 || setns(pidfd, CLONE_NEWPID) < 0)
		skip("no namespace to be entered by pidfd here: %s", strerror(errno));
	must(close(pidfd));
}

static void meet_stranger_in_a_group(void *arg)
{
	struct ph_process *process = arg;
	pid_t stranger = child_born_as(NUMBER);
	bool can_tell = !has(PH_FEATURE_PIDFD) || has(PH_FEATURE_INFO);

	must(setpgid(stranger, 0));
	/* here it has another number, and where that cannot be told it has none */
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), can_tell ? -EREMOTE : -ENOTSUP);
	ck_assert(is_running(stranger));
	end(stranger);
}

static void enter_with_handle(void *arg)
{
	enter_namespace_of(NUMBER);
	in_a_child(meet_stranger_in_a_group, arg);
}

static void have_a_container(void *arg)
{
	pid_t first = container_start();
	struct ph_process *process = found(first);

	(void)arg;
	in_a_child(enter_with_handle, process);
	ck_assert(is_running(first));
	end(first);
	process = ph_unref(process);
}

TEST(in_the_namespace_of_the_process_its_outer_number_is_not_believed)
{
	need_identity();
	in_own_pid_namespace(have_a_container, NULL);
}

static void compare_with_stranger(void *arg)
{
	struct ph_process *process = arg, *parent = NULL, *other;
	pid_t stranger = child_born_as(ph_pid(process));
	char id[PH_ID_SIZE], others[PH_ID_SIZE];

	other = found(stranger);
	ck_assert_int_gt(ph_id(other, others, sizeof(others)), 0);
	/* what was not read outside cannot be read here, and ticks are 10 ms long */
	if (ph_id(process, id, sizeof(id)) > 0 && has(PH_FEATURE_INODE))
		ck_assert_str_ne(id, others);
	ck_assert_int_ne(ph_same(process, other), 1);
	ck_assert_int_ne(ph_same(other, process), 1);
	ck_assert_int_eq(ph_parent(process, &parent), -EREMOTE);
	ck_assert_ptr_null(parent);
	other = ph_unref(other);
	end(stranger);
}

TEST(outside_the_namespace_of_the_process_it_is_not_taken_for_a_stranger)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	need_identity();
	in_own_pid_namespace(compare_with_stranger, process);
	process = ph_unref(process);
	child_end(&child);
}

static void leave_stranger_to_its_parent(void *arg)
{
	struct ph_process *process = arg;
	pid_t stranger = child_born_as_exiting(ph_pid(process), 42);
	struct ph_exit record;
	int status;

	child_await_end(stranger);
	/* a pidfd tells that it runs, also from here */
	for (int timeout = 0; timeout < 10; timeout += 5)
		ck_assert_int_eq(ph_wait(process, timeout, &record),
				 has(PH_FEATURE_PIDFD) ? -ETIMEDOUT : -EREMOTE);
	ck_assert_int_eq(waitpid(stranger, &status, 0), stranger);
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}

TEST(a_wait_in_another_namespace_leaves_strangers_to_their_parents)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	need_identity();
	/* seen to be a child, out here */
	expect_running(process, 0);
	in_own_pid_namespace(leave_stranger_to_its_parent, process);
	in_own_pid_namespace_with_foreign_proc(leave_stranger_to_its_parent, process);
	child_exit(&child, 6);
	expect_end(process, -1, PH_EXITED, 6, PH_HAS_USAGE);
	process = ph_unref(process);
}

/*
 * The /proc here is that of the namespace outside, and says so only to who
 * looks closely: this process has one number in both.
 */
static void be_the_same_number_twice(void)
{
	pid_t pid = child_born_as(OTHER_NUMBER);
	struct ph_process *process, *parent = NULL;

	ck_assert_int_eq(getpid(), NUMBER);
	ck_assert_uint_eq(ph_features(), expected_features() & ~FILE_FEATURES);
	process = found(pid);
	ck_assert_int_eq(ph_guarantee(process),
			 has(PH_FEATURE_PIDFD) ? expected_guarantee() : PH_UNCHECKED);
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_INFO)) {
		ck_assert_int_eq(ph_parent(process, &parent), 0);
		ck_assert_int_eq(ph_pid(parent), NUMBER);
		parent = ph_unref(parent);
	} else {
		ck_assert_int_eq(ph_parent(process, &parent), -ENOTSUP);
	}
	/* that of the bystander outside runs on */
	end(pid);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -ESRCH);
	ck_assert_int_eq(ph_wait(process, 0, NULL), 0);
	process = ph_unref(process);
}

/* So many that what the kernel says of a process has its numbers far behind. */
static void join_many_groups(void)
{
	gid_t groups[1000];

	for (gid_t i = 0; i < 1000; i++)
		groups[i] = 1000000 + i;
	if (setgroups(1000, groups) < 0)
		skip("no groups to be joined here: %s", strerror(errno));
}

static void enter_with_one_number(void *arg)
{
	pid_t pid;
	int status;

	enter_namespace_of(*(pid_t *)arg);
	pid = fork_as(0, NUMBER, NUMBER);
	if (pid == 0) {
		be_the_same_number_twice();
		_exit(EXIT_SUCCESS);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* it has said why */
	if (status != 0)
		_exit(EXIT_FAILURE);
}

static void have_a_bystander(void *arg)
{
	pid_t first, bystander = child_born_as(OTHER_NUMBER);

	(void)arg;
	first = fork_as(CLONE_NEWPID, 1, OTHER_NUMBER + 1);
	if (first == 0)
		for (;;)
			(void)pause();
	in_a_child(enter_with_one_number, &first);
	ck_assert(is_running(bystander));
	end(first);
	end(bystander);
}

TEST(the_proc_outside_is_not_believed_where_the_own_number_is_the_same)
{
	in_own_pid_namespace(have_a_bystander, NULL);
}

static void join_groups_beside_a_bystander(void *arg)
{
	join_many_groups();
	have_a_bystander(arg);
}

TEST(the_proc_outside_is_not_believed_by_who_is_in_many_groups)
{
	in_own_pid_namespace(join_groups_beside_a_bystander, NULL);
}

static void wait_for_the_child_of_the_parent(void *arg)
{
	if (tells_after_reap())
		expect_end(arg, -1, PH_EXITED, 14, PH_FOREIGN);
	else
		expect_end(arg, -1, PH_UNKNOWN, 0, PH_FOREIGN);
}

/* Not stolen: it never was a child of that process. */
TEST(in_a_forked_child_the_child_of_the_parent_is_foreign_after_its_reap)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	/* seen to be a child, by the parent */
	expect_running(process, 0);
	child_become_zombie(&child, 14);
	ck_assert_int_eq(child_reap(&child), 14 << 8);
	in_a_child(wait_for_the_child_of_the_parent, process);
	expect_end(process, -1, tells_after_reap() ? PH_EXITED : PH_UNKNOWN,
		   tells_after_reap() ? 14 : 0, PH_STOLEN);
	process = ph_unref(process);
}
