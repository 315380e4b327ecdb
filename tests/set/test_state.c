/* SPDX-License-Identifier: MIT */

/* ph_wait_state: each stop and each continue of a child, told once. */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "set.h"

static const unsigned both = PH_WAIT_STOPPED | PH_WAIT_CONTINUED;

static void expect_state(struct ph_process *process, unsigned states, int64_t timeout_ms, int how,
			 int value)
{
	struct ph_exit record;

	ck_assert_int_eq(ph_wait_state(process, states, timeout_ms, &record), 0);
	expect_record(&record, how, value, 0);
}

static void expect_nothing(struct ph_process *process, unsigned states, int64_t timeout_ms)
{
	struct ph_exit record = { .value = 4711 };

	ck_assert_int_eq(ph_wait_state(process, states, timeout_ms, &record), -ETIMEDOUT);
	ck_assert_int_eq(record.value, 4711);
}

TEST(what_cannot_be_asked_is_refused)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_wait_state(NULL, both, 0, NULL), -EINVAL);
	ck_assert_int_eq(ph_wait_state(process, 0, 0, NULL), -EINVAL);
	ck_assert_int_eq(ph_wait_state(process, both | 4, 0, NULL), -EINVAL);
	ck_assert_int_eq(ph_wait_state(process, both, -2, NULL), -EINVAL);
	expect_nothing(process, both, 0);
	expect_nothing(process, both, 20);
	process = ph_unref(process);
	child_end(&child);
}

TEST(stops_and_continues_are_told_once)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	for (int i = 0; i < 5; i++) {
		int64_t timeout_ms = i % 2 ? -1 : TEST_SECONDS * 1000;

		must(kill(child.pid, SIGSTOP));
		expect_state(process, PH_WAIT_STOPPED, timeout_ms, PH_STOPPED, SIGSTOP);
		expect_nothing(process, both, 0);
		must(kill(child.pid, SIGCONT));
		expect_state(process, PH_WAIT_CONTINUED, timeout_ms, PH_CONTINUED, SIGCONT);
		expect_nothing(process, both, 0);
	}
	/* and the end is that of ph_wait() */
	expect_running(process, 0);
	process = ph_unref(process);
	child_end(&child);
}

TEST(the_signal_that_stops_is_told)
{
	static const int signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	struct child child = child_start_leader();
	struct ph_process *process = found(child.pid);

	for (int i = 0; i < 3; i++) {
		must(kill(child.pid, signals[i]));
		expect_state(process, both, -1, PH_STOPPED, signals[i]);
		must(kill(child.pid, SIGCONT));
		expect_state(process, both, -1, PH_CONTINUED, SIGCONT);
	}
	process = ph_unref(process);
	child_end(&child);
}

TEST(what_is_not_asked_for_is_left_for_others)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	siginfo_t info;

	must(kill(child.pid, SIGSTOP));
	must(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT));
	expect_nothing(process, PH_WAIT_CONTINUED, 5);
	expect_state(process, PH_WAIT_STOPPED, 0, PH_STOPPED, SIGSTOP);
	process = ph_unref(process);
	child_end(&child);
}

TEST(the_end_is_told_as_by_wait)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit record;

	child_exit(&child, 21);
	ck_assert_int_eq(ph_wait_state(process, PH_WAIT_STOPPED, -1, &record), 0);
	expect_record(&record, PH_EXITED, 21, PH_HAS_USAGE);
	ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), -1);
	expect_end(process, 0, PH_EXITED, 21, PH_HAS_USAGE);
	/* again, and without a record to fill */
	ck_assert_int_eq(ph_wait_state(process, both, 0, NULL), 0);
	process = ph_unref(process);
}

TEST(a_stopped_child_that_is_killed_has_ended)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit record;

	must(kill(child.pid, SIGSTOP));
	expect_state(process, both, -1, PH_STOPPED, SIGSTOP);
	must(kill(child.pid, SIGKILL));
	ck_assert_int_eq(ph_wait_state(process, both, TEST_SECONDS * 1000, &record), 0);
	expect_record(&record, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(somebody_elses_process_is_refused)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);
	struct ph_process *self = found(getpid());

	ck_assert_int_eq(ph_wait_state(process, both, -1, NULL), -ECHILD);
	ck_assert_int_eq(ph_wait_state(self, both, 0, NULL), -ECHILD);
	foster_let_exit(&foster, 1);
	ck_assert_int_eq(ph_wait_state(process, both, 0, NULL), -ECHILD);
	(void)foster_reap(&foster);
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	ck_assert_int_eq(ph_wait_state(process, both, -1, NULL), -ECHILD);
	self = ph_unref(self);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(the_end_of_a_child_that_somebody_else_reaped_is_told_as_stolen)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit record;

	expect_nothing(process, both, 0);
	child_exit(&child, 4);
	must(waitpid(child.pid, NULL, 0));
	ck_assert_int_eq(ph_wait_state(process, both, -1, &record), 0);
	if (tells_after_reap())
		expect_record(&record, PH_EXITED, 4, PH_STOLEN);
	else
		expect_record(&record, PH_UNKNOWN, 0, PH_STOLEN);
	process = ph_unref(process);
}

static void ask_in_the_child(void *arg)
{
	ck_assert_int_eq(ph_wait_state(arg, both, 0, NULL), -ECHILD);
	ck_assert_int_eq(ph_wait_state(arg, both, -1, NULL), -ECHILD);
}

TEST(an_inherited_handle_is_on_no_child_of_the_caller)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	expect_nothing(process, both, 0);
	in_a_child(ask_in_the_child, process);
	process = ph_unref(process);
	child_end(&child);
}

struct stops {
	struct ph_process *process;
	struct ph_exit record;
};

static void *wait_for_a_stop(void *arg)
{
	struct stops *stops = arg;

	ck_assert_int_eq(ph_wait_state(stops->process, PH_WAIT_STOPPED, -1, &stops->record), 0);
	return NULL;
}

TEST(of_two_waiters_one_is_told_the_stop)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct stops stops[2] = { { .process = process }, { .process = process } };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_for_a_stop, &stops[i]), 0);
	must(kill(child.pid, SIGSTOP));
	/* the other one is told the end */
	must(waitid(P_PID, (id_t)child.pid, &(siginfo_t){ .si_pid = 0 },
		    WSTOPPED | WNOWAIT | WNOHANG));
	for (int r = -ETIMEDOUT; r < 0;) {
		siginfo_t info = { .si_pid = 0 };

		/* until one of them has taken it */
		r = waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT | WNOHANG) == 0 &&
				    info.si_pid == 0
			    ? 0
			    : -ETIMEDOUT;
	}
	must(kill(child.pid, SIGKILL));
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < 2; i++)
		ck_assert(stops[i].record.how == PH_STOPPED ||
			  (stops[i].record.how == PH_SIGNALED && stops[i].record.value == SIGKILL));
	ck_assert(stops[0].record.how != PH_STOPPED || stops[1].record.how != PH_STOPPED);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(a_stop_of_ptrace_is_told_to_the_tracer)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	not_in_valgrind("does not trace");
	if (ptrace(PTRACE_SEIZE, child.pid, NULL, NULL) < 0)
		skip("a child cannot be traced here");
	must((int)ptrace(PTRACE_INTERRUPT, child.pid, NULL, NULL));
	expect_state(process, PH_WAIT_STOPPED, -1, PH_STOPPED, SIGTRAP);
	must((int)ptrace(PTRACE_DETACH, child.pid, NULL, NULL));
	process = ph_unref(process);
	child_end(&child);
}

TEST(there_is_an_error_when_there_is_nothing_to_look_with)
{
	struct child child = child_start();
	struct ph_process *process;
	struct rlimit before;
	int r;

	not_in_valgrind("takes descriptors for itself");
	leave_proc_only();
	process = found(child.pid);
	before = descriptors_leave(0);
	r = ph_wait_state(process, both, 0, NULL);
	descriptors_restore(before);
	ck_assert_int_eq(r, is_bare_here() ? -ETIMEDOUT : -EMFILE);
	process = ph_unref(process);
	child_end(&child);
}

TEST(states_have_words)
{
	struct ph_exit stopped = { .how = PH_STOPPED, .value = SIGTSTP };
	struct ph_exit continued = { .how = PH_CONTINUED, .value = SIGCONT };
	char words[64];

	ck_assert_int_gt(ph_exit_text(&stopped, words, sizeof(words)), 0);
	ck_assert_str_eq(words, "stopped by SIGTSTP");
	ck_assert_int_gt(ph_exit_text(&continued, words, sizeof(words)), 0);
	ck_assert_str_eq(words, "continued");
}
