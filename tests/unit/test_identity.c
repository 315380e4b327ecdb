/* SPDX-License-Identifier: MIT */

/* The spellings of an identity: those of the header, and no other. */

#include <errno.h>
#include <string.h>

#include "handle/identity.h"
#include "harness.h"

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

static struct ph_identity parsed(const char *text)
{
	struct ph_identity identity;
	int r = ph_identity_parse(text, &identity);

	ck_assert_msg(r == 0, "\"%s\": %d", text, r);
	return identity;
}

TEST(pid_and_inode_are_read)
{
	struct ph_identity identity = parsed("42:1234");

	ck_assert_int_eq(identity.pid, 42);
	ck_assert_int_eq(identity.kind, PH_IDENTITY_INODE);
	ck_assert_uint_eq(identity.value, 1234);
	ck_assert_str_eq(identity.boot, "");
}

TEST(pid_and_inode_and_boot_are_read)
{
	struct ph_identity identity = parsed("2147483647:18446744073709551615@" BOOT);

	ck_assert_int_eq(identity.pid, INT32_MAX);
	ck_assert_int_eq(identity.kind, PH_IDENTITY_INODE);
	ck_assert_uint_eq(identity.value, UINT64_MAX);
	ck_assert_str_eq(identity.boot, BOOT);
}

TEST(an_inode_alone_is_read)
{
	struct ph_identity identity = parsed(":1234");

	ck_assert_int_eq(identity.pid, 0);
	ck_assert_int_eq(identity.kind, PH_IDENTITY_INODE);
	ck_assert_uint_eq(identity.value, 1234);
}

TEST(pid_and_ticks_and_boot_are_read)
{
	struct ph_identity identity = parsed("42:t1234@" BOOT);

	ck_assert_int_eq(identity.pid, 42);
	ck_assert_int_eq(identity.kind, PH_IDENTITY_TICKS);
	ck_assert_uint_eq(identity.value, 1234);
	ck_assert_str_eq(identity.boot, BOOT);
}

TEST(every_other_spelling_is_refused)
{
	static const char *const texts[] = { "",
					     ":",
					     "42",
					     "42:",
					     ":t5",
					     "t5",
					     "42:t",
					     "42:T5",
					     " 42:5",
					     "42 :5",
					     "42: 5",
					     "42:5 ",
					     "42:5\n",
					     "+42:5",
					     "-42:5",
					     "42:-5",
					     "42:+5",
					     "042:5",
					     "42:05",
					     "0:5",
					     "42:0",
					     ":0",
					     ":t5@" BOOT,
					     "2147483648:5",
					     "42:18446744073709551616",
					     "42:5:6",
					     "42:5@",
					     "42:5@" BOOT "x",
					     "42:5@" BOOT "@",
					     "42:5@01234567-89AB-cdef-0123-456789abcdef",
					     "42:5@0123456789abcdef",
					     "42:5@01234567-89ab-cdef-0123-456789abcde",
					     "42:5@01234567_89ab-cdef-0123-456789abcdef",
					     "42:5@g1234567-89ab-cdef-0123-456789abcdef",
					     "42@" BOOT,
					     "@" BOOT,
					     ":@" BOOT,
					     "0x2a:5",
					     "42:0x5",
					     "42:tt5",
					     "42:5t",
					     "a:5",
					     "42:a",
					     "٤٢:5" };
	struct ph_identity identity = { .pid = 7, .value = 8 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(ph_identity_parse(texts[i], &identity) == -EINVAL, "\"%s\"", texts[i]);
	/* and nothing has been stored */
	ck_assert_int_eq(identity.pid, 7);
	ck_assert_uint_eq(identity.value, 8);
}

/*
 * The header promises "PID:tTICKS@BOOTID" only; ph_id() leaves "@BOOTID" out
 * where there is none, so the reader takes that too.
 */
TEST(ticks_without_a_boot_are_read_as_they_are_written)
{
	struct ph_identity identity = parsed("42:t1234");

	ck_assert_int_eq(identity.kind, PH_IDENTITY_TICKS);
	ck_assert_str_eq(identity.boot, "");
}

/* what was there before the clock had ticked; but there is no inode 0 */
TEST(zero_ticks_are_a_start_time)
{
	struct ph_identity identity = parsed("42:t0@" BOOT);

	ck_assert_int_eq(identity.kind, PH_IDENTITY_TICKS);
	ck_assert_uint_eq(identity.value, 0);
}

TEST(what_is_written_is_read_back)
{
	static const char *const texts[] = { "1:1",
					     "42:1234",
					     "42:1234@" BOOT,
					     "42:t1234",
					     "2147483647:18446744073709551615@" BOOT,
					     "2147483647:t18446744073709551615@" BOOT };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char buffer[PH_ID_SIZE];
		struct ph_writer writer = { .buffer = buffer, .size = sizeof(buffer) };
		struct ph_identity identity = parsed(texts[i]);

		ph_identity_write(&identity, &writer);
		ck_assert_str_eq(buffer, texts[i]);
		ck_assert_uint_lt(writer.length, PH_ID_SIZE);
	}
}
