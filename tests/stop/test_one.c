/* SPDX-License-Identifier: MIT */

/* ph_stop of a single process, whatever state it is in. */

#include <sys/ptrace.h>

#include "stop.h"

enum { NUMBER = 4242 };

static void expect_stopped(struct ph_process *process, int64_t grace_ms, int signo)
{
	struct ph_exit how = { 0 };

	ck_assert_int_eq(ph_stop(process, PH_ONE, grace_ms, &how), 0);
	expect_record(&how, PH_SIGNALED, signo, PH_HAS_USAGE);
}

TEST(a_child_is_terminated_and_reaped)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	expect_stopped(process, NEVER_MS, SIGTERM);
	ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), -1);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(the_record_is_left_out_if_nobody_wants_it)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_stop(process, PH_ONE, NEVER_MS, NULL), 0);
	expect_end(process, 0, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(who_ignores_sigterm_is_killed_after_the_grace)
{
	struct child child = child_start_with(ignore_term, NULL);
	struct ph_process *process = found(child.pid);
	uint64_t before = metric("/prochandle/stops/killed:processes");
	int64_t start = now_ms();

	expect_stopped(process, SHORT_MS, SIGKILL);
	ck_assert_int_ge(now_ms() - start, SHORT_MS);
	ck_assert_uint_eq(metric("/prochandle/stops/killed:processes"), before + 1);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(without_grace_it_is_killed_at_once)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	uint64_t before = metric("/prochandle/stops/killed:processes");

	expect_stopped(process, 0, SIGKILL);
	/* that is no escalation */
	ck_assert_uint_eq(metric("/prochandle/stops/killed:processes"), before);
	child_forget(&child);
	process = ph_unref(process);
}

static void exit_with_7(int signo)
{
	(void)signo;
	_exit(7);
}

static void take_term(void *arg)
{
	(void)arg;
	(void)signal(SIGTERM, exit_with_7);
}

TEST(with_endless_grace_it_is_waited_for)
{
	struct child child = child_start_with(take_term, NULL);
	struct ph_process *process = found(child.pid);
	struct ph_exit how;

	ck_assert_int_eq(ph_stop(process, PH_ONE, -1, &how), 0);
	expect_record(&how, PH_EXITED, 7, PH_HAS_USAGE);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(who_is_stopped_is_terminated)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	must(kill(child.pid, SIGSTOP));
	ck_assert_int_eq(waitpid(child.pid, NULL, WUNTRACED), child.pid);
	expect_stopped(process, NEVER_MS, SIGTERM);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(a_zombie_is_reaped_and_nothing_is_sent)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	uint64_t sent = metric("/prochandle/signals/sent:signals");
	struct ph_exit how;

	child_become_zombie(&child, 3);
	ck_assert_int_eq(ph_stop(process, PH_ONE, NEVER_MS, &how), 0);
	expect_record(&how, PH_EXITED, 3, PH_HAS_USAGE);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals"), sent);
	process = ph_unref(process);
}

TEST(who_has_been_waited_for_is_stopped)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit how;

	child_exit(&child, 5);
	expect_end(process, -1, PH_EXITED, 5, PH_HAS_USAGE);
	ck_assert_int_eq(ph_stop(process, PH_ONE, NEVER_MS, &how), 0);
	expect_record(&how, PH_EXITED, 5, PH_HAS_USAGE);
	process = ph_unref(process);
}

/* A bare number does not tell a zombie from a process that runs. */
static void need_zombies(void)
{
	if (is_bare_here())
		skip("somebody else's zombie is not to be told here");
}

TEST(somebody_elses_zombie_is_stopped)
{
	struct ph_process *process;
	struct foster foster;
	struct ph_exit how;

	need_zombies();
	foster = foster_start();
	process = found(foster.ward.pid);
	foster_let_exit(&foster, 3);
	ck_assert_int_eq(ph_stop(process, PH_ONE, NEVER_MS, &how), 0);
	ck_assert_uint_ne(how.flags & PH_FOREIGN, 0);
	ck_assert_int_eq(WEXITSTATUS(foster_reap(&foster)), 3);
	foster_end(&foster);
	process = ph_unref(process);
}

TEST(somebody_elses_process_is_over_though_nobody_reaps_it)
{
	struct ph_process *process;
	struct foster foster;
	struct ph_exit how;

	need_zombies();
	foster = foster_start();
	process = found(foster.ward.pid);
	ck_assert_int_eq(ph_stop(process, PH_ONE, NEVER_MS, &how), 0);
	ck_assert_uint_ne(how.flags & PH_FOREIGN, 0);
	ck_assert_int_eq(WTERMSIG(foster_reap(&foster)), SIGTERM);
	foster_end(&foster);
	process = ph_unref(process);
}

/* A process in vfork(2): uninterruptible until its child has gone on. */
struct sleeper {
	pid_t pid;
	int gate;
};

static void sleep_in_vfork(int gate, int told)
{
	/* one without a handler would end it at once, as SIGKILL does */
	take_term(NULL);
	if (vfork() == 0) {
		char byte;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)!write(told, "", 1);
		(void)!read(gate, &byte, 1);
		_exit(0);
	}
	for (;;)
		(void)pause();
}

static struct sleeper sleeper_start(void)
{
	struct sleeper sleeper;
	int gate[2], told[2];
	char byte;

	must(pipe2(gate, O_CLOEXEC));
	must(pipe2(told, O_CLOEXEC));
	sleeper.pid = fork_mortal();
	if (sleeper.pid == 0) {
		(void)close(gate[1]);
		sleep_in_vfork(gate[0], told[1]);
	}
	must(close(gate[0]));
	must(close(told[1]));
	ck_assert_int_eq(read(told[0], &byte, 1), 1);
	must(close(told[0]));
	sleeper.gate = gate[1];
	return sleeper;
}

TEST(who_is_in_uninterruptible_sleep_is_left_and_that_is_said)
{
	struct sleeper sleeper = sleeper_start();
	struct ph_process *process = found(sleeper.pid);
	const struct ph_stop_step step = { .signo = SIGTERM, .wait_ms = SHORT_MS };
	struct kept kept = { 0 };
	const struct ph_stop_options options = {
		.steps = &step,
		.steps_count = 1,
		.report = keep,
		.arg = &kept,
	};
	uint64_t before = metric("/prochandle/stops/left:processes");
	int result = 0;

	ck_assert_int_eq(ph_stop_all(&process, 1, &options, &result), -ETIMEDOUT);
	ck_assert_int_eq(result, -ETIMEDOUT);
	ck_assert_int_eq(kept.count, 3);
	expect_kept(&kept, 0, PH_STOP_STEP, SIGTERM, SHORT_MS);
	expect_kept(&kept, 1, PH_STOP_SENT, SIGTERM, 0);
	expect_kept(&kept, 2, PH_STOP_LEFT, 0, 0);
	ck_assert_ptr_eq(kept.reports[2].process, process);
	ck_assert_uint_eq(metric("/prochandle/stops/left:processes"), before + 1);
	must(close(sleeper.gate));
	expect_end(process, -1, PH_EXITED, 7, PH_HAS_USAGE);
	process = ph_unref(process);
}

/* It dies of SIGKILL, but its tracer has not let it go. */
TEST(who_does_not_die_of_sigkill_is_left)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	const struct ph_stop_step step = { .signo = SIGKILL, .wait_ms = SHORT_MS };
	const struct ph_stop_options options = { .steps = &step, .steps_count = 1 };
	int status;

	if (ptrace(PTRACE_SEIZE, child.pid, NULL, PTRACE_O_TRACEEXIT) < 0)
		skip("no process can be traced here: %s", strerror(errno));
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), -ETIMEDOUT);
	ck_assert_int_eq(waitpid(child.pid, &status, __WALL), child.pid);
	ck_assert(WIFSTOPPED(status));
	must((int)ptrace(PTRACE_CONT, child.pid, NULL, 0));
	expect_stopped(process, 0, SIGKILL);
	child_forget(&child);
	process = ph_unref(process);
}

static void end_number(void)
{
	must(kill(NUMBER, SIGKILL));
	ck_assert_int_eq(waitpid(NUMBER, NULL, 0), NUMBER);
}

/* When the second step begins, the number is given to somebody else. */
static int swap(const struct ph_stop_report *report, void *arg)
{
	pid_t *stranger = arg;

	if (report->what == PH_STOP_STEP && report->signo == SIGKILL) {
		end_number();
		*stranger = child_born_as(NUMBER);
	}
	return 0;
}

static void spare_the_stranger(void *arg)
{
	const struct ph_stop_step steps[] = { { .signo = SIGWINCH, .wait_ms = SHORT_MS },
					      { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	pid_t stranger = 0;
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = 2,
		.report = swap,
		.arg = &stranger,
	};
	struct ph_process *process = found(child_born_as(NUMBER));

	(void)arg;
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(stranger, NUMBER);
	ck_assert(is_running(NUMBER));
	end_number();
	process = ph_unref(process);
}

TEST(a_number_that_is_reused_between_two_signals_is_spared)
{
	if (is_bare_here())
		skip("a bare number is whoever has it");
	in_own_pid_namespace(spare_the_stranger, NULL);
}

static void stop_as_nobody(void *arg)
{
	struct child child = child_start();
	struct ph_process *targets[2] = { arg, NULL };
	struct kept kept = { 0 };
	const struct ph_stop_options options = {
		.grace_ms = NEVER_MS,
		.report = keep,
		.arg = &kept,
	};
	int results[2];

	child_end(&child);
	become_nobody();
	child = child_start();
	targets[1] = found(child.pid);
	ck_assert_int_eq(ph_stop(targets[0], PH_ONE, NEVER_MS, NULL), -EPERM);
	ck_assert_int_eq(ph_stop_all(targets, 2, &options, results), -EPERM);
	ck_assert_int_eq(results[0], -EPERM);
	ck_assert_int_eq(results[1], 0);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_REFUSED), 1);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_ENDED), 1);
	expect_kept(&kept, 2, PH_STOP_REFUSED, SIGTERM, -EPERM);
	child_forget(&child);
	targets[1] = ph_unref(targets[1]);
}

TEST(who_may_not_be_signalled_runs_on_and_the_others_are_stopped)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	in_a_child(stop_as_nobody, process);
	ck_assert(is_running(child.pid));
	child_end(&child);
	process = ph_unref(process);
}
