/* SPDX-License-Identifier: MIT */

/* What happens between a look and a signal. */

#include "scope.h"

#include "handle/backend.h"
#include "handle/members_list.h"

enum { NUMBER = 4242 };

static void need_identity(void)
{
	if (!finds_members())
		skip("members are found in /proc");
}

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void reuse_number(void *arg)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	struct ph_process *self = found(getpid());
	pid_t pid = child_born_as(NUMBER);

	(void)arg;
	ph_members_begin(&members, self, PH_DESCENDANTS);
	ck_assert_int_eq(ph_members_look(&members), 1);
	ck_assert_int_eq(members.list[0].process->pid, NUMBER);
	ck_assert_int_eq(ph_members_look(&members), 0);
	end(pid);
	pid = child_born_as(NUMBER);
	ck_assert_int_eq(members.list[0].process->backend->kill(members.list[0].process, SIGKILL),
			 -ESRCH);
	ck_assert(is_running(pid));
	/* it is a child as well: a member of its own, and after it nobody is new */
	ck_assert_int_eq(ph_members_look(&members), 1);
	ck_assert_ptr_ne(members.list[1].process, members.list[0].process);
	ck_assert_int_eq(ph_members_look(&members), 0);
	end(pid);
	ck_assert_int_eq(ph_members_look(&members), 0);
	self = ph_unref(self);
}

TEST(a_number_that_comes_back_is_somebody_else)
{
	need_identity();
	in_own_pid_namespace(reuse_number, NULL);
}

static void run_off(const struct tree *tree, int role, int order)
{
	char byte;

	if (fork() > 0)
		return;
	tree->pids[role] = getpid();
	(void)write(tree->ready[1], "", 1);
	/* told to: changes what can be changed, and has a child then */
	if (read(order, &byte, 1) == 1) {
		(void)setsid();
		if (fork() == 0)
			stay(tree, role + 1);
	}
	(void)write(tree->ready[1], "", 1);
	for (;;)
		pause();
}

static void change(void *arg)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	struct tree tree = tree_new();
	struct ph_process *process;
	int order[2];
	pid_t root;

	(void)arg;
	must(pipe2(order, O_CLOEXEC));
	root = must(fork());
	if (root == 0) {
		(void)setsid();
		run_off(&tree, 1, order[0]);
		stay(&tree, 0);
	}
	tree_await(&tree, 2);
	process = found(root);
	ph_members_begin(&members, process, PH_TREE);
	ck_assert_int_eq(ph_members_look(&members), 2);
	/* parents first */
	ck_assert_int_eq(members.list[0].process->pid, root);
	/* the root ends and is reaped, the other leaves its session: neither is lost */
	end(root);
	ck_assert_int_eq(write(order[1], "", 1), 1);
	tree_await(&tree, 2);
	ck_assert_int_eq(ph_members_look(&members), 1);
	ck_assert_int_eq(members.count, 3);
	ck_assert_int_eq(members.list[2].process->pid, tree.pids[2]);
	ck_assert_int_eq(ph_members_look(&members), 0);
	must(close(order[0]));
	must(close(order[1]));
	process = ph_unref(process);
	tree_end(&tree, 3);
}

TEST(a_member_that_changes_its_session_stays_one_with_its_children)
{
	need_identity();
	in_own_pid_namespace(change, NULL);
}

/* What a user says who has killed all of them. */
static void say_killed(struct ph_members *members)
{
	for (size_t i = 0; i < members->count; i++)
		members->list[i].is_killed = true;
}

/* A tree that is said to be killed, and then told to have some more. */
struct told {
	void (*start)(const struct tree *tree, int order);
	int scope;
	/* members at first, and how many say that they are there after the order */
	int members;
	int ready;
	/* so many of them are to be found */
	int found;
};

static void look_after_order(void *arg)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	const struct told *told = arg;
	struct tree tree = tree_new();
	struct ph_process *process;
	int order[2];
	pid_t root;

	must(pipe2(order, O_CLOEXEC));
	root = must(fork());
	if (root == 0)
		told->start(&tree, order[0]);
	tree_await(&tree, told->members);
	process = found(root);
	ph_members_begin(&members, process, told->scope);
	ck_assert_int_eq(ph_members_look(&members), told->members);
	say_killed(&members);
	ck_assert_int_eq(ph_members_look(&members), 0);
	ck_assert_int_eq(write(order[1], "", 1), 1);
	tree_await(&tree, told->ready);
	ck_assert_int_eq(ph_members_look(&members), told->found);
	must(close(order[0]));
	must(close(order[1]));
	process = ph_unref(process);
	tree_end(&tree, ROLES);
}

static void start_runaway(const struct tree *tree, int order)
{
	run_off(tree, 1, order);
	stay(tree, 0);
}

/* That they were killed was a lie, which shows who has not been looked for. */
TEST(below_those_who_were_killed_nobody_is_looked_for_twice)
{
	struct told told = {
		.start = start_runaway,
		.scope = PH_TREE,
		.members = 2,
		.ready = 2,
	};

	need_identity();
	in_own_pid_namespace(look_after_order, &told);
}

/* A service and, when it is told to, another one with a worker. */
static void start_services(const struct tree *tree, int order)
{
	char byte;

	if (fork() == 0)
		stay(tree, 1);
	if (read(order, &byte, 1) == 1 && fork() == 0) {
		if (fork() == 0)
			stay(tree, 3);
		stay(tree, 2);
	}
	stay(tree, 0);
}

TEST(whom_a_root_starts_that_was_not_killed_is_looked_below)
{
	struct told told = {
		.start = start_services,
		.scope = PH_DESCENDANTS,
		.members = 1,
		.ready = 3,
		.found = 2,
	};

	need_identity();
	in_own_pid_namespace(look_after_order, &told);
}

TEST(who_joins_those_who_were_killed_is_a_member)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	struct child leader, other;
	struct ph_process *process;

	need_identity();
	leader = child_start_leader();
	process = found(leader.pid);
	ph_members_begin(&members, process, PH_TREE);
	ck_assert_int_eq(ph_members_look(&members), 1);
	say_killed(&members);
	ck_assert_int_eq(ph_members_look(&members), 0);
	other = child_start_member(leader.pid);
	ck_assert_int_eq(ph_members_look(&members), 1);
	ck_assert_int_eq(members.list[1].pid, other.pid);
	ck_assert(!members.is_complete);
	process = ph_unref(process);
	child_end(&other);
	child_end(&leader);
}

TEST(one_has_one_member)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ph_members_begin(&members, process, PH_ONE);
	ck_assert_int_eq(ph_members_look(&members), 1);
	ck_assert_int_eq(ph_members_look(&members), 0);
	ck_assert_ptr_eq(members.list[0].process, process);
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_group_has_its_members)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	struct child leader = child_start_leader(), other = child_start_member(leader.pid);
	struct ph_process *process = found(leader.pid);

	ph_members_begin(&members, process, PH_GROUP);
	if (finds_members()) {
		ck_assert_int_eq(ph_members_look(&members), 2);
		/* by their numbers, which may have gone round */
		ck_assert_uint_ne(ph_members_find(&members, leader.pid), PH_NOBODY);
		ck_assert_uint_ne(ph_members_find(&members, other.pid), PH_NOBODY);
		ck_assert_int_eq(ph_members_look(&members), 0);
	} else {
		ck_assert_int_eq(ph_members_look(&members), -ENOTSUP);
	}
	process = ph_unref(process);
	child_end(&other);
	child_end(&leader);
}

TEST(a_group_outlives_the_reap_of_its_leader)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	struct child leader = child_start_leader(), other = child_start_member(leader.pid);
	struct ph_process *process = found(leader.pid);

	if (!finds_members() || !has(PH_FEATURE_GROUP | PH_FEATURE_SIGNAL)) {
		process = ph_unref(process);
		child_end(&other);
		child_end(&leader);
		skip("only a pidfd tells");
	}
	child_end(&leader);
	ph_members_begin(&members, process, PH_GROUP);
	ck_assert_int_eq(ph_members_look(&members), 1);
	ck_assert_int_eq(members.list[0].process->pid, other.pid);
	child_end(&other);
	ck_assert_int_eq(ph_members_look(&members), 0);
	process = ph_unref(process);
}

TEST(a_group_without_members_is_gone_with_its_leader)
{
	PH_CLEANUP(ph_members_end) struct ph_members members;
	struct child leader = child_start_leader();
	struct ph_process *process = found(leader.pid);

	child_end(&leader);
	ph_members_begin(&members, process, PH_GROUP);
	ck_assert_int_eq(ph_members_look(&members), finds_members() ? -ESRCH : -ENOTSUP);
	ck_assert_uint_eq(members.count, 0);
	process = ph_unref(process);
}
