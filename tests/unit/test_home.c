/* SPDX-License-Identifier: MIT */

/*
 * The mark of a process, where the page that it stands in is not to be had. The
 * program is linked with --wrap=madvise.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "sys/home.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { HAS_LIMITS = 0 };
#else
enum { HAS_LIMITS = 1 };
#endif

int __real_madvise(void *address, size_t size, int advice);
int __wrap_madvise(void *address, size_t size, int advice);

/* emulators of Linux that are a few years old take any advice, and do nothing */
static bool is_emulated;

int __wrap_madvise(void *address, size_t size, int advice)
{
	return is_emulated ? 0 : __real_madvise(address, size, advice);
}

static void expect_another(void *arg)
{
	ck_assert_uint_ne(ph_home(), *(const uint64_t *)arg);
	ck_assert_uint_ne(ph_home(), 0);
	ck_assert_uint_eq(ph_home(), ph_home());
}

TEST(a_forked_child_has_a_mark_of_its_own)
{
	uint64_t mark = ph_home();

	in_a_child(expect_another, &mark);
	ck_assert_uint_eq(ph_home(), mark);
}

/* Objects that remember it would be taken for inherited ones. */
TEST(who_got_no_page_once_keeps_the_mark_that_he_has)
{
	struct rlimit before, tight;
	uint64_t mark;

	if (!HAS_LIMITS || getenv("PH_TEST_VALGRIND"))
		skip("memory is not limited with a sanitizer");
	must(getrlimit(RLIMIT_AS, &before));
	tight = before;
	tight.rlim_cur = 0;
	must(setrlimit(RLIMIT_AS, &tight));
	mark = ph_home();
	must(setrlimit(RLIMIT_AS, &before));
	ck_assert_uint_eq(ph_home(), mark);
	(void)ph_home_own();
	ck_assert_uint_eq(ph_home(), mark);
	in_a_child(expect_another, &mark);
}

TEST(advice_that_is_only_said_to_be_taken_is_not_relied_on)
{
	uint64_t mark;

	is_emulated = true;
	mark = ph_home();
	ck_assert_uint_ne(mark, 0);
	in_a_child(expect_another, &mark);
	/* what is there at the first use would be there in a child as well */
	ck_assert_ptr_null(ph_home_own());
}
