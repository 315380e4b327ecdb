/* SPDX-License-Identifier: MIT */

/* The grammar of PHDEBUG, entry by entry. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "state/settings.h"

/* Writes what the reader sees as "[name|value]…". */
static const char *entries(const char *text)
{
	static char seen[512];
	struct ph_setting_entry entry;
	size_t length = 0;

	seen[0] = '\0';
	while (ph_setting_next(&text, &entry))
		length += (size_t)snprintf(seen + length, sizeof(seen) - length, "[%.*s|%.*s]",
					   (int)entry.name_length, entry.name,
					   (int)entry.value_length, entry.value);
	ck_assert_str_eq(text, "");
	return seen;
}

TEST(entries_are_split_at_commas)
{
	ck_assert_str_eq(entries("a=1"), "[a|1]");
	ck_assert_str_eq(entries("a=1,b=0"), "[a|1][b|0]");
	ck_assert_str_eq(entries("a=1;b=0"), "[a|1;b=0]");
	ck_assert_str_eq(entries("a=1 b=0"), "[a|1 b=0]");
}

TEST(an_entry_is_split_at_its_first_equals_sign)
{
	ck_assert_str_eq(entries("a=b=c"), "[a|b=c]");
	ck_assert_str_eq(entries("a==1"), "[a|=1]");
	ck_assert_str_eq(entries("a="), "[a|]");
	ck_assert_str_eq(entries("=1"), "[|1]");
	ck_assert_str_eq(entries("="), "[|]");
}

TEST(an_entry_without_an_equals_sign_is_ignored)
{
	ck_assert_str_eq(entries("a"), "");
	ck_assert_str_eq(entries("a,b=1"), "[b|1]");
	ck_assert_str_eq(entries("b=1,a"), "[b|1]");
	ck_assert_str_eq(entries("b=1,a,c=0"), "[b|1][c|0]");
}

TEST(empty_entries_are_harmless)
{
	ck_assert_str_eq(entries(""), "");
	ck_assert_str_eq(entries(","), "");
	ck_assert_str_eq(entries(",,,"), "");
	ck_assert_str_eq(entries(",a=1,,b=0,"), "[a|1][b|0]");
}

TEST(nothing_is_trimmed)
{
	ck_assert_str_eq(entries(" a=1"), "[ a|1]");
	ck_assert_str_eq(entries("a =1"), "[a |1]");
	ck_assert_str_eq(entries("a= 1"), "[a| 1]");
	ck_assert_str_eq(entries("a=1 ,b=0\n"), "[a|1 ][b|0\n]");
}

TEST(zero_and_one_are_the_only_values)
{
	static const char *const refused[] = { "",	"2",   "00", "01", "10",  " 1",
					       "1 ",	"-1",  "+1", "on", "off", "true",
					       "false", "yes", "no", "Y",  "1#",  "0\n" };

	ck_assert_int_eq(ph_setting_parse("0", 1), 0);
	ck_assert_int_eq(ph_setting_parse("1", 1), 1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_msg(ph_setting_parse(refused[i], strlen(refused[i])) == -EINVAL, "\"%s\"",
			      refused[i]);
}

TEST(a_name_is_compared_whole_and_with_its_case)
{
	ck_assert_int_eq(ph_setting_by_name("osfinderr", 9), PH_SETTING_OSFINDERR);
	ck_assert_int_eq(ph_setting_by_name("pidfd", 5), PH_SETTING_PIDFD);
	/* the beginning of another one */
	ck_assert_int_eq(ph_setting_by_name("pidfdgroup", 10), PH_SETTING_GROUP);
	ck_assert_int_eq(ph_setting_by_name("pidf", 4), -ENOENT);
	ck_assert_int_eq(ph_setting_by_name("OSFINDERR", 9), -ENOENT);
	ck_assert_int_eq(ph_setting_by_name("", 0), -ENOENT);
	ck_assert_int_eq(ph_setting_by_name("osfinderr#", 10), -ENOENT);
}
