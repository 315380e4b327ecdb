/* SPDX-License-Identifier: MIT */

/* ph_run: what goes in, and what comes out. */

#include <sys/resource.h>

#include "run.h"

static char input[MB];

static struct ph_output with_input(size_t size)
{
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (char)(i * 7 + i / 251);
	return (struct ph_output){ .input = input, .input_size = size };
}

TEST(out_and_err_are_captured_apart)
{
	struct ph_output output = { 0 };

	ran(RAN("say=hello", "err=3"), NULL, &output);
	ck_assert_str_eq(output.out, "hello");
	ck_assert_uint_eq(output.out_size, 5);
	ck_assert_str_eq(output.err, "xxx");
	ck_assert_uint_eq(output.err_size, 3);
	expect_flags(&output, 0);
	ph_output_clear(&output);
}

TEST(what_says_nothing_has_empty_texts)
{
	struct ph_output output = { 0 };

	ran(RAN("exit=0"), NULL, &output);
	ck_assert_str_eq(output.out, "");
	ck_assert_str_eq(output.err, "");
	ph_output_clear(&output);
}

TEST(the_exit_status_is_an_answer_and_no_error)
{
	struct ph_output output = { 0 };

	ck_assert_int_eq(ph_run(RAN("exit=3"), NULL, &output), 0);
	ck_assert_int_eq(output.exit.how, PH_EXITED);
	ck_assert_int_eq(output.exit.value, 3);
	ph_output_clear(&output);
}

TEST(err_can_come_with_out)
{
	struct ph_spawn_options options = { 0 };
	struct ph_output output = { 0 };

	options.err = PH_TO_OUT;
	ran(RAN("say=a", "err=1", "say=b"), &options, &output);
	ck_assert_str_eq(output.out, "axb");
	ck_assert_ptr_null(output.err);
	ck_assert_uint_eq(output.err_size, 0);
	ph_output_clear(&output);
}

TEST(a_stream_of_the_callers_choice_is_not_captured)
{
	struct ph_spawn_options options = { 0 };
	struct ph_output output = { 0 };
	char byte = 0;
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	options.out = PH_FD(ends[1]);
	options.err = PH_NULL;
	ran(RAN("say=!", "err=1"), &options, &output);
	ck_assert_ptr_null(output.out);
	ck_assert_ptr_null(output.err);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	ck_assert_int_eq(byte, '!');
	must(close(ends[0]));
	must(close(ends[1]));
	ph_output_clear(&output);
}

TEST(without_input_there_is_nothing_to_read)
{
	struct ph_output output = { 0 };
	int saved = must(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10));
	int ends[2];

	/* the caller's own would never end */
	must(pipe2(ends, O_CLOEXEC));
	must(dup2(ends[0], STDIN_FILENO));
	ran(RAN("type", "copy"), NULL, &output);
	must(dup2(saved, STDIN_FILENO));
	ck_assert_str_eq(output.out, "null");
	ph_output_clear(&output);
	output = (struct ph_output){ .input = "", .input_size = 0 };
	ran(RAN("copy"), NULL, &output);
	ck_assert_str_eq(output.out, "");
	ph_output_clear(&output);
	must(close(saved));
	must(close(ends[0]));
	must(close(ends[1]));
}

TEST(input_can_be_the_callers)
{
	struct ph_spawn_options options = { 0 };
	struct ph_output output = { 0 };
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	ck_assert_int_eq(write(ends[1], "mine", 4), 4);
	must(close(ends[1]));
	options.in = PH_FD(ends[0]);
	ran(RAN("copy"), &options, &output);
	ck_assert_str_eq(output.out, "mine");
	must(close(ends[0]));
	ph_output_clear(&output);
}

TEST(what_goes_in_comes_out)
{
	struct ph_output output = with_input(MB);

	ran(RAN("copy"), NULL, &output);
	ck_assert_uint_eq(output.out_size, MB);
	ck_assert_int_eq(memcmp(output.out, input, MB), 0);
	ck_assert_int_eq(output.out[MB], '\0');
	expect_flags(&output, 0);
	ph_output_clear(&output);
}

TEST(input_is_a_pipe)
{
	struct ph_output output = with_input(1);

	ran(RAN("type", "read"), NULL, &output);
	ck_assert_str_eq(output.out, "pipe");
	ph_output_clear(&output);
}

TEST(a_child_may_write_before_it_reads)
{
	struct ph_output output = with_input(MB);

	ran(RAN("out=1048576", "err=1048576", "read"), NULL, &output);
	ck_assert_uint_eq(output.out_size, MB);
	ck_assert_uint_eq(output.err_size, MB);
	expect_flags(&output, 0);
	ph_output_clear(&output);
}

TEST(a_child_may_write_one_and_then_the_other)
{
	struct ph_output output = { 0 };

	ran(RAN("err=1000000", "out=1000000", "err=1000000"), NULL, &output);
	ck_assert_uint_eq(output.out_size, 1000000);
	ck_assert_uint_eq(output.err_size, 2000000);
	ph_output_clear(&output);
}

TEST(a_child_need_not_read)
{
	struct ph_output output = with_input(MB);

	ran(RAN("say=no"), NULL, &output);
	ck_assert_str_eq(output.out, "no");
	expect_flags(&output, PH_RUN_INPUT_UNREAD);
	ph_output_clear(&output);
}

TEST(a_child_may_close_what_it_reads)
{
	struct ph_output output = with_input(MB);

	ran(RAN("close=0", "out=200000"), NULL, &output);
	ck_assert_uint_eq(output.out_size, 200000);
	expect_flags(&output, PH_RUN_INPUT_UNREAD);
	ph_output_clear(&output);
}

TEST(more_than_the_limit_is_dropped_and_said)
{
	struct ph_output output = { .limit = 5 };

	ran(RAN("say=hello", "err=3000000"), NULL, &output);
	ck_assert_str_eq(output.out, "hello");
	ck_assert_str_eq(output.err, "xxxxx");
	expect_flags(&output, PH_RUN_ERR_TRUNCATED);
	ph_output_clear(&output);
	ran(RAN("say=hello!", "err=5"), NULL, &output);
	ck_assert_str_eq(output.out, "hello");
	ck_assert_uint_eq(output.err_size, 5);
	expect_flags(&output, PH_RUN_OUT_TRUNCATED);
	ph_output_clear(&output);
}

TEST(every_size_is_kept_whole_up_to_the_limit)
{
	static const size_t sizes[] = { 1, 4095, 4096, 8192, 65537 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct ph_output output = with_input(sizes[i]);

		/* the last one that fits, and the first that does not */
		output.limit = sizes[i];
		ran(RAN("copy"), NULL, &output);
		ck_assert_uint_eq(output.out_size, sizes[i]);
		ck_assert_int_eq(memcmp(output.out, input, sizes[i]), 0);
		expect_flags(&output, 0);
		ph_output_clear(&output);
		output.limit = sizes[i] - 1;
		if (output.limit == 0)
			continue;
		ran(RAN("copy"), NULL, &output);
		ck_assert_uint_eq(output.out_size, sizes[i] - 1);
		ck_assert_int_eq(memcmp(output.out, input, sizes[i] - 1), 0);
		expect_flags(&output, PH_RUN_OUT_TRUNCATED);
		ph_output_clear(&output);
	}
}

TEST(a_limit_may_be_none)
{
	struct ph_output output = { .limit = SIZE_MAX };

	ran(RAN("out=100000"), NULL, &output);
	ck_assert_uint_eq(output.out_size, 100000);
	ph_output_clear(&output);
}

/* It takes away what poll(2) has just seen: a read then has nothing to find. */
TEST(a_child_may_read_its_own_output)
{
	struct ph_output output = { .timeout_ms = NEVER_MS };
	char *argv[64] = { (char *)RAN_PATH };

	for (int i = 1; i < 61; i += 2) {
		argv[i] = (char *)"out=1";
		argv[i + 1] = (char *)"steal";
	}
	argv[61] = (char *)"say=.";
	ran(argv, NULL, &output);
	ck_assert_int_eq(output.out[output.out_size - 1], '.');
	ph_output_clear(&output);
}

TEST(only_our_ends_do_not_block)
{
	struct ph_spawn_options options = { 0 };
	struct ph_output output = { 0 };
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	options.in = PH_FD(ends[0]);
	options.err = PH_FD(ends[1]);
	ran(RAN("say=x"), &options, &output);
	ck_assert_int_eq(must(fcntl(ends[0], F_GETFL)) & O_NONBLOCK, 0);
	ck_assert_int_eq(must(fcntl(ends[1], F_GETFL)) & O_NONBLOCK, 0);
	ph_output_clear(&output);
	must(close(ends[0]));
	must(close(ends[1]));
	/* a child that could not wait for its turn would fail */
	output = with_input(MB);
	ran(RAN("copy", "err=1000000"), NULL, &output);
	ck_assert_uint_eq(output.out_size, MB);
	ph_output_clear(&output);
}

TEST(descriptors_may_be_high)
{
	enum { HIGH = 1200 };
	struct ph_output output = with_input(MB);
	struct rlimit before, limit;
	int fill[HIGH];
	int count = 0;

	must(getrlimit(RLIMIT_NOFILE, &before));
	limit = before;
	if (limit.rlim_cur < HIGH + 100)
		limit.rlim_cur = HIGH + 100;
	if (limit.rlim_max < limit.rlim_cur)
		skip("no more than %lu descriptors here", (unsigned long)limit.rlim_max);
	must(setrlimit(RLIMIT_NOFILE, &limit));
	do
		fill[count] = must(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
	while (fill[count++] < HIGH - 1);
	ran(RAN("copy"), NULL, &output);
	ck_assert_uint_eq(output.out_size, MB);
	ph_output_clear(&output);
	while (count > 0)
		must(close(fill[--count]));
	must(setrlimit(RLIMIT_NOFILE, &before));
}

TEST(the_streams_of_the_caller_may_be_closed)
{
	struct ph_output output = with_input(1000);
	int saved[3];

	for (int i = 0; i < 3; i++) {
		saved[i] = must(fcntl(i, F_DUPFD_CLOEXEC, 10));
		must(close(i));
	}
	ran(RAN("copy", "err=2"), NULL, &output);
	for (int i = 0; i < 3; i++) {
		must(dup2(saved[i], i));
		must(close(saved[i]));
	}
	ck_assert_uint_eq(output.out_size, 1000);
	ck_assert_uint_eq(output.err_size, 2);
	ph_output_clear(&output);
}
