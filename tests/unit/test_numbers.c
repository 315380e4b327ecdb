/* SPDX-License-Identifier: MIT */

/* Numbers are digits and nothing else. */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/parse.h"
#include "harness.h"

/* what strtoul(3) would have taken, and what is just wrong */
static const char *const refused[] = { "",    " ",  " 1",   "1 ",  "+1",    "-1",  "-0",
				       "01",  "00", "0x10", "1e3", "1.0",   "1,2", "1\n",
				       "\t1", "½",  "٣",    "١",   "1_000", "nan", "--1" };

TEST(a_number_is_digits_and_nothing_else)
{
	uint64_t value = 42;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_msg(ph_parse_u64(refused[i], &value) == -EINVAL, "\"%s\"", refused[i]);
	ck_assert_uint_eq(value, 42);
}

TEST(every_64_bit_number_is_read)
{
	uint64_t value = 1;

	ck_assert_int_eq(ph_parse_u64("0", &value), 0);
	ck_assert_uint_eq(value, 0);
	ck_assert_int_eq(ph_parse_u64("18446744073709551615", &value), 0);
	ck_assert_uint_eq(value, UINT64_MAX);
}

TEST(a_number_that_does_not_fit_is_out_of_range)
{
	uint64_t value = 42;

	ck_assert_int_eq(ph_parse_u64("18446744073709551616", &value), -ERANGE);
	ck_assert_int_eq(ph_parse_u64("99999999999999999999", &value), -ERANGE);
	ck_assert_int_eq(ph_parse_u64("184467440737095516150", &value), -ERANGE);
	ck_assert_uint_eq(value, 42);
}

TEST(only_the_given_length_is_read)
{
	uint64_t value = 0;

	ck_assert_int_eq(ph_parse_u64_n("123abc", 3, &value), 0);
	ck_assert_uint_eq(value, 123);
	ck_assert_int_eq(ph_parse_u64_n("123abc", 4, &value), -EINVAL);
	ck_assert_int_eq(ph_parse_u64_n("123", 0, &value), -EINVAL);
	ck_assert_int_eq(ph_parse_u64_n("1\0002", 3, &value), -EINVAL);
}

TEST(a_pid_is_positive_and_fits)
{
	pid_t pid = 42;

	ck_assert_int_eq(ph_parse_pid("0", &pid), -EINVAL);
	ck_assert_int_eq(ph_parse_pid("-1", &pid), -EINVAL);
	ck_assert_int_eq(ph_parse_pid("007", &pid), -EINVAL);
	ck_assert_int_eq(ph_parse_pid("2147483648", &pid), -ERANGE);
	ck_assert_int_eq(ph_parse_pid("4294967297", &pid), -ERANGE);
	ck_assert_int_eq(ph_parse_pid("18446744073709551617", &pid), -ERANGE);
	ck_assert_int_eq(pid, 42);
	ck_assert_int_eq(ph_parse_pid("1", &pid), 0);
	ck_assert_int_eq(pid, 1);
	ck_assert_int_eq(ph_parse_pid("2147483647", &pid), 0);
	ck_assert_int_eq(pid, INT_MAX);
}

static int line(const char *text, pid_t *ret_pid)
{
	return ph_parse_pid_line(text, strlen(text), ret_pid);
}

TEST(a_line_with_a_pid_is_one_number_and_perhaps_a_newline)
{
	static const char *const others[] = {
		"",	"\n",	 "0",	  "0\n",    "-1\n",  "+1\n",  "01\n", " 1\n",
		"1 \n", "1\r\n", "1\n\n", "1\n2\n", "1 2\n", "0x1\n", "1.\n", "one\n",
	};
	char text[PH_PID_LINE_MAX + 2];
	pid_t pid = 0;

	ck_assert_int_eq(line("1", &pid), 0);
	ck_assert_int_eq(pid, 1);
	ck_assert_int_eq(line("2147483647\n", &pid), 0);
	ck_assert_int_eq(pid, INT32_MAX);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(line(others[i], &pid) < 0, "\"%s\"", others[i]);
	ck_assert_int_eq(line("2147483648\n", &pid), -ERANGE);
	ck_assert_int_eq(ph_parse_pid_line("1\0", 2, &pid), -EINVAL);
	memset(text, '1', sizeof(text));
	ck_assert_int_eq(ph_parse_pid_line(text, sizeof(text), &pid), -EINVAL);
	ck_assert_int_eq(pid, INT32_MAX);
}
