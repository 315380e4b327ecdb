/* SPDX-License-Identifier: MIT */

/* ph_exit_text, ph_strerror and ph_version: what people read. */

#include <ctype.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "api.h"

static const char *text_of(struct ph_exit how)
{
	static char text[128];
	int length = ph_exit_text(&how, text, sizeof(text));

	ck_assert_int_eq(length, (int)strlen(text));
	return text;
}

TEST(exit_codes_are_put_into_words)
{
	char expected[32];

	for (int code = 0; code <= 255; code++) {
		(void)snprintf(expected, sizeof(expected), "exited %d", code);
		ck_assert_str_eq(text_of((struct ph_exit){ .how = PH_EXITED, .value = code }),
				 expected);
	}
}

TEST(signals_are_put_into_words)
{
	static const struct {
		int signo;
		const char *text;
	} rows[] = {
		{ SIGKILL, "killed by SIGKILL" },
		{ SIGSEGV, "killed by SIGSEGV" },
		{ SIGABRT, "killed by SIGABRT" },
		{ SIGSYS, "killed by SIGSYS" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(
			text_of((struct ph_exit){ .how = PH_SIGNALED, .value = rows[i].signo }),
			rows[i].text);
	ck_assert_str_eq(
		text_of((struct ph_exit){ .how = PH_SIGNALED, .value = SIGSEGV, .flags = PH_CORE }),
		"killed by SIGSEGV (core dumped)");
	ck_assert_str_eq(text_of((struct ph_exit){ .how = PH_SIGNALED, .value = SIGRTMIN + 1 }),
			 "killed by SIGRTMIN+1");
}

/* one that libc keeps to itself */
TEST(a_signal_without_a_name_is_told_by_its_number)
{
	ck_assert_str_eq(text_of((struct ph_exit){ .how = PH_SIGNALED, .value = 33 }),
			 "killed by SIG33");
}

TEST(unknown_ends_say_why_they_are)
{
	ck_assert_str_eq(text_of((struct ph_exit){ .how = PH_UNKNOWN }), "exit status unknown");
	ck_assert_str_eq(text_of((struct ph_exit){ .how = PH_UNKNOWN, .flags = PH_PENDING }),
			 "exit status unknown (not reaped by its parent yet)");
	ck_assert_str_eq(
		text_of((struct ph_exit){ .how = PH_UNKNOWN, .flags = PH_PENDING | PH_FOREIGN }),
		"exit status unknown (not reaped by its parent yet)");
	ck_assert_str_eq(text_of((struct ph_exit){ .how = PH_UNKNOWN, .flags = PH_STOLEN }),
			 "exit status unknown (reaped by somebody else)");
	ck_assert_str_eq(text_of((struct ph_exit){ .how = PH_UNKNOWN, .flags = PH_FOREIGN }),
			 "exit status unknown (not a child of this process)");
}

TEST(a_known_end_of_somebody_else_is_told_like_any_other)
{
	ck_assert_str_eq(
		text_of((struct ph_exit){ .how = PH_EXITED, .value = 3, .flags = PH_FOREIGN }),
		"exited 3");
}

TEST(an_exit_text_is_cut_and_counted_in_full)
{
	const struct ph_exit how = { .how = PH_SIGNALED, .value = SIGSEGV, .flags = PH_CORE };
	const char *whole = "killed by SIGSEGV (core dumped)";
	char text[64];

	ck_assert_int_eq(ph_exit_text(&how, NULL, 0), (int)strlen(whole));
	for (size_t size = 1; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		ck_assert_int_eq(ph_exit_text(&how, text, size), (int)strlen(whole));
		ck_assert_int_eq(strncmp(text, whole, size - 1), 0);
		ck_assert_uint_le(strlen(text), size - 1);
		for (size_t i = size; i < sizeof(text); i++)
			ck_assert_int_eq(text[i], 'x');
	}
	ck_assert_int_eq(ph_exit_text(NULL, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(ph_exit_text(&how, NULL, 1), -EINVAL);
}

/* every error that a comment in the header lists */
static const int errors[] = { EINVAL,  ESRCH, ENOENT,  EMFILE,	ENFILE, ENOMEM,	 EAGAIN,   ESTALE,
			      ENOTSUP, EBADF, EREMOTE, ENODATA, EPERM,	EDEADLK, ETIMEDOUT };

enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

TEST(every_error_of_the_header_has_a_text_of_its_own)
{
	for (int i = 0; i < ERRORS; i++) {
		const char *text = ph_strerror(-errors[i]);

		ck_assert_ptr_nonnull(text);
		ck_assert_ptr_eq(ph_strerror(errors[i]), text);
		ck_assert_uint_gt(strlen(text), 5);
		/* a phrase, to stand after a colon */
		ck_assert(!isupper((unsigned char)text[0]));
		ck_assert_int_ne(text[strlen(text) - 1], '.');
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(text, ph_strerror(errors[j]));
	}
}

TEST(error_texts_speak_of_processes)
{
	ck_assert_str_eq(ph_strerror(-ESRCH), "no such process");
	ck_assert_str_eq(ph_strerror(-ETIMEDOUT), "still running");
	ck_assert_str_eq(ph_strerror(0), "success");
}

TEST(every_number_has_an_error_text)
{
	for (int error = -5000; error <= 5000; error++)
		ck_assert_uint_gt(strlen(ph_strerror(error)), 0);
	ck_assert_ptr_nonnull(ph_strerror(INT_MAX));
	ck_assert_ptr_nonnull(ph_strerror(INT_MIN + 1));
	ck_assert_ptr_nonnull(ph_strerror(INT_MIN));
}

TEST(error_texts_are_never_translated_and_stay)
{
	const char *before = ph_strerror(EXDEV), *other;
	char copy[128];

	(void)snprintf(copy, sizeof(copy), "%s", before);
	(void)setlocale(LC_ALL, "de_DE.UTF-8");
	other = ph_strerror(EPIPE);
	ck_assert_ptr_ne(other, before);
	ck_assert_str_eq(before, copy);
	ck_assert_str_eq(ph_strerror(EXDEV), copy);
}

TEST(the_version_is_the_one_of_the_header)
{
	char expected[32];

	(void)snprintf(expected, sizeof(expected), "%d.%d.%d", PH_VERSION_MAJOR, PH_VERSION_MINOR,
		       PH_VERSION_PATCH);
	ck_assert_str_eq(ph_version(), expected);
	ck_assert_ptr_eq(ph_version(), ph_version());
}
