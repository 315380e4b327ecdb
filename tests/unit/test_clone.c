/* SPDX-License-Identifier: MIT */

/*
 * A child in the memory of its parent by the clone(3) of libc, as on machines for
 * which there is nothing else: sys/clone.c is built for one here.
 */

#include "harness.h"
#include "small.h"

#include "sys/clone.h"

static void *try_to_clone(void *arg)
{
	int *works = arg;

	*works = ph_sys_try_clone(0);
	return NULL;
}

TEST(a_child_needs_no_stack_of_the_thread_that_makes_it)
{
	int works = 0;

	if (ph_sys_try_clone(0) <= 0)
		skip("no child in this memory here");
	in_a_small_thread(try_to_clone, &works);
	ck_assert_int_eq(works, 1);
}
