/* SPDX-License-Identifier: MIT */

/* Patterns for names, byte by byte. */

#include "base/glob.h"
#include "harness.h"

static void expect(const char *pattern, const char *text, bool matches)
{
	ck_assert_msg(ph_glob_matches(pattern, text) == matches, "\"%s\" \"%s\"", pattern, text);
}

TEST(a_word_is_itself)
{
	expect("", "", true);
	expect("", "a", false);
	expect("a", "", false);
	expect("sleep", "sleep", true);
	expect("sleep", "sleeper", false);
	expect("sleep", "asleep", false);
}

TEST(a_star_is_any_bytes_and_a_question_mark_one)
{
	expect("*", "", true);
	expect("**", "abc", true);
	expect("a*c", "ac", true);
	expect("a*c", "abcbc", true);
	expect("a*c", "abcb", false);
	expect("*b*d*", "abcde", true);
	expect("?", "", false);
	expect("?", "a", true);
	expect("a?c", "abc", true);
	expect("a?c", "ac", false);
	expect("*?", "", false);
	expect("*?", "x", true);
}

TEST(a_set_is_one_of_its_bytes)
{
	expect("[abc]", "b", true);
	expect("[abc]", "d", false);
	expect("[a-c]x", "bx", true);
	expect("[!a-c]", "b", false);
	expect("[!a-c]", "d", true);
	expect("[^a]", "b", true);
	expect("[]]", "]", true);
	expect("[!]]", "]", false);
	expect("[]-a]", "^", true);
	expect("[a-]", "-", true);
	expect("[-a]", "-", true);
	expect("[\\]]", "]", true);
	expect("[a\\-c]", "b", false);
	expect("[a\\-c]", "-", true);
	/* in the wrong order it has no members */
	expect("[c-a]", "b", false);
	expect("kworker/[0-9]*:*", "kworker/12:3-events", true);
}

TEST(a_set_without_end_is_a_bracket)
{
	expect("[", "[", true);
	expect("[abc", "[abc", true);
	expect("[abc", "a", false);
	expect("[]", "[]", true);
	expect("[!]", "[!]", true);
	expect("[\\]", "[]", true);
}

TEST(a_backslash_takes_the_meaning_away)
{
	expect("\\*", "*", true);
	expect("\\*", "a", false);
	expect("\\?", "a", false);
	expect("\\[a]", "[a]", true);
	expect("\\\\", "\\", true);
	expect("\\", "\\", true);
}

TEST(a_byte_need_be_no_character)
{
	expect("\xff*", "\xff\xfe", true);
	expect("?", "\xc3", true);
	expect("[\x80-\xff]", "\xc3", true);
	expect("[!\x80-\xff]", "\xc3", false);
	expect("a)\n*", "a)\n\x1b[2J", true);
}

TEST(many_stars_take_no_longer)
{
	char text[4097];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = 'a';
	text[sizeof(text) - 1] = '\0';
	expect("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text, false);
}
