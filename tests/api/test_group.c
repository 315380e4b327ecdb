/* SPDX-License-Identifier: MIT */

/* ph_kill with PH_GROUP: the group of the process, and no other. */

#include <signal.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"

static bool has_leaders(void)
{
	return has(PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL | PH_FEATURE_GROUP);
}

static void expect_killed(struct child *child, int signo)
{
	int status = child_reap(child);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), signo);
}

TEST(a_signal_to_the_group_of_a_leader_reaches_all_of_it)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct child stranger = child_start_leader();
	struct ph_process *process = found(leader.pid);

	ck_assert_int_eq(ph_kill(process, 0, PH_GROUP), 0);
	ck_assert(is_running(leader.pid) && is_running(member.pid));
	ck_assert_int_eq(ph_kill(process, SIGUSR1, PH_GROUP), 0);
	expect_killed(&leader, SIGUSR1);
	expect_killed(&member, SIGUSR1);
	ck_assert(is_running(stranger.pid));
	process = ph_unref(process);
	child_end(&stranger);
}

TEST(a_signal_to_the_group_of_a_member_reaches_all_of_it)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *process = found(member.pid);

	ck_assert_int_eq(ph_kill(process, SIGUSR2, PH_GROUP), 0);
	expect_killed(&leader, SIGUSR2);
	expect_killed(&member, SIGUSR2);
	process = ph_unref(process);
}

TEST(a_signal_to_one_leaves_its_group_alone)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *process = found(leader.pid);

	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	expect_killed(&leader, SIGKILL);
	ck_assert(is_running(member.pid));
	process = ph_unref(process);
	child_end(&member);
}

TEST(a_leader_that_is_a_zombie_still_has_its_group)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *process = found(leader.pid);

	child_become_zombie(&leader, 0);
	ck_assert_int_eq(ph_kill(process, SIGTERM, PH_GROUP), 0);
	expect_killed(&member, SIGTERM);
	ck_assert_int_eq(child_reap(&leader), 0);
	process = ph_unref(process);
}

TEST(a_leader_that_has_been_reaped_has_its_group_where_the_kernel_can)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *process = found(leader.pid);

	child_become_zombie(&leader, 0);
	(void)child_reap(&leader);
	if (has_leaders()) {
		ck_assert_int_eq(ph_kill(process, SIGTERM, PH_GROUP), 0);
		expect_killed(&member, SIGTERM);
	} else {
		ck_assert_int_eq(ph_kill(process, SIGTERM, PH_GROUP), -ESRCH);
		ck_assert(is_running(member.pid));
		child_end(&member);
	}
	process = ph_unref(process);
}

TEST(a_member_reaches_its_group_after_the_leader_has_been_reaped)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct child other = child_start_member(leader.pid);
	struct ph_process *process = found(member.pid);

	child_become_zombie(&leader, 0);
	(void)child_reap(&leader);
	ck_assert_int_eq(ph_kill(process, SIGTERM, PH_GROUP), 0);
	expect_killed(&member, SIGTERM);
	expect_killed(&other, SIGTERM);
	process = ph_unref(process);
}

TEST(an_empty_group_has_nobody_to_signal)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *of_leader = found(leader.pid), *of_member = found(member.pid);

	child_kill(&leader, SIGKILL);
	child_kill(&member, SIGKILL);
	(void)child_reap(&leader);
	(void)child_reap(&member);
	ck_assert_int_eq(ph_kill(of_leader, SIGTERM, PH_GROUP), -ESRCH);
	ck_assert_int_eq(ph_kill(of_member, SIGTERM, PH_GROUP), -ESRCH);
	ck_assert_int_eq(ph_kill(of_leader, 0, PH_GROUP), -ESRCH);
	of_leader = ph_unref(of_leader);
	of_member = ph_unref(of_member);
}

TEST(the_group_is_the_one_that_the_process_is_in_and_not_the_one_it_led)
{
	struct child mover = child_start_leader();
	struct child left_behind = child_start_member(mover.pid);
	struct child leader = child_start_leader();
	struct ph_process *process = found(mover.pid);

	must(setpgid(mover.pid, leader.pid));
	ck_assert_int_eq(ph_kill(process, SIGTERM, PH_GROUP), 0);
	expect_killed(&mover, SIGTERM);
	expect_killed(&leader, SIGTERM);
	ck_assert(is_running(left_behind.pid));
	process = ph_unref(process);
	child_end(&left_behind);
}

TEST(the_group_of_the_caller_is_refused_also_for_one_that_led_another)
{
	struct child mover = child_start_leader();
	struct child left_behind = child_start_member(mover.pid);
	struct ph_process *process = found(mover.pid);

	must(setpgid(mover.pid, getpgrp()));
	ck_assert_int_eq(ph_kill(process, 0, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(process, SIGTERM, PH_GROUP), -EDEADLK);
	ck_assert(is_running(mover.pid) && is_running(left_behind.pid));
	process = ph_unref(process);
	child_end(&mover);
	child_end(&left_behind);
}

/* Check makes each test the leader of a group. */
TEST(the_group_of_the_caller_is_refused)
{
	struct child child = child_start();
	struct ph_process *member = found(child.pid), *self = found(getpid());

	ck_assert_int_eq(getpgrp(), getpid());
	ck_assert_int_eq(ph_kill(member, SIGUSR1, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(self, SIGUSR1, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(member, 0, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(self, 0, PH_GROUP), -EDEADLK);
	ck_assert(is_running(child.pid));
	member = ph_unref(member);
	self = ph_unref(self);
	child_end(&child);
}

static void refuse_own_as_member(void *arg)
{
	struct ph_process *leader = found(getppid()), *self = found(getpid());

	(void)arg;
	ck_assert_int_eq(ph_kill(leader, SIGKILL, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(self, SIGKILL, PH_GROUP), -EDEADLK);
	leader = ph_unref(leader);
	self = ph_unref(self);
}

TEST(the_group_of_the_caller_is_refused_also_to_a_member)
{
	in_a_child(refuse_own_as_member, NULL);
}

/* whom the library can name as the parent of another */
static bool sees_ancestors(void)
{
	return has(PH_FEATURE_INFO) || has(PH_FEATURE_PROC);
}

/* In a group of its own: the test is above it, and leads another. */
static void refuse_to_reach_above(void *arg)
{
	struct ph_process **members = arg;

	must(setpgid(0, 0));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(ph_kill(members[i], 0, PH_GROUP), -EDEADLK);
		ck_assert_int_eq(ph_kill(members[i], SIGUSR1, PH_GROUP), -EDEADLK);
		ck_assert_int_eq(ph_kill(members[i], 0, PH_GROUP | PH_FORCE), 0);
		ck_assert_int_eq(ph_stop(members[i], PH_GROUP, 0, NULL),
				 has(PH_FEATURE_PROC) ? -EDEADLK : -ENOTSUP);
	}
}

TEST(the_group_of_the_parent_of_the_caller_is_refused)
{
	struct child sibling = child_start();
	struct ph_process *members[] = { found(getpid()), found(sibling.pid) };

	ck_assert_int_eq(getpgrp(), getpid());
	in_a_child(refuse_to_reach_above, members);
	ck_assert(is_running(sibling.pid));
	(void)ph_unref(members[0]);
	(void)ph_unref(members[1]);
	child_end(&sibling);
}

static void refuse_two_above(void *arg)
{
	must(setpgid(0, 0));
	if (sees_ancestors())
		ck_assert_int_eq(ph_kill(arg, SIGUSR1, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(arg, 0, PH_GROUP), sees_ancestors() ? -EDEADLK : 0);
	ck_assert_int_eq(ph_kill(arg, 0, PH_GROUP | PH_FORCE), 0);
}

static void go_one_down(void *arg)
{
	must(setpgid(0, 0));
	in_a_child(refuse_two_above, arg);
}

TEST(the_group_of_any_ancestor_of_the_caller_is_refused)
{
	struct child sibling = child_start();
	struct ph_process *member = found(sibling.pid);

	in_a_child(go_one_down, member);
	ck_assert(is_running(sibling.pid));
	member = ph_unref(member);
	child_end(&sibling);
}

static void refuse_above_by_reaped(void *arg)
{
	must(setpgid(0, 0));
	ck_assert_int_eq(ph_kill(arg, 0, PH_GROUP), has_leaders() ? -EDEADLK : -ESRCH);
	ck_assert_int_eq(ph_kill(arg, SIGUSR1, PH_GROUP), has_leaders() ? -EDEADLK : -ESRCH);
	ck_assert_int_eq(ph_kill(arg, 0, PH_GROUP | PH_FORCE), has_leaders() ? 0 : -ESRCH);
}

static void join_one_that_is_reaped(void *arg)
{
	struct child leader = child_start_leader();
	struct ph_process *process = found(leader.pid);

	(void)arg;
	must(setpgid(0, leader.pid));
	child_become_zombie(&leader, 0);
	(void)child_reap(&leader);
	in_a_child(refuse_above_by_reaped, process);
	process = ph_unref(process);
}

TEST(a_reaped_leader_does_not_reach_an_ancestor_of_the_caller)
{
	in_a_child(join_one_that_is_reaped, NULL);
}

/* No descriptor is left to look above the caller with. */
static void reach_without_descriptors(void *arg)
{
	struct ph_process *leader = arg;
	bool looks = has(PH_FEATURE_PIDFD) || has(PH_FEATURE_PROC);
	struct rlimit before;
	int asked, sent;

	probe_first();
	before = descriptors_leave(0);
	asked = ph_kill(leader, 0, PH_GROUP);
	sent = looks ? ph_kill(leader, SIGUSR1, PH_GROUP) : -EMFILE;
	descriptors_restore(before);
	ck_assert_int_eq(asked, looks ? -EMFILE : 0);
	ck_assert_int_eq(sent, -EMFILE);
}

TEST(who_cannot_be_seen_for_want_of_descriptors_keeps_the_signal_back)
{
	struct child leader = child_start_leader();
	struct ph_process *process = found(leader.pid);

	in_a_child(reach_without_descriptors, process);
	ck_assert(is_running(leader.pid));
	process = ph_unref(process);
	child_end(&leader);
}

static void kill_group_as_nobody(void *arg)
{
	struct ph_process **processes = arg;

	become_nobody();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(ph_kill(processes[i], SIGTERM, PH_GROUP), -EPERM);
		ck_assert_int_eq(ph_kill(processes[i], 0, PH_GROUP), -EPERM);
	}
}

TEST(without_the_right_a_signal_to_the_group_is_refused)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *processes[] = { found(leader.pid), found(member.pid) };

	in_a_child(kill_group_as_nobody, processes);
	ck_assert(is_running(leader.pid) && is_running(member.pid));
	(void)ph_unref(processes[0]);
	(void)ph_unref(processes[1]);
	child_end(&leader);
	child_end(&member);
}

TEST(without_a_descriptor_for_the_leader_nothing_is_sent)
{
	struct child leader = child_start_leader();
	struct child member = child_start_member(leader.pid);
	struct ph_process *process = found(member.pid);
	/* for the leader and those above the caller, or to verify that a number is its own */
	bool needs_one = has(PH_FEATURE_PIDFD) || has(PH_FEATURE_PROC);
	struct rlimit before = descriptors_leave(0);
	int r = ph_kill(process, 0, PH_GROUP);

	descriptors_restore(before);
	ck_assert_int_eq(r, needs_one ? -EMFILE : 0);
	process = ph_unref(process);
	child_end(&leader);
	child_end(&member);
}

/*
 * kill(2) reads group 1 as everybody and group 0 as the caller's own. Group 1
 * exists: that of the first process of a namespace.
 */
static void kill_group_1(void *arg)
{
	struct ph_process *init = found(1);
	int r;

	(void)arg;
	must(setsid());
	ck_assert_int_eq(ph_kill(init, 0, PH_GROUP), -EDEADLK);
	ck_assert_int_eq(ph_kill(init, SIGTERM, PH_GROUP), -EDEADLK);
	/* the first process has no handler for it and shrugs it off */
	r = ph_kill(init, SIGTERM, PH_GROUP | PH_FORCE);
	/* by descriptor it is a group like any other; as a number it is a trap */
	ck_assert_int_eq(r, has_leaders() ? 0 : -ENOTSUP);
	init = ph_unref(init);
}

static void beside_a_bystander(void *arg)
{
	struct child bystander;

	(void)arg;
	ck_assert_int_eq(getpid(), 1);
	must(setsid());
	ck_assert_int_eq(getpgrp(), 1);
	bystander = child_start_leader();
	in_a_child(kill_group_1, NULL);
	ck_assert(is_running(bystander.pid));
	child_end(&bystander);
}

TEST(group_1_is_refused_and_never_read_as_everybody)
{
	in_own_pid_namespace(beside_a_bystander, NULL);
}

static void kill_group_0(void *arg)
{
	struct ph_process *init = found(1);
	int r;

	(void)arg;
	must(setsid());
	/* the group of the first process is outside, and has no number here */
	r = ph_kill(init, SIGTERM, PH_GROUP);
	ck_assert_int_eq(r, -ENOTSUP);
	init = ph_unref(init);
}

static void in_a_group_from_outside(void *arg)
{
	(void)arg;
	ck_assert_int_eq(getpgrp(), 0);
	in_a_child(kill_group_0, NULL);
}

TEST(group_0_is_never_read_as_the_own)
{
	in_own_pid_namespace(in_a_group_from_outside, NULL);
}
