/* SPDX-License-Identifier: MIT */

/* Files of /proc as text, whatever a process calls itself. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <prochandle.h>

#include "harness.h"
#include "proc/cgroup.h"
#include "proc/children.h"
#include "proc/field.h"
#include "proc/stat.h"
#include "proc/status.h"

/* what follows the name, from a running system; %s: the state */
#define REST                                                                                            \
	" 7 42 43 34817 -1 4194304 94 0 0 0 12 34 0 0 20 0 3 0 987654 2338816 360 18446744073709551615" \
	" 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 768\n"

static struct ph_proc_stat parsed(const char *text)
{
	struct ph_proc_stat stat;
	int r = ph_proc_stat_parse(text, PH_INFO_ALL, &stat);

	ck_assert_msg(r == 0, "\"%s\": %d", text, r);
	return stat;
}

static void expect_rest(const struct ph_proc_stat *stat)
{
	ck_assert_int_eq(stat->pid, 42);
	ck_assert_int_eq(stat->parent, 7);
	ck_assert(!ph_proc_stat_is_kernel(stat));
	ck_assert_int_eq(stat->threads, 3);
	ck_assert_uint_eq(stat->start, 987654);
	ck_assert_int_eq(stat->exit_code, 768);
	ck_assert_int_eq(stat->group, 42);
	ck_assert_int_eq(stat->session, 43);
	ck_assert_uint_eq(stat->tty, 34817);
	ck_assert_uint_eq(stat->flags, 4194304);
	ck_assert_uint_eq(stat->user, 12);
	ck_assert_uint_eq(stat->sys, 34);
	ck_assert_uint_eq(stat->vsize, 2338816);
	ck_assert_int_eq(stat->rss, 360);
}

static void expect_name(const struct ph_proc_stat *stat, const char *name)
{
	ck_assert_uint_eq(stat->comm_size, strlen(name));
	ck_assert_int_eq(memcmp(stat->comm, name, strlen(name)), 0);
}

TEST(the_fields_of_stat_are_read)
{
	struct ph_proc_stat stat = parsed("42 (cat) S" REST);

	ck_assert_int_eq(stat.state, 'S');
	expect_rest(&stat);
}

TEST(a_name_may_hold_anything)
{
	static const char *const names
		[] = { "",
		       ")",
		       "(",
		       "()",
		       ") Z 1 2 3",
		       "a b",
		       "\n",
		       "x) R 1 1 1\n99 (y",
		       " ",
		       "\t",
		       "))))))))",
		       "((((",
		       "\"'\\",
		       "ab\ncd\n)e",
		       "\xff\xfe",
		       "kworker/u64:3-events_unbound_and_a_very_long_description_of_it" /* 62 */,
		       "012345678901234567890123456789012345678901234567890123456789012" /* 63 */ };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[512];
		struct ph_proc_stat stat;

		(void)snprintf(text, sizeof(text), "42 (%s) D" REST, names[i]);
		stat = parsed(text);
		ck_assert_int_eq(stat.state, 'D');
		expect_name(&stat, names[i]);
		expect_rest(&stat);
	}
}

TEST(a_stat_that_ends_early_is_broken)
{
	const char *whole = "42 (cat) S" REST;
	struct ph_proc_stat stat = { .pid = 9 };
	char text[512];

	for (size_t length = 0; length < strlen(whole); length++) {
		int r;

		memcpy(text, whole, length);
		text[length] = '\0';
		r = ph_proc_stat_parse(text, PH_INFO_ALL, &stat);
		/* the start time, the 22nd field, is the last that has to be there */
		if (length <
		    strlen("42 (cat) S 7 42 43 34817 -1 4194304 94 0 0 0 12 34 0 0 20 0 3 0 9"))
			ck_assert_msg(r == -EBADMSG, "\"%s\": %d", text, r);
	}
	/* nothing is stored on failure */
	stat.pid = 9;
	ck_assert_int_eq(ph_proc_stat_parse("42 (cat)", PH_INFO_ALL, &stat), -EBADMSG);
	ck_assert_int_eq(stat.pid, 9);
}

TEST(a_stat_of_an_old_kernel_has_no_exit_code)
{
	struct ph_proc_stat stat =
		parsed("42 (cat) S 7 42 42 0 -1 4194304 94 0 0 0 0 0 0 0 20 0 3 0 987654\n");

	ck_assert_uint_eq(stat.start, 987654);
	ck_assert_int_eq(stat.exit_code, 0);
}

/* whatever is in the others */
TEST(only_the_fields_that_are_wanted_are_looked_at)
{
	const char *text = "42 (cat) S x x x -0x - \xff 1 1 1 1 y y 0 0 20 0 z 0 987654 - 9";
	struct ph_proc_stat stat;

	ck_assert_int_eq(ph_proc_stat_parse(text, 0, &stat), 0);
	ck_assert_int_eq(stat.pid, 42);
	ck_assert_int_eq(stat.state, 'S');
	expect_name(&stat, "cat");
	ck_assert_int_eq(ph_proc_stat_parse(text, PH_INFO_START, &stat), 0);
	ck_assert_uint_eq(stat.start, 987654);
	ck_assert_int_eq(stat.parent, 0);
	for (uint64_t fact = PH_INFO_PARENT; fact <= PH_INFO_TIME; fact <<= 1)
		if (fact & (PH_INFO_PARENT | PH_INFO_GROUP | PH_INFO_SESSION | PH_INFO_TTY |
			    PH_INFO_STATE | PH_INFO_THREADS | PH_INFO_TIME | PH_INFO_MEMORY))
			ck_assert_int_eq(ph_proc_stat_parse(text, fact, &stat), -EBADMSG);
}

TEST(garbage_is_no_stat)
{
	static const char *const texts[] = {
		"",
		"\n",
		"42",
		"42 cat S",
		"42 (cat S" REST,
		"42 cat) S" REST,
		"(cat) S" REST,
		"x (cat) S" REST,
		"-1 (cat) S" REST,
		"0 (cat) S" REST,
		"42(cat) S" REST,
		"42  (cat) S" REST,
		"42 (cat)S" REST,
		"42 (cat) SS" REST,
		"42 (cat)  S" REST,
		"4294967338 (cat) S" REST,
		"42 (cat) S x 42 42 0 -1 4194304 94 0 0 0 0 0 0 0 20 0 3 0 987654\n",
		"42 (cat) S 7 42 42 0 -1 4194304 94 0 0 0 0 0 0 0 20 0 x 0 987654\n",
		"42 (cat) S 7 42 42 0 -1 4194304 94 0 0 0 0 0 0 0 20 0 3 0 9x\n",
		"42 (cat) S 7 42 42 0 -1 4194304 94 0 0 0 0 0 0 0 20 0 3 0 18446744073709551616\n",
		") (",
		")42 (cat S",
		"42 )cat( S" REST,
		"\x01\x02\x03"
	};
	struct ph_proc_stat stat;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(ph_proc_stat_parse(texts[i], PH_INFO_ALL, &stat) == -EBADMSG,
			      "\"%s\"", texts[i]);
}

static bool has_ended(char state, int64_t threads)
{
	return ph_proc_stat_has_ended(&(struct ph_proc_stat){ .state = state, .threads = threads });
}

TEST(a_first_thread_that_has_ended_is_no_end)
{
	ck_assert(has_ended('Z', 1));
	ck_assert(has_ended('Z', 0));
	ck_assert(!has_ended('Z', 2));
	ck_assert(has_ended('X', 1));
	ck_assert(has_ended('x', 1));
	for (const char *state = "RSDTtIPWKN"; *state != '\0'; state++)
		ck_assert(!has_ended(*state, 1));
}

/* what the kernel writes for a pidfd, and for a process */
#define FDINFO "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1234\nPid:\t42\nNSpid:\t42\t7\n"

TEST(a_field_is_found_by_its_name)
{
	pid_t value = 0;

	ck_assert_int_eq(ph_proc_field_parse(FDINFO, "Pid:", &value), 0);
	ck_assert_int_eq(value, 42);
	ck_assert_int_eq(ph_proc_field_parse(FDINFO, "pos:", &value), 0);
	ck_assert_int_eq(value, 0);
}

TEST(a_field_may_be_minus_one)
{
	pid_t value = 0;

	ck_assert_int_eq(ph_proc_field_parse("Pid:\t-1\n", "Pid:", &value), 0);
	ck_assert_int_eq(value, -1);
}

TEST(a_field_at_the_end_needs_no_newline)
{
	pid_t value = 0;

	ck_assert_int_eq(ph_proc_field_parse("a:\t1\nPid:\t42", "Pid:", &value), 0);
	ck_assert_int_eq(value, 42);
}

TEST(a_name_in_the_middle_of_a_line_is_no_field)
{
	pid_t value = 7;

	ck_assert_int_eq(ph_proc_field_parse("NSPid:\t42\nx Pid:\t3\n", "Pid:", &value), -ENODATA);
	ck_assert_int_eq(ph_proc_field_parse("", "Pid:", &value), -ENODATA);
	ck_assert_int_eq(ph_proc_field_parse("Pid", "Pid:", &value), -ENODATA);
	ck_assert_int_eq(value, 7);
}

/* the name of a process stands in a line of its own, escaped; the first counts */
TEST(the_first_field_of_a_name_counts)
{
	pid_t value = 0;

	ck_assert_int_eq(ph_proc_field_parse("Tgid:\t1\nTgid:\t2\n", "Tgid:", &value), 0);
	ck_assert_int_eq(value, 1);
}

TEST(a_field_without_a_number_is_broken)
{
	static const char *const texts[] = { "Pid:",	    "Pid:\n",	   "Pid:\t\n42\n",
					     "Pid:\tx\n",   "Pid:\t0x1\n", "Pid:\t2147483648\n",
					     "Pid:\t--1\n", "Pid:\t-\n",   "Pid:\t1x\n" };
	pid_t value = 7;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(ph_proc_field_parse(texts[i], "Pid:", &value) == -EBADMSG, "\"%s\"",
			      texts[i]);
	ck_assert_int_eq(value, 7);
}

TEST(the_children_are_read_one_by_one)
{
	const char *text = "2 0 2147483647 ";
	pid_t pid = -1;

	ck_assert_int_eq(ph_proc_pids_next(&text, &pid), 1);
	ck_assert_int_eq(pid, 2);
	ck_assert_int_eq(ph_proc_pids_next(&text, &pid), 1);
	ck_assert_int_eq(pid, 0);
	ck_assert_int_eq(ph_proc_pids_next(&text, &pid), 1);
	ck_assert_int_eq(pid, 2147483647);
	ck_assert_int_eq(ph_proc_pids_next(&text, &pid), 0);
	text = "7\n8\n";
	ck_assert_int_eq(ph_proc_pids_next(&text, &pid), 1);
	ck_assert_int_eq(ph_proc_pids_next(&text, &pid), 1);
	ck_assert_int_eq(pid, 8);
	ck_assert_int_eq(ph_proc_pids_next(&text, &pid), 0);
}

TEST(what_is_no_list_of_children_is_refused)
{
	static const char *const bad[] = { "-1 ", "x ", " 1", "01 ", "2147483648 ", "\n" };
	pid_t pid = 4711;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *text = bad[i];

		ck_assert_int_eq(ph_proc_pids_next(&text, &pid), -EBADMSG);
		ck_assert_int_eq(pid, 4711);
	}
}

static void expect_cgroup(const char *text, const char *path)
{
	char copy[256];
	const char *found;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	found = ph_proc_cgroup_parse(copy);
	if (!path)
		ck_assert_ptr_null(found);
	else
		ck_assert_str_eq(found, path);
}

TEST(the_cgroup_of_version_2_is_found_among_the_others)
{
	expect_cgroup("0::/\n", "/");
	expect_cgroup("12:pids:/x\n1:name=systemd:/y\n0::/a b/c:d\n", "/a b/c:d");
	expect_cgroup("0::/gone (deleted)\n3:cpu:/\n", "/gone (deleted)");
	expect_cgroup("0::/../other", "/../other");
	expect_cgroup("10::/x\n1:name=0::/y\n", NULL);
	expect_cgroup("0::x\n", NULL);
	expect_cgroup("", NULL);
	ck_assert(ph_proc_cgroup_is_deleted("/x (deleted)"));
	ck_assert(!ph_proc_cgroup_is_deleted("/x (deleted)/y"));
	ck_assert(!ph_proc_cgroup_is_deleted("/x"));
}

TEST(mounts_are_read_with_their_escapes)
{
	char text[] =
		"41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n"
		"nonsense\n"
		"42 31 0:38 /a\\040b /mnt/x\\134\\011\\012y rw shared:7 master:3 - cgroup2 none rw\n"
		"43 31 0:39 / /proc rw -\n"
		"44 31 0:40 /\\9 /p rw - proc proc";
	struct ph_proc_mount mount;
	char *at = text;

	ck_assert(ph_proc_mount_next(&at, &mount));
	ck_assert_str_eq(mount.root, "/");
	ck_assert_str_eq(mount.point, "/sys/fs/cgroup");
	ck_assert_str_eq(mount.type, "cgroup2");
	ck_assert(ph_proc_mount_next(&at, &mount));
	ck_assert_str_eq(mount.root, "/a b");
	ck_assert_str_eq(mount.point, "/mnt/x\\\t\ny");
	ck_assert_str_eq(mount.type, "cgroup2");
	ck_assert(ph_proc_mount_next(&at, &mount));
	ck_assert_str_eq(mount.root, "/\\9");
	ck_assert_str_eq(mount.type, "proc");
	ck_assert(!ph_proc_mount_next(&at, &mount));
}

static const struct {
	const char *root;
	const char *path;
	/* NULL: not told */
	const char *below;
	bool contains;
} places[] = {
	{ "/", "/", "", true },
	{ "/", "/a/b", "/a/b", true },
	{ "/a", "/a", "", true },
	{ "/a", "/a/b", "/b", true },
	{ "/a", "/ab", NULL, false },
	{ "/a", "/", NULL, false },
	{ "/", "/../b", NULL, false },
	{ "/", "/..", NULL, false },
	{ "/..", "/../b", "/b", true },
	{ "/..", "/..", "", true },
	{ "/..", "/b", NULL, true },
	{ "/..", "/", NULL, true },
	{ "/..", "/../../b", NULL, false },
	{ "/../..", "/../b", NULL, true },
	{ "/../a", "/../a/b", "/b", true },
	{ "/../a", "/b", NULL, false },
	{ "/a", "/a/..b", "/..b", true },
};

TEST(a_cgroup_is_below_another_or_not)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *below = ph_proc_cgroup_below(places[i].root, places[i].path);

		ck_assert_msg(ph_proc_cgroup_contains(places[i].root, places[i].path) ==
				      places[i].contains,
			      "%s %s", places[i].root, places[i].path);
		if (places[i].below)
			ck_assert_str_eq(below, places[i].below);
		else
			ck_assert_ptr_null(below);
	}
}

TEST(a_name_of_4096_bytes_is_read_whole)
{
	static char text[8192], name[4097];
	struct ph_proc_stat stat;

	memset(name, ')', sizeof(name) - 1);
	(void)snprintf(text, sizeof(text), "42 (%s) S" REST, name);
	stat = parsed(text);
	expect_name(&stat, name);
	expect_rest(&stat);
}

TEST(a_thread_of_the_kernel_shows_in_its_flags)
{
	ck_assert(ph_proc_stat_is_kernel(&(struct ph_proc_stat){ .flags = 2129984 }));
	ck_assert(!ph_proc_stat_is_kernel(&(struct ph_proc_stat){ .flags = 4194304 }));
}

#define STATUS "Name:\tx\\nUid:\\t1\nTgid:\t42\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"

TEST(the_users_of_a_status_are_read)
{
	struct ph_proc_ids ids;

	ck_assert_int_eq(ph_proc_status_parse(STATUS, &ids), 0);
	ck_assert_uint_eq(ids.real_uid, 1);
	ck_assert_uint_eq(ids.uid, 2);
	ck_assert_uint_eq(ids.saved_uid, 3);
	ck_assert_uint_eq(ids.real_gid, 5);
	ck_assert_uint_eq(ids.gid, 6);
	/* who is in no namespace of ours */
	ck_assert_int_eq(ph_proc_status_parse("Uid:\t4294967295\t65534\t7\nGid:\t0\t0\t0\n", &ids),
			 0);
	ck_assert_uint_eq(ids.real_uid, UINT32_MAX);
	ck_assert_uint_eq(ids.uid, 65534);
}

TEST(a_status_without_users_is_broken)
{
	static const char *const texts[] = {
		"",
		"Uid:\t1\t2\t3\n",
		"Gid:\t1\t2\t3\n",
		"Uid:\t1\t2\nGid:\t1\t2\t3\n",
		"Uid:\n1\t2\t3\nGid:\t1\t2\t3\n",
		"Uid:\tx\t2\t3\nGid:\t1\t2\t3\n",
		"Uid:\t-1\t2\t3\nGid:\t1\t2\t3\n",
		"Uid:\t4294967296\t2\t3\nGid:\t1\t2\t3\n",
		"xUid:\t1\t2\t3\nGid:\t1\t2\t3\n",
	};
	struct ph_proc_ids ids = { .uid = 7 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(ph_proc_status_parse(texts[i], &ids) == -EBADMSG, "\"%s\"", texts[i]);
	ck_assert_uint_eq(ids.uid, 7);
}
