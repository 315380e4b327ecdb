/* SPDX-License-Identifier: MIT */

/* ph_find_id by the inode: alone, and with a number that it does not belong to. */

#include <signal.h>
#include <sys/stat.h>

#include "filter.h"
#include "identity.h"
#include "pidfd.h"

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
	(void)snprintf(id, sizeof(id), "%d:%llu", (int)thread.id, (unsigned long long)status.st_ino);
	if (has_identity())
		expect_id_not_found(id, -ESTALE);
	(void)snprintf(id, sizeof(id), "%d:%llu", (int)getpid(), (unsigned long long)status.st_ino);
	expect_id_not_found(id, has_inodes() ? -ESTALE : -ENOTSUP);
	must(close(pidfd));
	idle_thread_end(&thread);
}

/* Both are there, and do not belong together: nobody is guessed at. */
TEST(find_id_of_the_inode_of_another_process_is_stale)
{
	struct child one = child_start(), two = child_start();
	struct ph_process *process = found(two.pid);
	char id[PH_ID_SIZE], mixed[2 * PH_ID_SIZE];

	need_identity();
	if (!has_inodes())
		skip("start times may be equal");
	read_id(process, id);
	(void)snprintf(mixed, sizeof(mixed), "%d%s", (int)one.pid, strchr(id, ':'));
	expect_id_not_found(mixed, -ESTALE);
	(void)snprintf(mixed, sizeof(mixed), "%d%s", (int)missing_pid(), strchr(id, ':'));
	expect_id_not_found(mixed, -ESRCH);
	process = ph_unref(process);
	child_end(&one);
	child_end(&two);
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

/* Before Linux 6.17 the file system of pidfds is named by one of them. */
TEST(an_inode_is_opened_also_where_its_file_system_has_no_number)
{
	struct ph_process *process = found(getpid()), *again = NULL;
	struct filter_rule rule = {
		.call = SYS_open_by_handle_at,
		.action = FILTER_ERRNO(EBADF),
		.mask = UINT32_MAX,
		.value = (uint32_t)RAW_PIDFS_ROOT,
	};
	char id[PH_ID_SIZE];
	int r;

	if (!has(PH_FEATURE_PIDFD | PH_FEATURE_INODE | PH_FEATURE_HANDLE | PH_FEATURE_INFO))
		skip("this kernel opens nobody by an inode, or does not say whom");
	inode_alone(process, id);
	/* nor is there anything to search */
	set("procfs", "0");
	probe_first();
	r = filter_install(&rule, 1);
	if (r < 0)
		skip("no seccomp filters here: %s", strerror(-r));
	ck_assert_int_eq(ph_find_id(id, &again), 0);
	ck_assert_int_eq(ph_pid(again), getpid());
	again = ph_unref(again);
	process = ph_unref(process);
}
