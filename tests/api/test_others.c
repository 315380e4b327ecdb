/* SPDX-License-Identifier: MIT */

/* ph_wait for processes that are not children of the caller. */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"

/* The end of somebody else's process that has been reaped, without a look before. */
static void expect_foreign_end(struct ph_process *process, int64_t timeout_ms, int how, int value)
{
	if (tells_after_reap())
		expect_end(process, timeout_ms, how, value, PH_FOREIGN);
	else
		expect_end(process, timeout_ms, PH_UNKNOWN, 0, PH_FOREIGN);
}

/* That of one that is a zombie still, by a caller that may trace it. */
static void expect_foreign_zombie(struct ph_process *process, int64_t timeout_ms, int how, int value)
{
	if (has(PH_FEATURE_PROC))
		expect_end(process, timeout_ms, how, value, PH_FOREIGN);
	else if (!has(PH_FEATURE_PIDFD))
		/* a number that can be signalled is all that is known of it */
		expect_running(process, timeout_ms);
	else if (has(PH_FEATURE_EXIT))
		expect_end(process, timeout_ms, PH_UNKNOWN, 0, PH_FOREIGN | PH_PENDING);
	else
		expect_end(process, timeout_ms, PH_UNKNOWN, 0, PH_FOREIGN);
}

TEST(a_process_of_somebody_else_that_runs_has_not_ended)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	expect_running(process, 0);
	expect_running(process, 20);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(a_zombie_of_somebody_else_has_ended)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	foster_let_exit(&foster, 7);
	expect_foreign_zombie(process, 0, PH_EXITED, 7);
	/* and has not been reaped by that */
	ck_assert_int_eq(foster_reap(&foster), 7 << 8);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(a_zombie_of_somebody_else_that_was_killed_has_ended)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	foster_kill(&foster, SIGTERM);
	expect_foreign_zombie(process, 0, PH_SIGNALED, SIGTERM);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(a_table_that_is_full_spoils_no_record_of_somebody_else)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);
	struct ph_exit record = { 0 };
	struct rlimit before;
	int r;

	not_in_valgrind("has descriptors of its own");
	foster_let_exit(&foster, 7);
	before = descriptors_leave(0);
	r = ph_wait(process, 0, &record);
	descriptors_restore(before);
	/* what could not be looked at is no last word */
	if (has(PH_FEATURE_PROC))
		ck_assert(r == 0 ? record.flags & PH_PENDING : r == -EMFILE);
	expect_foreign_zombie(process, 0, PH_EXITED, 7);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(a_process_that_somebody_else_reaped_has_ended)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	foster_let_exit(&foster, 0);
	(void)foster_reap(&foster);
	/* 0 is an exit code that is told, or not told: never a guess */
	expect_foreign_end(process, 0, PH_EXITED, 0);
	expect_foreign_end(process, -1, PH_EXITED, 0);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(a_process_that_was_killed_and_reaped_has_ended)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	foster_kill(&foster, SIGUSR1);
	(void)foster_reap(&foster);
	expect_foreign_end(process, -1, PH_SIGNALED, SIGUSR1);
	process = ph_unref(process);
	foster_end(&foster);
}

struct waiter {
	pthread_t thread;
	struct ph_process *process;
	int result;
	struct ph_exit record;
};

static void *wait_for_ever(void *arg)
{
	struct waiter *waiter = arg;

	waiter->result = ph_wait(waiter->process, -1, &waiter->record);
	return NULL;
}

/*
 * The waiter may find the zombie or the reaped process; a reap that is late on
 * a busy machine makes a record that is pending, and then known.
 */
TEST(a_wait_for_somebody_else_ends_with_the_process)
{
	struct foster foster = foster_start();
	struct waiter waiter = { .process = found(foster.ward.pid) };

	ck_assert_int_eq(pthread_create(&waiter.thread, NULL, wait_for_ever, &waiter), 0);
	foster_let_exit(&foster, 7);
	ck_assert_int_eq(foster_reap(&foster), 7 << 8);
	ck_assert_int_eq(pthread_join(waiter.thread, NULL), 0);
	ck_assert_int_eq(waiter.result, 0);
	ck_assert(waiter.record.flags & PH_FOREIGN);
	if (tells_after_reap()) {
		if (waiter.record.how == PH_UNKNOWN)
			ck_assert_uint_eq(waiter.record.flags, PH_FOREIGN | PH_PENDING);
		expect_end(waiter.process, 0, PH_EXITED, 7, PH_FOREIGN);
	} else {
		/* the zombie was seen, or it was not: no other code than its own */
		ck_assert(waiter.record.how == PH_UNKNOWN || waiter.record.value == 7);
	}
	waiter.process = ph_unref(waiter.process);
	foster_end(&foster);
}

/* The same for a handle that was made before /proc was forbidden. */
static void expect_zombie_without_proc(struct ph_process *process, int code)
{
	if (!has(PH_FEATURE_PIDFD) && has(PH_FEATURE_PROC))
		expect_end(process, 0, PH_EXITED, code, PH_FOREIGN);
	else if (!has(PH_FEATURE_PIDFD))
		expect_running(process, 0);
	else
		expect_end(process, 0, PH_UNKNOWN, 0,
			   has(PH_FEATURE_EXIT) ? PH_FOREIGN | PH_PENDING : PH_FOREIGN);
}

TEST(a_pending_end_is_known_after_the_reap_where_the_kernel_tells)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	/* what may not be read in /proc has to be waited for */
	set("procfs", "0");
	foster_let_exit(&foster, 8);
	for (int round = 0; round < 3; round++)
		expect_zombie_without_proc(process, 8);
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_EXIT)) {
		ck_assert_uint_eq(metric("/prochandle/exits/foreign:exits"), 0);
		(void)foster_reap(&foster);
		expect_end(process, 0, PH_EXITED, 8, PH_FOREIGN);
		expect_end(process, 0, PH_EXITED, 8, PH_FOREIGN);
		ck_assert_uint_eq(metric("/prochandle/exits/foreign:exits"), 1);
	}
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(a_wait_for_the_reap_is_short_and_within_the_timeout)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);
	int64_t start;

	set("procfs", "0");
	foster_let_exit(&foster, 8);
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_EXIT)) {
		start = now_ms();
		expect_end(process, 20, PH_UNKNOWN, 0, PH_FOREIGN | PH_PENDING);
		ck_assert_int_ge(now_ms() - start, 20);
		start = now_ms();
		expect_end(process, -1, PH_UNKNOWN, 0, PH_FOREIGN | PH_PENDING);
		ck_assert_int_ge(now_ms() - start, 200);
	} else {
		/* where there is nothing to be had from waiting, none is done */
		expect_zombie_without_proc(process, 8);
	}
	process = ph_unref(process);
	foster_end(&foster);
}

static void look_at_zombie_as_nobody(void *arg)
{
	struct ph_process *process = arg;

	become_nobody();
	if (!has(PH_FEATURE_PIDFD) && !has(PH_FEATURE_PROC))
		expect_running(process, 0);
	else if (has(PH_FEATURE_EXIT))
		expect_end(process, 0, PH_UNKNOWN, 0, PH_FOREIGN | PH_PENDING);
	else
		expect_end(process, 0, PH_UNKNOWN, 0, PH_FOREIGN);
}

TEST(what_may_not_be_known_is_unknown_and_not_zero)
{
	static const int codes[] = { 0, 9 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct foster foster = foster_start();
		struct ph_process *process = found(foster.ward.pid);

		foster_let_exit(&foster, codes[i]);
		in_a_child(look_at_zombie_as_nobody, process);
		process = ph_unref(process);
		foster_end(&foster);
	}
}

TEST(ends_of_others_are_counted_once)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	foster_let_exit(&foster, 0);
	(void)foster_reap(&foster);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	ck_assert_uint_eq(metric("/prochandle/exits/own:exits"), 0);
	ck_assert_uint_eq(metric("/prochandle/exits/foreign:exits"), 1);
	ck_assert_uint_eq(metric("/prochandle/exits/stolen:exits"), 0);
	ck_assert_uint_eq(metric("/prochandle/exits/unknown:exits"), !tells_after_reap());
	process = ph_unref(process);
	foster_end(&foster);
}

struct forked {
	struct ph_process *process;
	struct child *child;
	int ask;
	int answer;
};

static void wait_in_forked_child(void *arg)
{
	struct forked *forked = arg;
	char byte = 0;

	/* it runs, and is none of ours */
	expect_running(forked->process, 0);
	expect_running(forked->process, 5);
	ck_assert_int_eq(write(forked->answer, &byte, 1), 1);
	/* the parent has reaped it */
	ck_assert_int_eq(read(forked->ask, &byte, 1), 1);
	expect_foreign_end(forked->process, -1, PH_EXITED, 12);
}

TEST(in_a_forked_child_an_inherited_handle_is_waited_for_as_somebody_elses)
{
	struct child child = child_start();
	struct forked forked = { .process = found(child.pid), .child = &child };
	int ask[2], answer[2], status;
	char byte;
	pid_t pid;

	/* seen to be a child, by the parent */
	expect_running(forked.process, 0);
	must(pipe2(ask, O_CLOEXEC));
	must(pipe2(answer, O_CLOEXEC));
	forked.ask = ask[0];
	forked.answer = answer[1];
	pid = fork_mortal();
	if (pid == 0) {
		wait_in_forked_child(&forked);
		_exit(EXIT_SUCCESS);
	}
	ck_assert_int_eq(read(answer[0], &byte, 1), 1);
	child_exit(&child, 12);
	expect_end(forked.process, -1, PH_EXITED, 12, PH_HAS_USAGE);
	ck_assert_int_eq(write(ask[1], &byte, 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (status != 0)
		_exit(EXIT_FAILURE);
	for (int i = 0; i < 2; i++) {
		must(close(ask[i]));
		must(close(answer[i]));
	}
	forked.process = ph_unref(forked.process);
}

static void wait_for_zombie_of_parent(void *arg)
{
	expect_foreign_zombie(arg, 0, PH_EXITED, 13);
}

TEST(in_a_forked_child_a_zombie_of_the_parent_is_somebody_elses)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	expect_running(process, 0);
	child_become_zombie(&child, 13);
	in_a_child(wait_for_zombie_of_parent, process);
	expect_end(process, -1, PH_EXITED, 13, PH_HAS_USAGE);
	process = ph_unref(process);
}

static void be_traced(void *arg)
{
	(void)arg;
	must(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

TEST(stops_under_ptrace_are_no_end)
{
	struct child child = child_start_with(be_traced, NULL);
	struct ph_process *process = found(child.pid);
	siginfo_t info;

	for (int round = 0; round < 3; round++) {
		must(kill(child.pid, SIGUSR1));
		must(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WEXITED | WNOWAIT));
		ck_assert_int_eq(info.si_code, CLD_TRAPPED);
		expect_running(process, 0);
		expect_running(process, 10);
		/* goes on without the signal */
		must(ptrace(PTRACE_CONT, child.pid, NULL, NULL));
	}
	child_exit(&child, 14);
	expect_end(process, -1, PH_EXITED, 14, PH_HAS_USAGE);
	process = ph_unref(process);
}

struct tracer {
	pid_t pid;
	int ask[2];
	int answer[2];
};

/* Another child, which traces the first and waits for it when told to. */
static struct tracer tracer_start(pid_t tracee)
{
	struct tracer tracer;
	siginfo_t info;
	char byte = 0;

	must(pipe2(tracer.ask, O_CLOEXEC));
	must(pipe2(tracer.answer, O_CLOEXEC));
	tracer.pid = fork_mortal();
	if (tracer.pid == 0) {
		if (ptrace(PTRACE_SEIZE, tracee, NULL, NULL) < 0)
			byte = 1;
		(void)!write(tracer.answer[1], &byte, 1);
		/* its exit, as the tracer sees it, without letting go of it */
		(void)waitid(P_PID, (id_t)tracee, &info, WEXITED | WNOWAIT);
		(void)!write(tracer.answer[1], &byte, 1);
		(void)!read(tracer.ask[0], &byte, 1);
		(void)waitid(P_PID, (id_t)tracee, &info, WEXITED);
		(void)!write(tracer.answer[1], &byte, 1);
		_exit(EXIT_SUCCESS);
	}
	ck_assert_int_eq(read(tracer.answer[0], &byte, 1), 1);
	if (byte != 0)
		skip("no process may be traced by another one here");
	return tracer;
}

static void tracer_end(struct tracer *tracer)
{
	ck_assert_int_eq(waitpid(tracer->pid, NULL, 0), tracer->pid);
	for (int i = 0; i < 2; i++) {
		must(close(tracer->ask[i]));
		must(close(tracer->answer[i]));
	}
}

TEST(a_child_that_its_tracer_holds_is_pending_and_then_known)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct tracer tracer;
	struct waiter waiter = { .process = process };
	char byte = 0;

	/* a tracer that is no relative needs permission where Yama is */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	tracer = tracer_start(child.pid);
	expect_running(process, 0);
	child_exit(&child, 15);
	ck_assert_int_eq(read(tracer.answer[0], &byte, 1), 1);

	/* it has ended; its parent gets nothing yet */
	if (has(PH_FEATURE_PIDFD)) {
		expect_end(process, 0, PH_UNKNOWN, 0, PH_PENDING);
		expect_end(process, 10, PH_UNKNOWN, 0, PH_PENDING);
	} else {
		expect_running(process, 0);
		expect_running(process, 10);
	}
	/* one who waits for ever waits for the status too */
	ck_assert_int_eq(pthread_create(&waiter.thread, NULL, wait_for_ever, &waiter), 0);
	ck_assert_int_eq(write(tracer.ask[1], &byte, 1), 1);
	ck_assert_int_eq(read(tracer.answer[0], &byte, 1), 1);
	ck_assert_int_eq(pthread_join(waiter.thread, NULL), 0);
	ck_assert_int_eq(waiter.result, 0);
	expect_record(&waiter.record, PH_EXITED, 15, PH_HAS_USAGE);
	expect_end(process, 0, PH_EXITED, 15, PH_HAS_USAGE);
	process = ph_unref(process);
	tracer_end(&tracer);
}
