/* SPDX-License-Identifier: MIT */

/* How a process ended, packed into one word and told once. */

#include <string.h>
#include <sys/wait.h>

#include "handle/record.h"
#include "harness.h"

static void expect(const struct ph_process *process, int how, int value, unsigned flags)
{
	struct ph_exit record;

	ck_assert(ph_record_read(process, &record));
	ck_assert_int_eq(record.how, how);
	ck_assert_int_eq(record.value, value);
	ck_assert_uint_eq(record.flags, flags);
}

TEST(there_is_no_record_at_first)
{
	struct ph_process process = { .pid = 1 };
	struct ph_exit record = { .value = 42 };

	ck_assert(!ph_record_read(&process, &record));
	ck_assert(!ph_record_is_there(&process));
	ck_assert_int_eq(record.value, 42);
}

TEST(every_exit_code_is_kept)
{
	for (int code = 0; code <= 255; code++) {
		struct ph_process process = { .pid = 1 };

		ph_record_own(&process, &(struct ph_status){ .how = PH_EXITED, .value = code });
		expect(&process, PH_EXITED, code, PH_HAS_USAGE);
	}
}

TEST(every_signal_is_kept_with_and_without_a_core)
{
	for (int signo = 1; signo <= 127; signo++)
		for (unsigned core = 0; core <= PH_CORE; core++) {
			struct ph_process process = { .pid = 1 };
			struct ph_status status = {
				.how = PH_SIGNALED,
				.value = signo,
				.flags = core,
			};

			ph_record_others(&process, &status, PH_FOREIGN);
			expect(&process, PH_SIGNALED, signo, PH_FOREIGN | core);
		}
}

TEST(an_unknown_end_claims_nothing)
{
	struct ph_process process = { .pid = 1 };

	ph_record_others(&process, NULL, PH_STOLEN);
	expect(&process, PH_UNKNOWN, 0, PH_STOLEN);
}

TEST(the_first_record_stands)
{
	struct ph_process process = { .pid = 1 };

	ph_record_own(&process, &(struct ph_status){ .how = PH_EXITED, .value = 3 });
	ph_record_others(&process, NULL, PH_STOLEN);
	ph_record_own(&process, &(struct ph_status){ .how = PH_SIGNALED, .value = 9 });
	expect(&process, PH_EXITED, 3, PH_HAS_USAGE);
}

TEST(usage_is_kept_and_told_only_with_its_flag)
{
	struct ph_process own = { .pid = 1 }, others = { .pid = 1 };
	struct ph_status status = {
		.how = PH_EXITED,
		.user_us = INT64_C(1) << 40,
		.sys_us = 12345678,
		.maxrss_kb = INT64_C(1) << 50,
	};
	struct ph_exit record;

	ph_record_own(&own, &status);
	ck_assert(ph_record_read(&own, &record));
	ck_assert_int_eq(record.user_us, INT64_C(1) << 40);
	ck_assert_int_eq(record.sys_us, 12345678);
	ck_assert_int_eq(record.maxrss_kb, INT64_C(1) << 50);

	ph_record_others(&others, &status, PH_FOREIGN);
	ck_assert(ph_record_read(&others, &record));
	ck_assert_int_eq(record.user_us, 0);
	ck_assert_int_eq(record.sys_us, 0);
	ck_assert_int_eq(record.maxrss_kb, 0);
}

/* The kernel divides the time of one zombie anew at each look. */
TEST(usage_is_that_of_the_first_look_for_ever)
{
	struct ph_status first = { .how = PH_EXITED, .user_us = 0, .sys_us = 1663, .maxrss_kb = 1 };
	struct ph_status second = { .how = PH_EXITED, .user_us = 9, .sys_us = 1654, .maxrss_kb = 2 };
	struct ph_process process = { .pid = 1 };
	struct ph_exit record;

	ph_record_own(&process, &first);
	ph_record_own(&process, &second);
	ck_assert(ph_record_read(&process, &record));
	ck_assert_int_eq(record.user_us, 0);
	ck_assert_int_eq(record.sys_us, 1663);
	ck_assert_int_eq(record.maxrss_kb, 1);
}

TEST(stolen_is_what_was_seen_to_be_a_child)
{
	struct ph_process process = { .pid = 1 };

	ck_assert_uint_eq(ph_record_others_flag(&process), PH_FOREIGN);
	ph_kinship_is(&process, PH_KIN_OTHER);
	ck_assert_uint_eq(ph_record_others_flag(&process), PH_FOREIGN);
	ph_kinship_is(&process, PH_KIN_CHILD);
	ck_assert_uint_eq(ph_record_others_flag(&process), PH_STOLEN);
}

TEST(a_wait_status_is_taken_apart)
{
	struct ph_status status;

	for (int code = 0; code <= 255; code++) {
		ck_assert_int_eq(ph_status_from_wait(W_EXITCODE(code, 0), &status), 0);
		ck_assert_int_eq(status.how, PH_EXITED);
		ck_assert_int_eq(status.value, code);
		ck_assert_uint_eq(status.flags, 0);
	}
	for (int signo = 1; signo < 127; signo++) {
		ck_assert_int_eq(ph_status_from_wait(signo, &status), 0);
		ck_assert_int_eq(status.how, PH_SIGNALED);
		ck_assert_int_eq(status.value, signo);
		ck_assert_uint_eq(status.flags, 0);
		ck_assert_int_eq(ph_status_from_wait(signo | WCOREFLAG, &status), 0);
		ck_assert_int_eq(status.value, signo);
		ck_assert_uint_eq(status.flags, PH_CORE);
	}
}

TEST(a_stop_and_a_continue_are_no_end)
{
	struct ph_status status = { .value = 42 };

	ck_assert_int_lt(ph_status_from_wait(W_STOPCODE(19), &status), 0);
	ck_assert_int_lt(ph_status_from_wait(0xffff, &status), 0);
	ck_assert_int_eq(status.value, 42);
}
