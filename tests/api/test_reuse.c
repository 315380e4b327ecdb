/* SPDX-License-Identifier: MIT */

/*
 * A number that is given to somebody else between any two steps. In a pid
 * namespace of its own a test chooses who is born with which number.
 */

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "api.h"
#include "namespace.h"

enum { NUMBER = 4242 };

/* whoever has a bare number is the process: only the others are promised this */
static void need_identity(void)
{
	if (is_bare_here())
		skip("a bare number is whoever has it");
}

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/*
 * Start times count in ticks of 10 ms: who is born in the same one cannot be
 * told by it. What a handle without a pidfd compares as well, the directory in
 * /proc, can. So no test waits for the next tick.
 */
static pid_t reborn(void)
{
	return child_born_as(NUMBER);
}

static void spare_by_kill(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;

	(void)arg;
	end(pid);
	stranger = reborn();
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -ESRCH);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -ESRCH);
	ck_assert_int_eq(ph_queue(process, SIGKILL, 1), -ESRCH);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -ESRCH);
	ck_assert(is_running(stranger));
	end(stranger);
	process = ph_unref(process);
}

TEST(signal_after_the_reap_reaches_nobody)
{
	need_identity();
	in_own_pid_namespace(spare_by_kill, NULL);
}

static void spare_after_wait(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;

	(void)arg;
	ck_assert_int_eq(ph_kill(process, SIGUSR1, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGUSR1, PH_HAS_USAGE);
	stranger = reborn();
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -ESRCH);
	ck_assert_int_eq(ph_queue(process, SIGKILL, 1), -ESRCH);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -ESRCH);
	ck_assert(is_running(stranger));
	/* the record is that of the first, and the stranger's is not touched */
	expect_end(process, -1, PH_SIGNALED, SIGUSR1, PH_HAS_USAGE);
	ck_assert(is_running(stranger));
	end(stranger);
	process = ph_unref(process);
}

/* also for a bare number: the handle has reaped the process itself */
TEST(signal_after_the_own_reap_reaches_nobody)
{
	in_own_pid_namespace(spare_after_wait, NULL);
}

static void expect_gone(struct ph_process *process, int how, int value)
{
	if (tells_after_reap())
		expect_end(process, -1, how, value, PH_FOREIGN);
	else
		expect_end(process, -1, PH_UNKNOWN, 0, PH_FOREIGN);
}

static void spare_by_wait(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;
	int status;

	(void)arg;
	end(pid);
	stranger = child_born_as_exiting(NUMBER, 77);
	child_await_end(stranger);
	expect_gone(process, PH_SIGNALED, SIGKILL);
	expect_gone(process, PH_SIGNALED, SIGKILL);
	/* its status is still there for its own parent */
	ck_assert_int_eq(waitpid(stranger, &status, 0), stranger);
	ck_assert_int_eq(WEXITSTATUS(status), 77);
	process = ph_unref(process);
}

TEST(wait_after_the_reap_never_reaps_the_stranger)
{
	need_identity();
	in_own_pid_namespace(spare_by_wait, NULL);
}

static void spare_running_by_wait(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;

	(void)arg;
	end(pid);
	stranger = reborn();
	/* does not wait for the stranger to end */
	expect_gone(process, PH_SIGNALED, SIGKILL);
	ck_assert(is_running(stranger));
	end(stranger);
	process = ph_unref(process);
}

TEST(wait_after_the_reap_does_not_wait_for_the_stranger)
{
	need_identity();
	in_own_pid_namespace(spare_running_by_wait, NULL);
}

static void wait_again(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;
	int status;

	(void)arg;
	must(kill(pid, SIGKILL));
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	stranger = child_born_as_exiting(NUMBER, 78);
	child_await_end(stranger);
	expect_end(process, 0, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	ck_assert_int_eq(waitpid(stranger, &status, 0), stranger);
	ck_assert_int_eq(WEXITSTATUS(status), 78);
	process = ph_unref(process);
}

TEST(a_second_wait_never_reaps_the_stranger)
{
	in_own_pid_namespace(wait_again, NULL);
}

/* Start times are told in ticks: the next process is to be born in another one. */
static void let_a_tick_pass(void)
{
	int64_t tick = 1000000000 / must((int)sysconf(_SC_CLK_TCK));
	struct timespec now;
	int64_t start = -1, ns;

	do {
		must(clock_gettime(CLOCK_BOOTTIME, &now));
		ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
		if (start < 0)
			start = ns;
	} while (ns - start <= tick);
}

static void find_recycled(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid), *again = (struct ph_process *)&again;
	pid_t stranger;
	char id[PH_ID_SIZE];

	(void)arg;
	ck_assert_int_gt(ph_id(process, id, sizeof(id)), 0);
	end(pid);
	let_a_tick_pass();
	stranger = reborn();
	ck_assert_int_eq(ph_find_id(id, &again), -ESTALE);
	ck_assert_ptr_null(again);
	/* the name stays what it was */
	ck_assert_int_gt(ph_id(process, id, sizeof(id)), 0);
	ck_assert_int_eq(ph_find_id(id, &again), -ESTALE);
	end(stranger);
	ck_assert_int_eq(ph_find_id(id, &again), -ESRCH);
	process = ph_unref(process);
}

TEST(find_id_of_a_recycled_number_is_stale)
{
	need_identity();
	in_own_pid_namespace(find_recycled, NULL);
}

static void compare_recycled(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *before = found(pid), *after;
	char id[PH_ID_SIZE];
	int r;

	(void)arg;
	/* remembers the start time, where that is what tells them apart */
	ck_assert_int_gt(ph_id(before, id, sizeof(id)), 0);
	end(pid);
	let_a_tick_pass();
	pid = reborn();
	after = found(pid);
	r = ph_same(before, after);
	end(pid);
	before = ph_unref(before);
	after = ph_unref(after);
	ck_assert_int_eq(r, 0);
}

TEST(same_tells_two_owners_of_one_number_apart)
{
	need_identity();
	in_own_pid_namespace(compare_recycled, NULL);
}

static void ask_parent(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid), *parent = (struct ph_process *)&parent;
	pid_t stranger;

	(void)arg;
	end(pid);
	stranger = reborn();
	/* the stranger has a parent; the process has none any more */
	ck_assert_int_eq(ph_parent(process, &parent), -ESRCH);
	ck_assert_ptr_null(parent);
	end(stranger);
	process = ph_unref(process);
}

TEST(the_parent_of_the_stranger_is_not_the_parent)
{
	need_identity();
	in_own_pid_namespace(ask_parent, NULL);
}

static void ask_id(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;
	char id[PH_ID_SIZE];
	int r;

	(void)arg;
	end(pid);
	stranger = reborn();
	r = ph_id(process, id, sizeof(id));
	/* what was not read of the process is not read of the stranger */
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_INODE) || !has(PH_FEATURE_PIDFD))
		ck_assert_int_gt(r, 0);
	else
		ck_assert_int_eq(r, -ESRCH);
	end(stranger);
	process = ph_unref(process);
}

TEST(the_identity_is_not_read_from_the_stranger)
{
	need_identity();
	in_own_pid_namespace(ask_id, NULL);
}

/* Two groups of one number: the old one is gone, the new one is a stranger's. */
static void spare_group(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process;
	pid_t stranger;

	(void)arg;
	must(setpgid(pid, pid));
	process = found(pid);
	ck_assert_int_eq(ph_kill(process, 0, PH_GROUP), 0);
	end(pid);
	stranger = reborn();
	must(setpgid(stranger, stranger));
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -ESRCH);
	ck_assert(is_running(stranger));
	end(stranger);
	process = ph_unref(process);
}

TEST(signal_to_the_group_of_a_recycled_leader_reaches_nobody)
{
	need_identity();
	in_own_pid_namespace(spare_group, NULL);
}

/* The caller's own group has taken over the number of the process. */
static void own_group_is_recycled(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;

	(void)arg;
	end(pid);
	stranger = reborn();
	must(setpgid(stranger, stranger));
	must(setpgid(0, stranger));
	ck_assert_int_eq(getpgrp(), NUMBER);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -ESRCH);
	ck_assert(is_running(stranger));
	must(setpgid(0, 0));
	end(stranger);
	process = ph_unref(process);
}

TEST(the_own_group_with_a_recycled_number_is_spared)
{
	need_identity();
	in_own_pid_namespace(own_group_is_recycled, NULL);
}

static void stolen_and_recycled(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pid_t stranger;
	int status;

	(void)arg;
	/* seen to be a child; reaped by somebody else; the next child has its number */
	expect_running(process, 0);
	end(pid);
	stranger = child_born_as_exiting(NUMBER, 79);
	child_await_end(stranger);
	if (tells_after_reap())
		expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_STOLEN);
	else
		expect_end(process, -1, PH_UNKNOWN, 0, PH_STOLEN);
	ck_assert_int_eq(waitpid(stranger, &status, 0), stranger);
	ck_assert_int_eq(WEXITSTATUS(status), 79);
	process = ph_unref(process);
}

TEST(a_stolen_child_is_not_confused_with_the_next_one)
{
	need_identity();
	in_own_pid_namespace(stolen_and_recycled, NULL);
}

static void tell_from_successor(void *arg)
{
	(void)arg;
	/* most of them are born in the tick of the one before */
	for (int round = 0; round < 20; round++) {
		struct ph_process *dead = found(child_born_as(NUMBER)), *other;
		pid_t stranger;

		end(NUMBER);
		stranger = reborn();
		other = found(stranger);
		ck_assert_int_eq(ph_same(dead, other), 0);
		ck_assert_int_eq(ph_same(other, dead), 0);
		end(stranger);
		dead = ph_unref(dead);
		other = ph_unref(other);
	}
}

TEST(the_next_with_a_number_is_not_the_same_though_born_in_the_same_tick)
{
	need_identity();
	in_own_pid_namespace(tell_from_successor, NULL);
}

static void ask_for_the_parent_of_a_bare_number(void *arg)
{
	struct ph_process *process, *parent = NULL;
	pid_t stranger;

	(void)arg;
	(void)child_born_as(NUMBER);
	set("osfinderr", "0");
	process = found(NUMBER);
	set("osfinderr", NULL);
	ck_assert_int_eq(ph_guarantee(process), PH_UNCHECKED);
	must(kill(NUMBER, SIGKILL));
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	stranger = reborn();
	ck_assert_int_eq(ph_parent(process, &parent), -ESRCH);
	ck_assert_ptr_null(parent);
	end(stranger);
	process = ph_unref(process);
}

TEST(after_the_own_reap_also_a_bare_number_has_no_parent)
{
	in_own_pid_namespace(ask_for_the_parent_of_a_bare_number, NULL);
}
