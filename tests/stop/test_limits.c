/* SPDX-License-Identifier: MIT */

/* ph_stop of a scope: whom it refuses, who comes last, and what it does when something runs out. */

#include <pthread.h>

#include "grove.h"

TEST(the_own_session_is_refused)
{
	struct ph_process *self;
	const int scopes[] = { PH_ONE, PH_GROUP, PH_SESSION, PH_TREE };

	ck_assert_int_eq(ph_self(&self), 0);
	for (int i = 0; i < 4; i++) {
		int r = ph_stop(self, scopes[i], 0, NULL);

		ck_assert(r == -EDEADLK || (i > 0 && r == -ENOTSUP));
	}
	self = ph_unref(self);
}

static void refuse_relatives(void *arg)
{
	struct ph_process *parent = found(getppid()), *first = found(1);

	(void)arg;
	ck_assert_int_eq(ph_stop(parent, PH_ONE, 0, NULL), -EDEADLK);
	ck_assert_int_eq(ph_stop(first, PH_ONE, 0, NULL), -EDEADLK);
	parent = ph_unref(parent);
	first = ph_unref(first);
}

TEST(ancestors_and_the_first_process_are_refused)
{
	in_a_child(refuse_relatives, NULL);
}

/* What it does to itself it tells by a byte for each report. */
static int tell_report(const struct ph_stop_report *report, void *arg)
{
	const struct grove *grove = arg;
	const char byte = (char)report->what;

	(void)!write(grove->ready[1], &byte, 1);
	return 0;
}

static void stop_own_session(struct grove *grove, void *arg)
{
	struct ph_stop_options options = {
		.report = tell_report,
		.arg = grove,
		.scope = *(int *)arg | PH_FORCE,
		.grace_ms = -1,
	};
	struct ph_process *self;
	char byte;

	leave_session();
	if (options.scope != (PH_ONE | PH_FORCE)) {
		have_child(grove, NULL);
		have_child(grove, NULL);
		(void)!read(grove->ready[0], &byte, 1);
		(void)!read(grove->ready[0], &byte, 1);
	}
	if (ph_self(&self) == 0)
		(void)ph_stop_all(&self, 1, &options, NULL);
}

static void expect_own_end(int scope, const char *reports, size_t count)
{
	struct grove grove;
	char bytes[16];
	int status;
	pid_t pid;

	grove_begin(&grove);
	pid = grove_plant(&grove, stop_own_session, &scope);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert(grove_is_empty(&grove));
	ck_assert_int_eq(read(grove.ready[0], bytes, sizeof(bytes)), (ssize_t)count);
	ck_assert_mem_eq(bytes, reports, count);
	grove_end(&grove);
}

TEST(by_force_the_caller_stops_itself)
{
	const char reports[] = { PH_STOP_STEP };

	expect_own_end(PH_ONE, reports, sizeof(reports));
}

TEST(by_force_the_callers_own_turn_comes_last)
{
	const char reports[] = { PH_STOP_STEP,	PH_STOP_SENT,  PH_STOP_SENT,
				 PH_STOP_ENDED, PH_STOP_ENDED, PH_STOP_STEP };

	need_members();
	expect_own_end(PH_SESSION, reports, sizeof(reports));
}

static void stop_own_session_in_a_hurry(struct grove *grove, void *arg)
{
	const struct ph_stop_step steps[] = { { .signo = SIGTERM, .wait_ms = NEVER_MS },
					      { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	struct ph_stop_options options = {
		.flags = PH_STOP_HURRY_FD,
		.steps = steps,
		.steps_count = 2,
		.scope = PH_SESSION | PH_FORCE,
	};
	struct ph_process *self;
	int hurry[2];
	char byte;

	(void)arg;
	leave_session();
	have_child(grove, NULL);
	(void)!read(grove->ready[0], &byte, 1);
	if (pipe(hurry) < 0 || ph_self(&self) < 0)
		_exit(1);
	(void)close(hurry[1]);
	options.hurry_fd = hurry[0];
	(void)ph_stop_all(&self, 1, &options, NULL);
}

TEST(a_hurry_lasts_for_the_callers_own_turn)
{
	struct grove grove;
	int status;
	pid_t pid;

	need_members();
	grove_begin(&grove);
	pid = grove_plant(&grove, stop_own_session_in_a_hurry, NULL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	grove_end(&grove);
}

static void be_of_two_users(struct grove *grove, void *arg)
{
	(void)arg;
	have_child(grove, NULL);
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(1);
	grove_stay(grove);
}

static void stop_for_nobody(void *arg)
{
	struct ph_process *process = arg;

	become_nobody();
	ck_assert_int_eq(ph_stop(process, PH_TREE, NEVER_MS, NULL), -EPERM);
}

TEST(a_member_of_another_user_runs_on)
{
	struct ph_process *process;
	struct grove grove;

	need_members();
	need_user(NOBODY);
	process = planted(&grove, be_of_two_users, NULL, 2);
	in_a_child(stop_for_nobody, process);
	ck_assert(!grove_is_empty(&grove));
	expect_end(process, -1, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	grove_cut(&grove);
	process = ph_unref(process);
}

TEST(without_descriptors_nobody_is_signalled)
{
	struct ph_process *process;
	struct rlimit before;
	struct grove grove;
	int depth = 6;
	int r;

	need_members();
	process = planted(&grove, have_chain, &depth, 6);
	probe_first();
	before = descriptors_leave(4);
	r = ph_stop(process, PH_TREE, NEVER_MS, NULL);
	descriptors_restore(before);
	ck_assert_int_eq(r, -EMFILE);
	expect_running(process, 0);
	ck_assert_int_eq(ph_stop(process, PH_TREE, NEVER_MS, NULL), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}

static void be_deaf(struct grove *grove, void *arg)
{
	ignore_terms();
	have_chain(grove, arg);
}

/* From the first signal on there are no descriptors. */
static int take_descriptors(const struct ph_stop_report *report, void *arg)
{
	struct rlimit tight = *(struct rlimit *)arg;

	tight.rlim_cur = 3;
	if (report->what == PH_STOP_SENT)
		must(setrlimit(RLIMIT_NOFILE, &tight));
	return 0;
}

TEST(who_is_held_when_the_descriptors_run_out_is_stopped)
{
	struct ph_stop_options options = {
		.scope = PH_TREE,
		.grace_ms = SHORT_MS,
		.report = take_descriptors,
	};
	struct ph_process *process;
	struct rlimit before;
	struct grove grove;
	int depth = 6;
	int r, result;

	need_members();
	if (!is_pinned_here())
		skip("a handle that is not pinned needs a descriptor to be verified");
	process = planted(&grove, be_deaf, &depth, 6);
	probe_first();
	must(getrlimit(RLIMIT_NOFILE, &before));
	options.arg = &before;
	r = ph_stop_all(&process, 1, &options, &result);
	descriptors_restore(before);
	ck_assert_int_eq(r, -EMFILE);
	ck_assert_int_eq(result, -EMFILE);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}

static int tell_first(const struct ph_stop_report *report, void *arg)
{
	if (report->what == PH_STOP_SENT)
		(void)!write(*(int *)arg, "", 1);
	return 0;
}

struct endless {
	struct ph_process *process;
	int told[2];
};

static void *stop_endlessly(void *arg)
{
	struct endless *endless = arg;
	const struct ph_stop_step step = { .signo = SIGTERM, .wait_ms = -1 };
	const struct ph_stop_options options = {
		.steps = &step,
		.steps_count = 1,
		.scope = PH_TREE,
		.report = tell_first,
		.arg = &endless->told[1],
	};

	(void)ph_stop_all(&endless->process, 1, &options, NULL);
	return NULL;
}

TEST(a_cancelled_stop_of_a_tree_leaves_nothing)
{
	struct endless endless;
	struct grove grove;
	pthread_t thread;
	int depth = 4;
	void *result;
	char byte;

	need_members();
	probe_first();
	must(pipe2(endless.told, O_CLOEXEC));
	endless.process = planted(&grove, be_deaf, &depth, 4);
	ck_assert_int_eq(pthread_create(&thread, NULL, stop_endlessly, &endless), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(read(endless.told[0], &byte, 1), 1);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	must(close(endless.told[0]));
	must(close(endless.told[1]));
	ck_assert_int_eq(stop_firmly(endless.process, PH_TREE), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	endless.process = ph_unref(endless.process);
}

/* One that ends is told once by its descriptor, and is the end of two targets. */
TEST(the_same_handle_several_times_is_over_for_all_at_once)
{
	struct child children[2] = { child_start(), child_start() };
	struct ph_process *one = found(children[0].pid), *other = found(children[1].pid);
	struct ph_process *targets[5] = { one, one, other, one, other };
	const struct ph_stop_options options = { .grace_ms = NEVER_MS };

	ck_assert_int_eq(ph_stop_all(targets, 5, &options, NULL), 0);
	one = ph_unref(one);
	other = ph_unref(other);
	for (int i = 0; i < 2; i++)
		child_forget(&children[i]);
}

/* To sleep until a descriptor is readable takes a limit of two. */
TEST(a_limit_that_leaves_nothing_to_sleep_on_is_told)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct rlimit before, low;
	int results[2];

	not_in_valgrind("takes descriptors for itself");
	probe_first();
	must(getrlimit(RLIMIT_NOFILE, &before));
	low = before;
	for (int limit = 0; limit < 2; limit++) {
		low.rlim_cur = (rlim_t)limit;
		must(setrlimit(RLIMIT_NOFILE, &low));
		results[limit] = ph_stop(process, PH_ONE, 0, NULL);
		must(setrlimit(RLIMIT_NOFILE, &before));
	}
	ck_assert_int_eq(results[0], -EMFILE);
	ck_assert_int_eq(results[1], -EMFILE);
	ck_assert(is_running(child.pid));
	child_end(&child);
	process = ph_unref(process);
}

TEST(what_makes_a_hurry_is_not_read)
{
	struct child child = child_start_with(ignore_term, NULL);
	struct ph_process *process = found(child.pid);
	struct ph_stop_options options = { .flags = PH_STOP_HURRY_FD, .grace_ms = NEVER_MS };
	char byte = 0;
	int hurry[2];

	must(pipe2(hurry, O_CLOEXEC));
	ck_assert_int_eq(write(hurry[1], "!", 1), 1);
	options.hurry_fd = hurry[0];
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	must(fcntl(hurry[0], F_SETFL, O_NONBLOCK));
	ck_assert_int_eq(read(hurry[0], &byte, 1), 1);
	ck_assert_int_eq(byte, '!');
	must(close(hurry[0]));
	must(close(hurry[1]));
	child_forget(&child);
	process = ph_unref(process);
}

/* The stop goes on, and the thread is cancelled when it sleeps. */
static int be_cancelled(const struct ph_stop_report *report, void *arg)
{
	if (report->what == PH_STOP_SENT) {
		(void)pthread_cancel(pthread_self());
		pthread_testcancel();
		*(bool *)arg = true;
	}
	return 0;
}

struct reported {
	struct ph_process *process;
	bool came_back;
};

static void *stop_and_be_cancelled(void *arg)
{
	struct reported *reported = arg;
	const struct ph_stop_options options = {
		.grace_ms = NEVER_MS,
		.report = be_cancelled,
		.arg = &reported->came_back,
	};

	(void)ph_stop_all(&reported->process, 1, &options, NULL);
	return NULL;
}

TEST(a_report_is_no_place_to_be_cancelled_at)
{
	struct child child = child_start_with(ignore_term, NULL);
	struct reported reported = { .process = found(child.pid) };
	pthread_t thread;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, stop_and_be_cancelled, &reported), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	ck_assert(reported.came_back);
	ck_assert(is_running(child.pid));
	child_end(&child);
	reported.process = ph_unref(reported.process);
}
