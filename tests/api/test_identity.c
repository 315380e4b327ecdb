/* SPDX-License-Identifier: MIT */

/* ph_id, ph_find_id and ph_same: which process is it, now and later? */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "api.h"
#include "pidfd.h"

static bool has_inodes(void)
{
	return has(PH_FEATURE_PIDFD | PH_FEATURE_INODE);
}

static bool has_identity(void)
{
	return has_inodes() || has(PH_FEATURE_PROC);
}

/* Skips where there is nothing that tells processes apart. */
static void need_identity(void)
{
	if (!has_identity())
		skip("there is no identity without inodes and without /proc");
}

static void read_id(struct ph_process *process, char id[PH_ID_SIZE])
{
	int r = ph_id(process, id, PH_ID_SIZE);

	ck_assert_int_gt(r, 0);
	ck_assert_int_lt(r, PH_ID_SIZE);
	ck_assert_uint_eq(strlen(id), r);
}

static void read_boot_id(char boot[64])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%63s", boot), 1);
	must(fclose(file));
}

/* From /proc, by a way that the library does not go: after the last ')'. */
static unsigned long long read_start(pid_t pid)
{
	unsigned long long start = 0;
	char path[64], text[1024];
	size_t length;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	must(fclose(file));
	ck_assert_int_eq(sscanf(strrchr(text, ')') + 2,
				"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
				"%*d %*d %*d %llu",
				&start),
			 1);
	return start;
}

TEST(id_is_pid_and_inode_or_ticks_and_boot)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	char expected[PH_ID_SIZE], boot[64], id[PH_ID_SIZE];
	struct stat st;

	if (has_identity())
		read_id(process, id);
	if (!has_identity()) {
		ck_assert_int_eq(ph_id(process, id, sizeof(id)), -ENOTSUP);
		(void)strcpy(expected, strcpy(id, ""));
	} else if (has_inodes()) {
		must(fstat(ph_fd(process), &st));
		(void)snprintf(expected, sizeof(expected), "%d:%" PRIu64, (int)child.pid,
			       (uint64_t)st.st_ino);
	} else {
		(void)snprintf(expected, sizeof(expected), "%d:t%llu", (int)child.pid,
			       read_start(child.pid));
	}
	if (has(PH_FEATURE_PROC)) {
		read_boot_id(boot);
		(void)strcat(strcat(expected, "@"), boot);
	}
	ck_assert_str_eq(id, expected);
	process = ph_unref(process);
	child_end(&child);
}

TEST(id_is_cut_where_the_buffer_ends_and_counted_in_full)
{
	struct ph_process *process = found(getpid());
	char whole[PH_ID_SIZE], id[PH_ID_SIZE];
	int length;

	need_identity();
	read_id(process, whole);
	length = (int)strlen(whole);
	ck_assert_int_eq(ph_id(process, NULL, 0), length);
	for (size_t size = 1; size <= sizeof(id); size++) {
		memset(id, 'x', sizeof(id));
		ck_assert_int_eq(ph_id(process, id, size), length);
		ck_assert_int_eq(strncmp(id, whole, size - 1), 0);
		ck_assert_uint_le(strlen(id), size - 1);
		for (size_t i = size; i < sizeof(id); i++)
			ck_assert_int_eq(id[i], 'x');
	}
	process = ph_unref(process);
}

TEST(id_refuses_nonsense)
{
	struct ph_process *process = found(getpid());
	char id[PH_ID_SIZE];

	ck_assert_int_eq(ph_id(NULL, id, sizeof(id)), -EINVAL);
	ck_assert_int_eq(ph_id(process, NULL, 1), -EINVAL);
	process = ph_unref(process);
}

TEST(id_stays_true_after_the_end_and_after_the_reap)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	char before[PH_ID_SIZE], after[PH_ID_SIZE];

	need_identity();
	read_id(process, before);
	child_kill(&child, SIGKILL);
	read_id(process, after);
	ck_assert_str_eq(after, before);
	(void)child_reap(&child);
	read_id(process, after);
	ck_assert_str_eq(after, before);
	process = ph_unref(process);
}

TEST(id_of_a_process_that_is_gone_needs_a_start_that_was_read)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	char id[PH_ID_SIZE];

	need_identity();
	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	/* inodes stay; without a pidfd the start was read with the find */
	if (has_inodes() || !has(PH_FEATURE_PIDFD))
		read_id(process, id);
	else
		ck_assert_int_eq(ph_id(process, id, sizeof(id)), -ESRCH);
	process = ph_unref(process);
}

TEST(id_without_a_free_descriptor_says_so)
{
	struct ph_process *process = found(getpid());
	struct rlimit before;
	char id[PH_ID_SIZE];
	int r;

	need_identity();
	before = descriptors_leave(0);
	r = ph_id(process, id, sizeof(id));
	descriptors_restore(before);
	/* only the boot id, and a start that was not read, have to be opened */
	if (has(PH_FEATURE_PROC))
		ck_assert_int_eq(r, -EMFILE);
	else
		ck_assert_int_gt(r, 0);
	read_id(process, id);
	process = ph_unref(process);
}

TEST(what_id_wrote_finds_the_process)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid), *again = NULL;
	char id[PH_ID_SIZE];

	need_identity();
	read_id(process, id);
	ck_assert_int_eq(ph_find_id(id, &again), 0);
	ck_assert_int_eq(ph_pid(again), child.pid);
	ck_assert_int_eq(ph_guarantee(again), expected_guarantee());
	ck_assert_int_eq(ph_same(process, again), 1);
	again = ph_unref(again);
	process = ph_unref(process);
	child_end(&child);
}

TEST(an_id_without_its_boot_finds_the_process)
{
	struct ph_process *process = found(getpid()), *again = NULL;
	char id[PH_ID_SIZE];

	need_identity();
	read_id(process, id);
	id[strcspn(id, "@")] = '\0';
	ck_assert_int_eq(ph_find_id(id, &again), 0);
	ck_assert_int_eq(ph_same(process, again), 1);
	again = ph_unref(again);
	process = ph_unref(process);
}

static void expect_id_not_found(const char *id, int error)
{
	struct ph_process *process = (struct ph_process *)&process;
	int r = ph_find_id(id, &process);

	ck_assert_msg(r == error, "\"%s\": %d instead of %d", id ? id : "(null)", r, error);
	ck_assert_ptr_null(process);
}

TEST(find_id_refuses_what_is_no_identity)
{
	struct ph_process *process;

	expect_id_not_found(NULL, -EINVAL);
	expect_id_not_found("", -EINVAL);
	expect_id_not_found("1", -EINVAL);
	expect_id_not_found(":", -EINVAL);
	expect_id_not_found("1:", -EINVAL);
	expect_id_not_found("1: 2", -EINVAL);
	expect_id_not_found("01:2", -EINVAL);
	expect_id_not_found("-1:2", -EINVAL);
	expect_id_not_found("0:2", -EINVAL);
	expect_id_not_found(":t2", -EINVAL);
	expect_id_not_found("1:2@", -EINVAL);
	expect_id_not_found("1:2@now", -EINVAL);
	expect_id_not_found("1:2 ", -EINVAL);
	expect_id_not_found("4294967297:2", -EINVAL);
	ck_assert_int_eq(ph_find_id("1:2", NULL), -EINVAL);
	(void)process;
}

TEST(find_id_of_a_process_that_is_gone_is_an_error)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	char id[PH_ID_SIZE];

	need_identity();
	read_id(process, id);
	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	expect_id_not_found(id, -ESRCH);
	process = ph_unref(process);
}

/* The own identity, with another value for the inode or the ticks. */
static void another_value(char id[PH_ID_SIZE], const char *suffix)
{
	struct ph_process *process = found(getpid());

	read_id(process, id);
	id[strcspn(id, "@")] = '\0';
	(void)strcat(id, suffix);
	process = ph_unref(process);
}

TEST(find_id_of_another_process_with_that_number_is_stale)
{
	char id[PH_ID_SIZE];

	need_identity();
	another_value(id, "1");
	expect_id_not_found(id, -ESTALE);
}

TEST(find_id_from_another_boot_is_stale)
{
	char id[PH_ID_SIZE];

	need_identity();
	another_value(id, "@00000000-0000-0000-0000-000000000000");
	/* without /proc the boot cannot be compared */
	expect_id_not_found(id, has(PH_FEATURE_PROC) ? -ESTALE : -ENOTSUP);
}

TEST(find_id_of_a_number_that_is_a_thread_now_is_stale)
{
	struct idle_thread thread = idle_thread_start();
	char id[64];

	need_identity();
	(void)snprintf(id, sizeof(id), has_inodes() ? "%d:1234" : "%d:t1234", (int)thread.id);
	expect_id_not_found(id, -ESTALE);
	idle_thread_end(&thread);
}

TEST(find_id_checks_also_with_osfinderr_0)
{
	char id[PH_ID_SIZE];

	need_identity();
	another_value(id, "1");
	set("osfinderr", "0");
	expect_id_not_found(id, -ESTALE);
	ck_assert_uint_eq(events("osfinderr"), 0);
}

TEST(find_id_of_a_kind_that_cannot_be_compared_is_not_supported)
{
	char id[64];

	(void)snprintf(id, sizeof(id), "%d:1234", (int)getpid());
	expect_id_not_found(id, has_inodes() ? -ESTALE : -ENOTSUP);
	(void)snprintf(id, sizeof(id), "%d:t1234", (int)getpid());
	expect_id_not_found(id, has(PH_FEATURE_PROC) ? -ESTALE : -ENOTSUP);
	/* a process that is not there is not there in any notation */
	(void)snprintf(id, sizeof(id), "%d:1234", (int)missing_pid());
	expect_id_not_found(id, -ESRCH);
	(void)snprintf(id, sizeof(id), "%d:t1234", (int)missing_pid());
	expect_id_not_found(id, -ESRCH);
}

TEST(ticks_find_the_process_also_where_there_are_inodes)
{
	struct child child = child_start();
	struct ph_process *process = NULL;
	char id[PH_ID_SIZE];

	if (!has(PH_FEATURE_PROC))
		skip("start times are in /proc");
	(void)snprintf(id, sizeof(id), "%d:t%llu", (int)child.pid, read_start(child.pid));
	ck_assert_int_eq(ph_find_id(id, &process), 0);
	ck_assert_int_eq(ph_pid(process), child.pid);
	process = ph_unref(process);
	child_end(&child);
}

/* An inode can be looked up by the kernel, or searched for in /proc. */
static bool has_lookup(void)
{
	return has_inodes() && (has(PH_FEATURE_HANDLE) || has(PH_FEATURE_PROC));
}

static void inode_alone(struct ph_process *process, char id[PH_ID_SIZE])
{
	char whole[PH_ID_SIZE];

	read_id(process, whole);
	whole[strcspn(whole, "@")] = '\0';
	(void)strcpy(id, strchr(whole, ':'));
}

TEST(an_inode_alone_finds_the_process)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid), *again = NULL;
	char id[PH_ID_SIZE];

	if (has_lookup()) {
		inode_alone(process, id);
		ck_assert_int_eq(ph_find_id(id, &again), 0);
		ck_assert_int_eq(ph_pid(again), child.pid);
		ck_assert_int_eq(ph_guarantee(again), expected_guarantee());
		ck_assert_int_eq(ph_same(process, again), 1);
		again = ph_unref(again);
	} else {
		expect_id_not_found(":1234", -ENOTSUP);
	}
	process = ph_unref(process);
	child_end(&child);
}

TEST(an_inode_that_no_process_has_is_an_error)
{
	expect_id_not_found(":9223372036854775807", has_lookup() ? -ESRCH : -ENOTSUP);
	expect_id_not_found(":18446744073709551615", has_lookup() ? -ESRCH : -ENOTSUP);
}

TEST(an_inode_of_a_process_that_is_gone_is_an_error)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	char id[PH_ID_SIZE];

	if (!has_lookup())
		skip("no process can be looked up by its inode here");
	inode_alone(process, id);
	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	expect_id_not_found(id, -ESRCH);
	process = ph_unref(process);
}

/* A thread has an inode as well: it is no process, and has no number as one. */
TEST(an_inode_of_a_thread_finds_nothing)
{
	struct idle_thread thread = idle_thread_start();
	int pidfd = raw_pidfd_open(thread.id, RAW_PIDFD_THREAD);
	char id[PH_ID_SIZE];
	struct stat status;

	if (pidfd < 0)
		skip("no pidfds of threads here: %s", strerror(errno));
	must(fstat(pidfd, &status));
	(void)snprintf(id, sizeof(id), ":%llu", (unsigned long long)status.st_ino);
	expect_id_not_found(id, has_lookup() ? -ESRCH : -ENOTSUP);
	must(close(pidfd));
	idle_thread_end(&thread);
}

TEST(find_id_without_a_free_descriptor_says_so)
{
	struct ph_process *process = found(getpid());
	char id[PH_ID_SIZE], inode[PH_ID_SIZE] = "";
	struct rlimit before;

	need_identity();
	read_id(process, id);
	id[strcspn(id, "@")] = '\0';
	if (has_lookup())
		inode_alone(process, inode);
	before = descriptors_leave(0);
	expect_id_not_found(id, -EMFILE);
	if (has_lookup())
		expect_id_not_found(inode, -EMFILE);
	descriptors_restore(before);
	process = ph_unref(process);
}

TEST(same_tells_one_process_from_two)
{
	struct child one = child_start(), two = child_start();
	struct ph_process *a = found(one.pid), *b = found(one.pid), *c = found(two.pid);

	ck_assert_int_eq(ph_same(a, a), 1);
	ck_assert_int_eq(ph_same(a, b), 1);
	ck_assert_int_eq(ph_same(b, a), 1);
	ck_assert_int_eq(ph_same(a, c), 0);
	ck_assert_int_eq(ph_same(c, b), 0);
	a = ph_unref(a);
	b = ph_unref(b);
	c = ph_unref(c);
	child_end(&one);
	child_end(&two);
}

TEST(same_needs_two_handles)
{
	struct ph_process *process = found(getpid());

	ck_assert_int_eq(ph_same(NULL, NULL), -EINVAL);
	ck_assert_int_eq(ph_same(process, NULL), -EINVAL);
	ck_assert_int_eq(ph_same(NULL, process), -EINVAL);
	process = ph_unref(process);
}

TEST(same_says_so_when_it_cannot_tell_any_more)
{
	struct child child = child_start();
	struct ph_process *a = found(child.pid), *b = found(child.pid);

	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	/* bare numbers are equal if they are equal */
	ck_assert_int_eq(ph_same(a, b), has_inodes() || is_bare_here() ? 1 : -ESRCH);
	ck_assert_int_eq(ph_same(a, a), 1);
	a = ph_unref(a);
	b = ph_unref(b);
}

TEST(same_takes_equal_start_times_for_a_proof_of_nothing)
{
	struct child child = child_start();
	struct ph_process *a = found(child.pid), *b = found(child.pid);
	char id[PH_ID_SIZE];

	need_identity();
	read_id(a, id);
	read_id(b, id);
	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	/* the next owner of the number may be born in the same tick */
	ck_assert_int_eq(ph_same(a, b), has_inodes() ? 1 : -ESRCH);
	a = ph_unref(a);
	b = ph_unref(b);
}
