/* SPDX-License-Identifier: MIT */

/* What the tests of stopping say often. */

#ifndef STOP_H
#define STOP_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../api/api.h"
#include "namespace.h"

/* as short as can be told apart from at once, in tests of what is waited for in vain */
enum { SHORT_MS = 20 };

/* The test has a deadline of its own, and that is shorter. */
enum { NEVER_MS = 3600 * 1000 };

enum { REPORTS = 64 };

/* What was reported, in order; give it as arg, with keep() or a function of the test's own. */
struct kept {
	int count;
	struct ph_stop_report reports[REPORTS];
};

static inline int keep(const struct ph_stop_report *report, void *arg)
{
	struct kept *kept = arg;

	if (kept->count < REPORTS)
		kept->reports[kept->count++] = *report;
	return 0;
}

static inline int kept_count(const struct kept *kept, int what)
{
	int count = 0;

	for (int i = 0; i < kept->count; i++)
		count += kept->reports[i].what == what;
	return count;
}

static inline void expect_kept(const struct kept *kept, int at, int what, int signo, int64_t value)
{
	ck_assert_int_lt(at, kept->count);
	ck_assert_int_eq(kept->reports[at].what, what);
	ck_assert_int_eq(kept->reports[at].signo, signo);
	ck_assert_int_eq(kept->reports[at].value, value);
}

static inline void ignore_term(void *arg)
{
	(void)arg;
	(void)signal(SIGTERM, SIG_IGN);
}

#endif
