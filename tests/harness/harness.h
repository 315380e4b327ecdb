/* SPDX-License-Identifier: MIT */

/*
 * What every test program is made of. The engine is Check in its fork mode: a
 * process of its own and a deadline for each test. Three things are added that
 * Check does not have: a test that leaves something behind in its process
 * fails, a machine that lacks something makes a skip with a reason, and the
 * results are TAP, one line for each test.
 *
 * TEST(name) { … } is all that there is to write. The name is a promise.
 *
 * PH_TEST_FILTER="ERRNO CALL" in the environment puts the whole program under
 * a seccomp filter first: see filter.h.
 */

#ifndef HARNESS_H
#define HARNESS_H

#include <check.h>

void harness_add(const TTest *test);

#define TEST(name_)                                                              \
	static void name_(int _i);                                               \
	__attribute__((__constructor__)) static void add_##name_(void)           \
	{                                                                        \
		static const TTest test = { #name_, name_, __FILE__, __LINE__ }; \
		harness_add(&test);                                              \
	}                                                                        \
	static void name_(int _i __attribute__((__unused__)))

/* Ends the test: this machine cannot tell. The reason is printed. */
_Noreturn __attribute__((__format__(__printf__, 1, 2))) void skip(const char *reason, ...);

/* This call must succeed: it belongs to the test, not to what is tested. */
#define must(call_) harness_must((call_), #call_, __FILE__, __LINE__)

int harness_must(long result, const char *call, const char *file, int line);

/*
 * Runs @body in a forked child whose failures and skips are those of the test,
 * and which may not leave anything behind either.
 */
void in_a_child(void (*body)(void *arg), void *arg);

/* The seconds that a test may take. */
enum { TEST_SECONDS = 60 };

#endif
