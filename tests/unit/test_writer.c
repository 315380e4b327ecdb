/* SPDX-License-Identifier: MIT */

/* Text that is cut where the buffer is full, and counted in full. */

#include <string.h>

#include "base/writer.h"
#include "harness.h"

TEST(text_that_fits_is_written_whole)
{
	char buffer[8];
	struct ph_writer writer = { .buffer = buffer, .size = sizeof(buffer) };

	ph_write(&writer, "%d", 123);
	ph_write(&writer, "%s", "4567");
	ck_assert_str_eq(buffer, "1234567");
	ck_assert_uint_eq(writer.length, 7);
}

TEST(text_that_does_not_fit_is_cut_and_counted)
{
	char buffer[8];

	for (size_t size = 1; size <= sizeof(buffer); size++) {
		struct ph_writer writer = { .buffer = buffer, .size = size };

		memset(buffer, 'x', sizeof(buffer));
		ph_write(&writer, "abcdef");
		ph_write(&writer, "ghijkl");
		ck_assert_uint_eq(writer.length, 12);
		ck_assert_uint_eq(strlen(buffer), size - 1);
		ck_assert_int_eq(strncmp(buffer, "abcdefgh", size - 1), 0);
		/* nothing is written behind the end */
		for (size_t i = size; i < sizeof(buffer); i++)
			ck_assert_int_eq(buffer[i], 'x');
	}
}

TEST(without_a_buffer_it_is_only_counted)
{
	struct ph_writer writer = { .buffer = NULL, .size = 0 };

	ph_write(&writer, "abc");
	ph_write(&writer, "def");
	ck_assert_uint_eq(writer.length, 6);
}
