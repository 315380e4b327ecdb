/* SPDX-License-Identifier: MIT */

/* ph_run: what is refused, and what failures leave. */

#include <stddef.h>

#include "run.h"

/* Refused, with what was in the answer gone. */
static void expect_refused(struct ph_spawn_options *options, struct ph_output output)
{
	struct ph_spawn_options none = { 0 };
	struct ph_failure failure = { 0 };

	if (!options)
		options = &none;
	options->failure = &failure;
	output.out = (char *)&output;
	output.err_size = 1;
	output.flags = 1;
	ck_assert_int_eq(ph_run(RAN("exit=0"), options, &output), -EINVAL);
	ck_assert_int_eq(failure.err, -EINVAL);
	ck_assert_int_eq(failure.step, PH_STEP_OPTIONS);
	expect_empty(&output);
}

TEST(what_makes_no_sense_is_refused)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_TRACED };
	struct ph_output nothing = { 0 };
	int fd = -1;

	expect_refused(NULL, (struct ph_output){ .timeout_ms = -1 });
	expect_refused(NULL, (struct ph_output){ .input_size = 1 });
	expect_refused(&options, nothing);
	options = (struct ph_spawn_options){ .in = PH_NULL };
	expect_refused(&options, (struct ph_output){ .input = "x", .input_size = 1 });
	options = (struct ph_spawn_options){ .in = PH_PIPE(&fd) };
	expect_refused(&options, nothing);
	options = (struct ph_spawn_options){ .out = PH_PIPE(&fd) };
	expect_refused(&options, nothing);
	options = (struct ph_spawn_options){ .err = PH_PIPE(&fd) };
	expect_refused(&options, nothing);
	/* by the spawn */
	options = (struct ph_spawn_options){ .flags = UINT64_C(1) << 63 };
	expect_refused(&options, nothing);
	ck_assert_int_eq(fd, -1);
}

TEST(nowhere_to_put_the_answer_is_refused)
{
	ck_assert_int_eq(ph_run_sized(RAN("exit=0"), NULL, 0, NULL, 0), -EINVAL);
	ck_assert_int_eq(ph_run_sized(RAN("exit=0"), NULL, 0, NULL, sizeof(struct ph_output)),
			 -EINVAL);
}

TEST(no_arguments_are_refused)
{
	struct ph_output output = { 0 };

	ck_assert_int_eq(ph_run(NULL, NULL, &output), -EINVAL);
	expect_empty(&output);
	ck_assert_int_eq(ph_run((char *const[]){ NULL }, NULL, &output), -EINVAL);
	expect_empty(&output);
}

struct later {
	struct ph_output output;
	uint64_t more[2];
};

TEST(a_later_program_may_know_more_and_not_ask_for_it)
{
	struct later later = { 0 };

	ck_assert_int_eq(ph_run_sized(RAN("say=x"), NULL, 0, &later.output, sizeof(later)), 0);
	ck_assert_str_eq(later.output.out, "x");
	ph_output_clear_sized(&later.output, sizeof(later));
	expect_empty(&later.output);
	later.more[1] = 1;
	later.output.flags = 1;
	ck_assert_int_eq(ph_run_sized(RAN("say=x"), NULL, 0, &later.output, sizeof(later)), -E2BIG);
	expect_empty(&later.output);
	ck_assert_uint_eq(later.more[1], 1);
}

TEST(no_program_knows_less_than_the_first_version)
{
	struct ph_output output = { .flags = 1 };

	ck_assert_int_eq(ph_run_sized(RAN("say=x"), NULL, 0, &output, sizeof(output) - 1), -EINVAL);
	ck_assert_int_eq(ph_run_sized(RAN("say=x"), NULL, 0, &output, 0), -EINVAL);
	ck_assert_uint_eq(output.flags, 1);
	ph_output_clear_sized(&output, 0);
	ck_assert_uint_eq(output.flags, 1);
}

struct later_options {
	struct ph_spawn_options options;
	uint64_t more;
};

TEST(options_may_be_longer_and_shorter)
{
	struct later_options later = { 0 };
	struct ph_spawn_options options = { 0 };
	struct ph_output output = { 0 };

	ck_assert_int_eq(
		ph_run_sized(RAN("say=x"), &later.options, sizeof(later), &output, sizeof(output)),
		0);
	ph_output_clear(&output);
	later.more = 1;
	ck_assert_int_eq(
		ph_run_sized(RAN("say=x"), &later.options, sizeof(later), &output, sizeof(output)),
		-E2BIG);
	expect_empty(&output);
	/* what comes behind is nonsense, and not looked at */
	memset((char *)&options + offsetof(struct ph_spawn_options, in), 0xff,
	       sizeof(options) - offsetof(struct ph_spawn_options, in));
	ck_assert_int_eq(ph_run_sized(RAN("say=x"), &options, offsetof(struct ph_spawn_options, in),
				      &output, sizeof(output)),
			 0);
	ck_assert_str_eq(output.out, "x");
	ph_output_clear(&output);
	/* without options a size says nothing */
	ck_assert_int_eq(ph_run_sized(RAN("say=x"), NULL, 4711, &output, sizeof(output)), 0);
	ph_output_clear(&output);
}

TEST(options_are_not_changed)
{
	struct ph_spawn_options options = { 0 }, before = { 0 };
	struct ph_output output = { .timeout_ms = NEVER_MS };

	ran(RAN("say=x"), &options, &output);
	ck_assert_int_eq(memcmp(&options, &before, sizeof(options)), 0);
	ck_assert_int_eq(output.timeout_ms, NEVER_MS);
	ck_assert_uint_eq(output.limit, 0);
	ck_assert_int_eq(output.grace_ms, 0);
	ck_assert_int_eq(output.drain_ms, 0);
	ph_output_clear(&output);
}

TEST(the_default_limit_is_as_documented)
{
	struct ph_output output = { 0 };

	ran(RAN("out=16777217"), NULL, &output);
	ck_assert_uint_eq(output.out_size, PH_RUN_LIMIT);
	expect_flags(&output, PH_RUN_OUT_TRUNCATED);
	ph_output_clear(&output);
}

TEST(options_work_as_for_a_spawn)
{
	char *const set[] = { (char *)"GREETING=hello", NULL };
	struct ph_spawn_options options = { .set = set, .directory = "/usr" };
	struct ph_output output = { 0 };

	ran((char *const[]){ (char *)"sh", (char *)"-c", (char *)"echo $GREETING; pwd", NULL },
	    &options, &output);
	ck_assert_str_eq(output.out, "hello\n/usr\n");
	ph_output_clear(&output);
}

TEST(a_failing_spawn_tells_its_step_and_leaves_nothing)
{
	struct ph_failure failure = { 0 };
	struct ph_spawn_options options = { .failure = &failure };
	struct ph_output output = { .input = "x", .input_size = 1, .timeout_ms = 1 };

	for (int i = 0; i < 100; i++) {
		output.flags = 1;
		ck_assert_int_eq(ph_run((char *const[]){ (char *)"/nowhere/at/all", NULL },
					&options, &output),
				 -ENOENT);
		ck_assert_int_eq(failure.err, -ENOENT);
		ck_assert_int_eq(failure.step, PH_STEP_EXEC);
		expect_empty(&output);
	}
	options.directory = "/nowhere";
	ck_assert_int_eq(ph_run(RAN("exit=0"), &options, &output), -ENOENT);
	ck_assert_int_eq(failure.step, PH_STEP_DIRECTORY);
	expect_empty(&output);
	ph_output_clear(&output);
}

TEST(an_answer_can_be_cleared_again_and_again)
{
	struct ph_output output = { .limit = 100 };

	ph_output_clear(NULL);
	ph_output_clear(&output);
	ran(RAN("say=x"), NULL, &output);
	ph_output_clear(&output);
	expect_empty(&output);
	ck_assert_uint_eq(output.limit, 100);
	ph_output_clear(&output);
	ran(RAN("say=y"), NULL, &output);
	ck_assert_str_eq(output.out, "y");
	ph_output_clear(&output);
}

TEST(a_text_can_be_kept)
{
	struct ph_output output = { 0 };
	char *kept;

	ran(RAN("say=x"), NULL, &output);
	kept = output.out;
	output.out = NULL;
	ph_output_clear(&output);
	ck_assert_str_eq(kept, "x");
	free(kept);
}
