/* SPDX-License-Identifier: MIT */

/* Signals by name and by number. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/signals.h"
#include "harness.h"

TEST(valid_are_zero_to_the_last_realtime_signal)
{
	ck_assert(ph_signal_is_valid(0));
	ck_assert(ph_signal_is_valid(SIGKILL));
	ck_assert(ph_signal_is_valid(SIGRTMIN));
	ck_assert(ph_signal_is_valid(SIGRTMAX));
	ck_assert(!ph_signal_is_valid(SIGRTMAX + 1));
	ck_assert(!ph_signal_is_valid(-1));
	ck_assert(!ph_signal_is_valid(-SIGKILL));
	ck_assert(!ph_signal_is_valid(INT32_MAX));
	ck_assert(!ph_signal_is_valid(INT32_MIN));
}

TEST(names_are_read_with_and_without_prefix_in_any_case)
{
	ck_assert_int_eq(ph_signal_from_name("TERM"), SIGTERM);
	ck_assert_int_eq(ph_signal_from_name("SIGTERM"), SIGTERM);
	ck_assert_int_eq(ph_signal_from_name("term"), SIGTERM);
	ck_assert_int_eq(ph_signal_from_name("sigTerm"), SIGTERM);
	ck_assert_int_eq(ph_signal_from_name("IOT"), SIGABRT);
	ck_assert_int_eq(ph_signal_from_name("CLD"), SIGCHLD);
	ck_assert_int_eq(ph_signal_from_name("POLL"), SIGIO);
}

TEST(numbers_are_read_as_they_are)
{
	ck_assert_int_eq(ph_signal_from_name("0"), 0);
	ck_assert_int_eq(ph_signal_from_name("9"), 9);
	ck_assert_int_eq(ph_signal_from_name("64"), 64);
}

TEST(realtime_signals_count_from_both_ends)
{
	ck_assert_int_eq(ph_signal_from_name("RTMIN"), SIGRTMIN);
	ck_assert_int_eq(ph_signal_from_name("SIGRTMIN+3"), SIGRTMIN + 3);
	ck_assert_int_eq(ph_signal_from_name("rtmax-1"), SIGRTMAX - 1);
	ck_assert_int_eq(ph_signal_from_name("RTMAX"), SIGRTMAX);
}

TEST(what_is_no_signal_is_refused)
{
	static const char *const refused[] = { "",
					       "SIG",
					       "SIGSIGTERM",
					       "TERM ",
					       " TERM",
					       "TERMX",
					       "T",
					       "-1",
					       "+9",
					       "09",
					       "9x",
					       "65",
					       "1000",
					       "99999999999999999999",
					       "RTMIN+",
					       "RTMIN-1",
					       "RTMAX+1",
					       "RTMIN+31",
					       "RTMIN+99999999999",
					       "RTMIN+ 1",
					       "RTMIN++1",
					       "RTMINX",
					       "SIG9" };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_msg(ph_signal_from_name(refused[i]) == -EINVAL, "\"%s\": %d", refused[i],
			      ph_signal_from_name(refused[i]));
}

TEST(every_number_has_a_name_that_is_read_back)
{
	for (int signo = 1; signo <= SIGRTMAX; signo++) {
		char name[16];

		ck_assert_int_gt(ph_signal_name(signo, name, sizeof(name)), 0);
		ck_assert_msg(ph_signal_from_name(name) == signo, "%d is \"%s\"", signo, name);
	}
}

TEST(a_signal_without_a_name_is_its_number)
{
	char name[16];

	/* between the ordinary ones and SIGRTMIN are those of libc */
	(void)ph_signal_name(32, name, sizeof(name));
	ck_assert_str_eq(name, "32");
	(void)ph_signal_name(SIGRTMIN + 2, name, sizeof(name));
	ck_assert_str_eq(name, "RTMIN+2");
	ck_assert_int_eq(ph_signal_name(SIGTERM, name, 3), 4);
	ck_assert_str_eq(name, "TE");
}

TEST(the_table_names_every_ordinary_signal_once)
{
	bool has_name[32] = { false };
	int signo;

	for (size_t i = 0; ph_signal_at(i, &signo); i++) {
		ck_assert_int_gt(signo, 0);
		ck_assert_int_lt(signo, 32);
		ck_assert_msg(!has_name[signo], "%d", signo);
		has_name[signo] = true;
	}
	for (signo = 1; signo < 32; signo++)
		ck_assert_msg(has_name[signo], "%d", signo);
}

TEST(one_slip_is_forgiven_in_a_suggestion)
{
	ck_assert_str_eq(ph_signal_nearest("TREM"), "TERM");
	ck_assert_str_eq(ph_signal_nearest("TERMM"), "TERM");
	ck_assert_str_eq(ph_signal_nearest("SIGKIL"), "KILL");
	ck_assert_str_eq(ph_signal_nearest("usr3"), "USR1");
	ck_assert_ptr_null(ph_signal_nearest("BANANA"));
	ck_assert_ptr_null(ph_signal_nearest(""));
}
