/* SPDX-License-Identifier: MIT */

/* ph_run: deadlines, and what a child leaves behind. */

#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "run.h"

#define TERM PH_SIGNAL_BIT(SIGTERM)

TEST(a_deadline_that_is_not_reached_changes_nothing)
{
	struct ph_output output = { .timeout_ms = NEVER_MS };

	ran(RAN("say=done"), NULL, &output);
	ck_assert_str_eq(output.out, "done");
	expect_flags(&output, 0);
	ph_output_clear(&output);
}

TEST(when_the_time_is_up_the_child_is_terminated)
{
	struct ph_output output = { .timeout_ms = SHORT_MS };
	uint64_t before = metric("/prochandle/runs/timedout:runs");
	int64_t start = now_ms();

	ck_assert_int_eq(ph_run(RAN("wait"), NULL, &output), -ETIMEDOUT);
	ck_assert_int_ge(now_ms() - start, SHORT_MS);
	expect_signaled(&output, SIGTERM);
	expect_flags(&output, PH_RUN_TIMED_OUT);
	ck_assert_uint_eq(metric("/prochandle/runs/timedout:runs"), before + 1);
	ph_output_clear(&output);
}

TEST(what_was_written_by_then_is_there)
{
	/* it waits for the signal, so it has written all */
	struct ph_spawn_options options = { .blocked = TERM };
	struct ph_output output = { .timeout_ms = SHORT_MS };

	ck_assert_int_eq(
		ph_run(RAN("say=before", "term", "say= after", "exit=5"), &options, &output),
		-ETIMEDOUT);
	ck_assert_str_eq(output.out, "before after");
	ck_assert_int_eq(output.exit.how, PH_EXITED);
	ck_assert_int_eq(output.exit.value, 5);
	expect_flags(&output, PH_RUN_TIMED_OUT);
	ph_output_clear(&output);
}

TEST(after_the_grace_the_child_is_killed)
{
	struct ph_spawn_options options = { .ignored = TERM };
	struct ph_output output = { .timeout_ms = 1, .grace_ms = SHORT_MS };
	int64_t start = now_ms();

	ck_assert_int_eq(ph_run(RAN("wait"), &options, &output), -ETIMEDOUT);
	ck_assert_int_gt(now_ms() - start, SHORT_MS);
	expect_signaled(&output, SIGKILL);
	expect_flags(&output, PH_RUN_TIMED_OUT | PH_RUN_KILLED);
	ph_output_clear(&output);
}

TEST(without_grace_the_child_is_killed_at_once)
{
	struct ph_output output = { .timeout_ms = 1, .grace_ms = -1 };

	ck_assert_int_eq(ph_run(RAN("wait"), NULL, &output), -ETIMEDOUT);
	expect_signaled(&output, SIGKILL);
	expect_flags(&output, PH_RUN_TIMED_OUT | PH_RUN_KILLED);
	ph_output_clear(&output);
}

TEST(a_child_that_is_stopped_can_be_terminated)
{
	struct ph_output output = { .timeout_ms = SHORT_MS };

	ck_assert_int_eq(ph_run(RAN("stop", "wait"), NULL, &output), -ETIMEDOUT);
	expect_signaled(&output, SIGTERM);
	expect_flags(&output, PH_RUN_TIMED_OUT);
	ph_output_clear(&output);
}

TEST(a_child_that_closes_its_outputs_is_waited_for)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	/* long enough to have closed them by then */
	struct ph_output output = { .timeout_ms = 10 * SHORT_MS };

	options.fds = &gate.map;
	ck_assert_int_eq(ph_run(RAN("close=0", "close=1", "close=2", "wait"), &options, &output),
			 -ETIMEDOUT);
	expect_signaled(&output, SIGTERM);
	expect_flags(&output, PH_RUN_TIMED_OUT);
	ph_output_clear(&output);
	/* and to its end, if that is in time */
	must(close(gate.ends[1]));
	output.timeout_ms = NEVER_MS;
	ran(RAN("close=1", "close=2", "wait"), &options, &output);
	expect_flags(&output, 0);
	ph_output_clear(&output);
	must(close(gate.ends[0]));
}

TEST(a_child_that_writes_for_ever_has_a_deadline)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .timeout_ms = SHORT_MS, .limit = 10 };

	options.fds = &gate.map;
	ck_assert_int_eq(ph_run(RAN("flood"), &options, &output), -ETIMEDOUT);
	expect_signaled(&output, SIGTERM);
	ck_assert_uint_eq(output.flags & ~PH_RUN_OUT_TRUNCATED, PH_RUN_TIMED_OUT);
	ph_output_clear(&output);
	gate_open(&gate);
}

TEST(a_child_that_reads_nothing_has_a_deadline)
{
	static char input[MB];
	struct ph_output output = { .timeout_ms = SHORT_MS, .input = input, .input_size = MB };

	ck_assert_int_eq(ph_run(RAN("wait"), NULL, &output), -ETIMEDOUT);
	expect_signaled(&output, SIGTERM);
	expect_flags(&output, PH_RUN_TIMED_OUT | PH_RUN_INPUT_UNREAD);
	ph_output_clear(&output);
}

static void nothing(int signo)
{
	(void)signo;
}

TEST(signals_do_not_put_the_deadline_off)
{
	const struct sigaction action = { .sa_handler = nothing };
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	struct itimerval often = { { .tv_usec = 1000 }, { .tv_usec = 1000 } };
	const struct itimerval none = { 0 };
	struct ph_output output = { .timeout_ms = SHORT_MS };

	/* without SA_RESTART, more often than the deadline is long */
	must(sigaction(SIGALRM, &action, NULL));
	must(setitimer(ITIMER_REAL, &often, NULL));
	ck_assert_int_eq(ph_run(RAN("wait"), NULL, &output), -ETIMEDOUT);
	ph_output_clear(&output);
	output.timeout_ms = NEVER_MS;
	ran(RAN("out=1000000", "err=1000000"), NULL, &output);
	must(setitimer(ITIMER_REAL, &none, NULL));
	must(sigaction(SIGALRM, &standard, NULL));
	ck_assert_uint_eq(output.out_size, 1000000);
	ph_output_clear(&output);
}

TEST(a_grandchild_that_keeps_the_pipes_does_not_keep_us)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .drain_ms = SHORT_MS };
	uint64_t before = metric("/prochandle/runs/held:runs");
	int64_t start = now_ms();

	options.fds = &gate.map;
	ran(RAN("say=parent", "leave", "wait"), &options, &output);
	ck_assert_int_ge(now_ms() - start, SHORT_MS);
	ck_assert_str_eq(output.out, "parent");
	expect_flags(&output, PH_RUN_PIPES_HELD);
	ck_assert_uint_eq(metric("/prochandle/runs/held:runs"), before + 1);
	ph_output_clear(&output);
	gate_open(&gate);
}

TEST(without_time_to_drain_what_the_child_wrote_is_there)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .drain_ms = -1 };

	options.fds = &gate.map;
	for (int i = 0; i < 3; i++) {
		ran(RAN("out=60000", "err=50000", "leave", "wait"), &options, &output);
		ck_assert_uint_eq(output.out_size, 60000);
		ck_assert_uint_eq(output.err_size, 50000);
		expect_flags(&output, PH_RUN_PIPES_HELD);
		ph_output_clear(&output);
		/* at its end, and not only empty */
		ran(RAN("out=60000", "err=50000"), NULL, &output);
		ck_assert_uint_eq(output.out_size, 60000);
		ck_assert_uint_eq(output.err_size, 50000);
		expect_flags(&output, 0);
		ph_output_clear(&output);
	}
	gate_open(&gate);
}

TEST(a_grandchild_that_writes_for_ever_does_not_keep_us)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .drain_ms = SHORT_MS, .limit = 10 };

	options.fds = &gate.map;
	ran(RAN("leave", "flood"), &options, &output);
	ck_assert_uint_eq(output.flags & ~PH_RUN_OUT_TRUNCATED, PH_RUN_PIPES_HELD);
	ph_output_clear(&output);
	output.drain_ms = -1;
	ran(RAN("leave", "flood"), &options, &output);
	ck_assert_uint_eq(output.flags & ~PH_RUN_OUT_TRUNCATED, PH_RUN_PIPES_HELD);
	ph_output_clear(&output);
	gate_open(&gate);
}

TEST(what_a_grandchild_writes_within_the_drain_is_there)
{
	struct ph_output output = { .drain_ms = NEVER_MS };

	ran(RAN("say=one", "leave", "say= two"), NULL, &output);
	ck_assert_str_eq(output.out, "one two");
	expect_flags(&output, 0);
	ph_output_clear(&output);
}

TEST(a_grandchild_that_only_reads_is_no_reason_to_wait)
{
	static char input[MB];
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .input = input, .input_size = MB, .drain_ms = NEVER_MS };

	options.fds = &gate.map;
	ran(RAN("leave", "close=1", "close=2", "wait"), &options, &output);
	expect_flags(&output, PH_RUN_INPUT_UNREAD);
	ph_output_clear(&output);
	gate_open(&gate);
}

/* Return: was the pair ready before the time was up? */
static bool run_pair(struct ph_spawn_options *options, struct ph_output *output)
{
	char word[6] = "";
	int told[2];

	must(pipe2(told, O_CLOEXEC));
	((struct ph_fd_map *)options->fds)[1].from = told[1];
	ck_assert_int_eq(ph_run(RAN("pair", "wait"), options, output), -ETIMEDOUT);
	must(close(told[1]));
	(void)must(read(told[0], word, 5));
	must(close(told[0]));
	return strcmp(word, "ready") == 0;
}

/* Return: the wait status of the member that the child left behind */
static int run_group(uint64_t flags, struct ph_output *output)
{
	struct ph_spawn_options options;
	bool was_ready;
	int status;

	*output = (struct ph_output){ .timeout_ms = SHORT_MS, .drain_ms = 1 };
	must(prctl(PR_SET_CHILD_SUBREAPER, 1));
	do {
		struct gate gate = gate_make(&options);
		struct ph_fd_map map[2] = { gate.map, { .child = 4 } };

		options.flags = flags;
		options.blocked = TERM;
		options.fds = map;
		options.fds_count = 2;
		ph_output_clear(output);
		output->timeout_ms *= 2;
		was_ready = run_pair(&options, output);
		gate_open(&gate);
		must(waitpid(-1, &status, 0));
	} while (!was_ready);
	must(prctl(PR_SET_CHILD_SUBREAPER, 0));
	expect_signaled(output, SIGTERM);
	return status;
}

static void expect_a_signalled_group(uint64_t flags)
{
	struct ph_output output;
	int status = run_group(flags, &output);

	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	ph_output_clear(&output);
}

TEST(a_group_that_the_child_leads_is_signalled)
{
	expect_a_signalled_group(PH_SPAWN_NEW_GROUP);
	expect_a_signalled_group(PH_SPAWN_NEW_SESSION);
}

TEST(a_group_that_it_shares_with_us_is_not)
{
	struct ph_output output;
	int status = run_group(0, &output);

	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	expect_flags(&output, PH_RUN_TIMED_OUT | PH_RUN_PIPES_HELD);
	ph_output_clear(&output);
}

enum { NOBODY = 65534 };

/* The program, as one that makes everybody its owner. */
static int copy_as_set_user_id(char *path)
{
	int from = must(open(RAN_PATH, O_RDONLY | O_CLOEXEC)), to = must(mkstemp(path));
	struct stat st;

	must(fstat(from, &st));
	ck_assert_int_eq(sendfile(to, from, NULL, (size_t)st.st_size), st.st_size);
	must(fchmod(to, S_ISUID | 0755));
	must(close(from));
	return to;
}

static void run_what_cannot_be_killed(void *arg)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .timeout_ms = SHORT_MS };
	char *const argv[] = { arg, (char *)"say=x", (char *)"root", (char *)"wait", NULL };

	options.fds = &gate.map;
	must(setuid(NOBODY));
	must(prctl(PR_SET_DUMPABLE, 1));
	do {
		ph_output_clear(&output);
		output.timeout_ms *= 2;
		ck_assert_int_eq(ph_run(argv, &options, &output), -ETIMEDOUT);
		if (output.exit.how == PH_EXITED && output.exit.value == 96)
			skip("nothing becomes root here");
		/* as long as it was not root yet, it could be */
	} while (output.exit.how == PH_SIGNALED);
	expect_flags(&output, PH_RUN_TIMED_OUT | PH_RUN_LEFT);
	ck_assert_int_eq(output.exit.how, PH_UNKNOWN);
	ck_assert_str_eq(output.out, "x");
	ph_output_clear(&output);
	gate_open(&gate);
	must(waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
	/* the next one reaps it */
	output.timeout_ms = 0;
	ran((char *const[]){ (char *)"true", NULL }, NULL, &output);
	ph_output_clear(&output);
}

TEST(a_child_that_may_not_be_signalled_is_left)
{
	char path[] = "/tmp/ph-run-XXXXXX";

	if (geteuid() != 0)
		skip("not root");
	/* it cannot be executed while it is open for writing */
	must(close(copy_as_set_user_id(path)));
	in_a_child(run_what_cannot_be_killed, path);
	must(unlink(path));
}
