/* SPDX-License-Identifier: MIT */

/* ph_stop_all: steps, reports, hurry, many at once, and what is refused. */

#include <limits.h>
#include <pthread.h>

#include "stop.h"

static const struct ph_stop_step patient[] = { { .signo = SIGTERM, .wait_ms = -1 },
					       { .signo = SIGINT, .wait_ms = -1 },
					       { .signo = SIGKILL, .wait_ms = NEVER_MS } };

TEST(each_thing_is_reported_in_order)
{
	struct child child = child_start_with(ignore_term, NULL);
	struct ph_process *process = found(child.pid);
	const struct ph_stop_step steps[] = { { .signo = SIGTERM, .wait_ms = SHORT_MS },
					      { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	struct kept kept = { 0 };
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = 2,
		.report = keep,
		.arg = &kept,
	};
	int result = 1;

	ck_assert_int_eq(ph_stop_all(&process, 1, &options, &result), 0);
	ck_assert_int_eq(result, 0);
	ck_assert_int_eq(kept.count, 5);
	expect_kept(&kept, 0, PH_STOP_STEP, SIGTERM, SHORT_MS);
	expect_kept(&kept, 1, PH_STOP_SENT, SIGTERM, 0);
	expect_kept(&kept, 2, PH_STOP_STEP, SIGKILL, NEVER_MS);
	expect_kept(&kept, 3, PH_STOP_SENT, SIGKILL, 0);
	expect_kept(&kept, 4, PH_STOP_ENDED, 0, 0);
	expect_record(&kept.reports[4].exit, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	for (int i = 0; i < kept.count; i++) {
		ck_assert_ptr_eq(kept.reports[i].process, process);
		ck_assert_uint_eq(kept.reports[i].index, 0);
	}
	child_forget(&child);
	process = ph_unref(process);
}

TEST(a_step_without_a_signal_only_waits)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_stop_step step = { .wait_ms = 0 };
	struct kept kept = { 0 };
	struct ph_stop_options options = {
		.steps = &step,
		.steps_count = 1,
		.report = keep,
		.arg = &kept,
	};

	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), -ETIMEDOUT);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_SENT), 0);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_LEFT), 1);
	ck_assert(is_running(child.pid));
	step.wait_ms = -1;
	child_exit(&child, 0);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_SENT), 0);
	process = ph_unref(process);
}

static int told[2];

static void tell(int signo)
{
	const unsigned char byte = (unsigned char)signo;

	(void)!write(told[1], &byte, 1);
}

static void tell_of_signals(void *arg)
{
	(void)arg;
	(void)signal(SIGTERM, tell);
	(void)signal(SIGCONT, tell);
}

TEST(a_signal_is_followed_by_sigcont)
{
	const struct ph_stop_step step = { .signo = SIGTERM };
	const struct ph_stop_options options = { .steps = &step, .steps_count = 1 };
	struct ph_process *process;
	struct child child;
	bool seen[NSIG] = { false };
	unsigned char signo;

	must(pipe2(told, O_CLOEXEC));
	child = child_start_with(tell_of_signals, NULL);
	process = found(child.pid);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), -ETIMEDOUT);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(read(told[0], &signo, 1), 1);
		seen[signo] = true;
	}
	ck_assert(seen[SIGTERM] && seen[SIGCONT]);
	child_end(&child);
	must(close(told[0]));
	must(close(told[1]));
	process = ph_unref(process);
}

/* The first signal that was sent makes a hurry. */
static int hurry(const struct ph_stop_report *report, void *arg)
{
	if (report->what == PH_STOP_SENT && report->signo == SIGTERM)
		must((int)write(told[1], "", 1) - 1);
	return keep(report, arg);
}

TEST(a_hurry_goes_to_the_last_step_at_once)
{
	struct child child = child_start_with(ignore_term, NULL);
	struct ph_process *process = found(child.pid);
	struct kept kept = { 0 };
	struct ph_stop_options options = {
		.flags = PH_STOP_HURRY_FD,
		.steps = patient,
		.steps_count = 3,
		.report = hurry,
		.arg = &kept,
	};
	char byte;

	must(pipe2(told, O_CLOEXEC));
	options.hurry_fd = told[0];
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(kept.count, 5);
	expect_kept(&kept, 0, PH_STOP_STEP, SIGTERM, -1);
	expect_kept(&kept, 1, PH_STOP_SENT, SIGTERM, 0);
	expect_kept(&kept, 2, PH_STOP_STEP, SIGKILL, NEVER_MS);
	expect_kept(&kept, 3, PH_STOP_SENT, SIGKILL, 0);
	expect_kept(&kept, 4, PH_STOP_ENDED, 0, 0);
	/* it was not read */
	ck_assert_int_eq(read(told[0], &byte, 1), 1);
	must(close(told[0]));
	must(close(told[1]));
	child_forget(&child);
	process = ph_unref(process);
}

TEST(a_hurry_from_the_start_leaves_the_last_step_only)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct kept kept = { 0 };
	struct ph_stop_options options = {
		.flags = PH_STOP_HURRY_FD,
		.steps = patient,
		.steps_count = 3,
		.report = keep,
		.arg = &kept,
	};

	must(pipe2(told, O_CLOEXEC));
	must(close(told[1]));
	options.hurry_fd = told[0];
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(kept.count, 3);
	expect_kept(&kept, 0, PH_STOP_STEP, SIGKILL, NEVER_MS);
	must(close(told[0]));
	child_forget(&child);
	process = ph_unref(process);
}

/* Ends the stop at the report of a kind. */
static int end_at(const struct ph_stop_report *report, void *arg)
{
	return report->what == *(int *)arg ? 42 : 0;
}

TEST(a_report_can_end_the_stop)
{
	struct child children[2] = { child_start_with(ignore_term, NULL),
				     child_start_with(ignore_term, NULL) };
	struct ph_process *targets[2] = { found(children[0].pid), found(children[1].pid) };
	const int kinds[] = { PH_STOP_STEP, PH_STOP_SENT };

	for (int i = 0; i < 2; i++) {
		int results[2] = { 1, 1 }, kind = kinds[i];
		const struct ph_stop_options options = { .report = end_at, .arg = &kind };

		ck_assert_int_eq(ph_stop_all(targets, 2, &options, results), 42);
		ck_assert_int_eq(results[0], -ECANCELED);
		ck_assert_int_eq(results[1], -ECANCELED);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert(is_running(children[i].pid));
		child_end(&children[i]);
		targets[i] = ph_unref(targets[i]);
	}
}

TEST(what_was_stopped_when_a_report_ends_the_stop_is_told)
{
	struct child child = child_start();
	struct child other = child_start_with(ignore_term, NULL);
	struct ph_process *targets[2] = { found(child.pid), found(other.pid) };
	int results[2], kind = PH_STOP_ENDED;
	const struct ph_stop_options options = { .report = end_at, .arg = &kind };

	child_become_zombie(&child, 0);
	ck_assert_int_eq(ph_stop_all(targets, 2, &options, results), 42);
	ck_assert_int_eq(results[1], -ECANCELED);
	ck_assert(is_running(other.pid));
	child_end(&other);
	expect_end(targets[0], 0, PH_EXITED, 0, PH_HAS_USAGE);
	targets[0] = ph_unref(targets[0]);
	targets[1] = ph_unref(targets[1]);
}

TEST(a_target_that_was_over_when_a_report_ends_the_stop_keeps_its_result)
{
	struct child children[2] = { child_start(), child_start() };
	struct ph_process *targets[2] = { found(children[0].pid), found(children[1].pid) };
	int results[2], kind = PH_STOP_STEP;
	const struct ph_stop_options options = { .report = end_at, .arg = &kind };

	child_become_zombie(&children[0], 0);
	ck_assert_int_eq(ph_stop_all(targets, 2, &options, results), 42);
	ck_assert_int_eq(results[0], 0);
	ck_assert_int_eq(results[1], -ECANCELED);
	child_end(&children[1]);
	targets[0] = ph_unref(targets[0]);
	targets[1] = ph_unref(targets[1]);
}

static pid_t start_pausing(void)
{
	pid_t pid = fork_mortal();

	if (pid == 0)
		for (;;)
			(void)pause();
	return pid;
}

static void count_ends(int *ends, const struct ph_stop_report *report)
{
	if (report->what == PH_STOP_ENDED)
		ends[report->index]++;
}

static int count_each(const struct ph_stop_report *report, void *arg)
{
	count_ends(arg, report);
	return 0;
}

TEST(many_are_stopped_side_by_side)
{
	enum { MOST = 1000 };
	static struct ph_process *targets[MOST];
	static int results[MOST], ends[MOST];
	const struct ph_stop_options options = {
		.grace_ms = NEVER_MS,
		.report = count_each,
		.arg = ends,
	};
	struct rlimit before, wide;
	int count = is_plain() ? MOST : 100;

	must(getrlimit(RLIMIT_NOFILE, &before));
	wide = before;
	if (wide.rlim_cur < MOST + 100 && wide.rlim_max >= MOST + 100)
		wide.rlim_cur = MOST + 100;
	must(setrlimit(RLIMIT_NOFILE, &wide));
	if (wide.rlim_cur < MOST + 100)
		count = 100;
	for (int i = 0; i < count; i++)
		targets[i] = found(start_pausing());
	ck_assert_int_eq(ph_stop_all(targets, (size_t)count, &options, results), 0);
	for (int i = 0; i < count; i++) {
		ck_assert_int_eq(results[i], 0);
		ck_assert_int_eq(ends[i], 1);
		expect_end(targets[i], 0, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
		targets[i] = ph_unref(targets[i]);
	}
	must(setrlimit(RLIMIT_NOFILE, &before));
}

TEST(the_same_handle_twice_is_stopped_for_both)
{
	struct child child = child_start_with(ignore_term, NULL);
	struct ph_process *process = found(child.pid);
	struct ph_process *targets[2] = { process, process };
	const struct ph_stop_options options = { .grace_ms = SHORT_MS };
	int results[2] = { 1, 1 };

	ck_assert_int_eq(ph_stop_all(targets, 2, &options, results), 0);
	ck_assert_int_eq(results[0], 0);
	ck_assert_int_eq(results[1], 0);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(the_worst_result_is_the_first_that_is_no_timeout)
{
	struct child child = child_start();
	struct ph_process *targets[3] = { found(child.pid), NULL, NULL };
	const struct ph_stop_step step = { .wait_ms = 0 };
	const struct ph_stop_options options = { .steps = &step, .steps_count = 1 };
	int results[3];

	ck_assert_int_eq(ph_self(&targets[1]), 0);
	targets[2] = found(getppid());
	ck_assert_int_eq(ph_stop_all(targets, 3, &options, results), -EDEADLK);
	ck_assert_int_eq(results[0], -ETIMEDOUT);
	ck_assert_int_eq(results[1], -EDEADLK);
	ck_assert_int_eq(results[2], -EDEADLK);
	child_end(&child);
	for (int i = 0; i < 3; i++)
		targets[i] = ph_unref(targets[i]);
}

static void expect_refused(const struct ph_stop_options *options, size_t size, int error)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int result = 4711;

	ck_assert_int_eq(ph_stop_all_sized(&process, 1, options, size, &result), error);
	ck_assert_int_eq(result, 4711);
	ck_assert(is_running(child.pid));
	child_end(&child);
	process = ph_unref(process);
}

TEST(what_is_out_of_range_is_refused)
{
	const struct ph_stop_step steps[] = { { .signo = SIGRTMAX + 1 },
					      { .signo = -1 },
					      { .wait_ms = -2 },
					      { .unused = 1 } };
	const struct ph_stop_options refused[] = {
		{ .flags = PH_STOP_HURRY_FD << 1 },
		{ .scope = PH_CGROUP + 1 },
		{ .scope = -1 },
		{ .scope = PH_FORCE << 1 },
		{ .unused = 1 },
		{ .steps = steps },
		{ .steps_count = 1 },
		{ .steps = &steps[0], .steps_count = 1 },
		{ .steps = &steps[1], .steps_count = 1 },
		{ .steps = &steps[2], .steps_count = 1 },
		{ .steps = &steps[3], .steps_count = 1 },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_refused(&refused[i], sizeof(refused[i]), -EINVAL);
}

TEST(a_hurry_needs_an_open_descriptor)
{
	struct ph_stop_options options = { .flags = PH_STOP_HURRY_FD, .hurry_fd = -1 };

	expect_refused(&options, sizeof(options), -EBADF);
	options.hurry_fd = INT_MAX;
	expect_refused(&options, sizeof(options), -EBADF);
}

TEST(options_from_the_future_are_refused)
{
	struct {
		struct ph_stop_options options;
		uint64_t more;
	} future = { .more = 1 };

	expect_refused(&future.options, sizeof(future), -E2BIG);
}

TEST(options_of_the_past_and_none_are_accepted)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	const struct ph_stop_options options = { .flags = 0 };

	ck_assert_int_eq(ph_stop_all_sized(&process, 1, &options, sizeof(options.flags), NULL), 0);
	ck_assert_int_eq(ph_stop_all(&process, 1, NULL, NULL), 0);
	expect_end(process, 0, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(a_negative_grace_among_the_options_kills_at_once)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	const struct ph_stop_options options = { .grace_ms = -1 };

	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	expect_end(process, 0, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(without_targets_there_is_nothing_to_stop)
{
	struct child child = child_start();
	struct ph_process *targets[2] = { found(child.pid), NULL };

	ck_assert_int_eq(ph_stop_all(targets, 2, NULL, NULL), -EINVAL);
	ck_assert_int_eq(ph_stop_all(targets, 0, NULL, NULL), -EINVAL);
	ck_assert_int_eq(ph_stop_all(NULL, 1, NULL, NULL), -EINVAL);
	ck_assert_int_eq(ph_stop(NULL, PH_ONE, 0, NULL), -EINVAL);
	ck_assert_int_eq(ph_stop(targets[0], PH_CGROUP + 1, 0, NULL), -EINVAL);
	ck_assert_int_eq(ph_stop(targets[0], PH_ONE, -2, NULL), -EINVAL);
	ck_assert(is_running(child.pid));
	child_end(&child);
	targets[0] = ph_unref(targets[0]);
}

static void *stop_for_ever(void *arg)
{
	const struct ph_stop_options options = {
		.steps = patient,
		.steps_count = 1,
		.scope = PH_ONE,
	};

	(void)ph_stop_all(arg, 2, &options, NULL);
	return NULL;
}

TEST(a_cancelled_stop_leaves_nothing)
{
	struct ph_process *targets[2];
	struct child children[2];
	pthread_t thread;
	void *result;
	char byte;

	probe_first();
	must(pipe2(told, O_CLOEXEC));
	for (int i = 0; i < 2; i++) {
		children[i] = child_start_with(tell_of_signals, NULL);
		targets[i] = found(children[i].pid);
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, stop_for_ever, targets), 0);
	/* both have been signalled: now it sleeps, or is about to */
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(read(told[0], &byte, 1), 1);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	for (int i = 0; i < 2; i++) {
		ck_assert(is_running(children[i].pid));
		child_end(&children[i]);
		targets[i] = ph_unref(targets[i]);
	}
	must(close(told[0]));
	must(close(told[1]));
}

static void need_no_descriptor(void)
{
	if (!is_pinned_here() || !has(PH_FEATURE_INFO))
		skip("it takes a descriptor to verify a handle, or who its parent is");
}

TEST(with_a_full_descriptor_table_one_process_is_stopped)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct rlimit before;
	int r;

	need_no_descriptor();
	before = descriptors_leave(0);
	r = ph_stop(process, PH_ONE, NEVER_MS, NULL);
	descriptors_restore(before);
	ck_assert_int_eq(r, 0);
	child_forget(&child);
	process = ph_unref(process);
}

TEST(with_a_full_descriptor_table_several_processes_are_stopped)
{
	struct child children[2] = { child_start(), child_start() };
	struct ph_process *targets[2] = { found(children[0].pid), found(children[1].pid) };
	struct rlimit before;
	int r;

	need_no_descriptor();
	before = descriptors_leave(0);
	r = ph_stop_all(targets, 2, NULL, NULL);
	descriptors_restore(before);
	ck_assert_int_eq(r, 0);
	for (int i = 0; i < 2; i++) {
		child_forget(&children[i]);
		targets[i] = ph_unref(targets[i]);
	}
}
