/* SPDX-License-Identifier: MIT */

/* ph_list: facts without handles, and the same as with them. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "facts.h"
#include "left.h"

#define NAME "ph (list) S"

/* the one that is looked for, and how many others there were */
struct search {
	pid_t pid;
	struct ph_info info;
	char cmdline[PH_LIST_CMDLINE];
	int met;
	int descriptors;
};

static int search(const struct ph_info *info, void *arg)
{
	struct search *search = arg;

	ck_assert_int_gt(info->pid, 0);
	ck_assert_uint_ne(info->got & PH_INFO_PID, 0);
	if (info->pid != search->pid)
		return 0;
	search->met++;
	search->info = *info;
	search->descriptors = left_count_descriptors();
	if (info->cmdline)
		memcpy(search->cmdline, info->cmdline, info->cmdline_size);
	return 0;
}

static void expect_same(const struct ph_info *a, const struct ph_info *b)
{
	ck_assert_uint_eq(a->got & ~PH_INFO_CMDLINE, b->got);
	ck_assert_int_eq(a->pid, b->pid);
	ck_assert_int_eq(a->parent, b->parent);
	ck_assert_int_eq(a->group, b->group);
	ck_assert_int_eq(a->session, b->session);
	ck_assert_uint_eq(a->tty, b->tty);
	ck_assert_uint_eq(a->uid, b->uid);
	ck_assert_uint_eq(a->gid, b->gid);
	ck_assert_uint_eq(a->real_uid, b->real_uid);
	ck_assert_uint_eq(a->real_gid, b->real_gid);
	ck_assert_uint_eq(a->cgroup, b->cgroup);
	ck_assert_uint_eq(a->start_ticks, b->start_ticks);
	ck_assert_uint_eq(a->threads, b->threads);
	ck_assert_uint_eq(a->vsize, b->vsize);
	ck_assert_str_eq(a->comm, b->comm);
	ck_assert_uint_eq(a->inode, b->inode);
}

static void take_name(void *arg)
{
	(void)arg;
	(void)prctl(PR_SET_NAME, NAME);
}

TEST(a_list_tells_what_info_tells)
{
	struct child child = child_start_with(take_name, NULL);
	struct ph_process *process = found(child.pid), *self = found(getpid());
	struct ph_filter filter = { .parent = self };
	static const uint64_t wants[] = {
		PH_INFO_ALL & ~PH_INFO_EXIT,
		PH_INFO_ALL & ~(PH_INFO_INODE | PH_INFO_EXIT),
		PH_INFO_PID,
		PH_INFO_PID | PH_INFO_PARENT,
		PH_INFO_PID | PH_INFO_PARENT | PH_INFO_USER | PH_INFO_REAL_USER,
		PH_INFO_USER,
		PH_INFO_REAL_USER,
		PH_INFO_CGROUP,
		PH_INFO_COMM | PH_INFO_START | PH_INFO_USER,
		PH_INFO_INODE,
	};

	need_proc();
	stop(child.pid);
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		for (int filtered = 0; filtered < 2; filtered++) {
			struct search found = { .pid = child.pid };
			struct ph_info info, expected;
			int r = ph_list(filtered ? &filter : NULL, wants[i], search, &found);

			ck_assert_int_eq(r, 0);
			ck_assert_int_eq(found.met, 1);
			ck_assert_int_eq(ph_info(process, wants[i] | PH_INFO_PID, &info), 0);
			ck_assert_uint_eq(found.info.got & ~PH_INFO_CMDLINE, info.got);
			/* what was needed to choose is there, and does not count */
			ck_assert_int_eq(ph_info(process, PH_INFO_ALL, &expected), 0);
			if (wants[i] == (PH_INFO_ALL & ~PH_INFO_EXIT))
				expect_same(&found.info, &expected);
		}
	}
	must(kill(child.pid, SIGCONT));
	self = ph_unref(self);
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_list_holds_no_handle)
{
	struct ph_process *self = found(getpid());
	struct search found = { .pid = getpid() };
	int before;

	need_proc();
	before = left_count_descriptors();
	ck_assert_int_eq(ph_list(NULL, PH_INFO_ALL & ~PH_INFO_INODE, search, &found), 0);
	ck_assert_int_eq(found.met, 1);
	/* /proc */
	ck_assert_int_eq(found.descriptors, before + 1);
	self = ph_unref(self);
}

TEST(a_list_shows_the_beginning_of_the_arguments)
{
	static char argument[PH_LIST_CMDLINE + 1];
	char *const argv[] = { "sh", "-c", SHELL_SCRIPT, argument, NULL };
	static const char head[] = "sh\0-c\0" SHELL_SCRIPT "\0xxx";
	struct search found = { .met = 0 };
	struct shell shell;

	need_proc();
	memset(argument, 'x', sizeof(argument) - 1);
	shell = shell_start(argv);
	found.pid = ph_pid(shell.process);
	ck_assert_int_eq(ph_list(NULL, PH_INFO_CMDLINE, search, &found), 0);
	ck_assert_int_eq(found.met, 1);
	ck_assert_uint_eq(found.info.got, PH_INFO_PID | PH_INFO_CMDLINE);
	ck_assert_uint_eq(found.info.cmdline_size, PH_LIST_CMDLINE);
	ck_assert_mem_eq(found.cmdline, head, sizeof(head) - 1);
	shell_end(&shell);
}

static int end_at_once(const struct ph_info *info, void *arg)
{
	(void)info;
	++*(int *)arg;
	return -4711;
}

TEST(a_value_ends_the_list)
{
	int calls = 0;

	need_proc();
	ck_assert_int_eq(ph_list(NULL, PH_INFO_PID, end_at_once, &calls), -4711);
	ck_assert_int_eq(calls, 1);
}

TEST(a_list_refuses_nonsense)
{
	struct {
		struct ph_filter filter;
		uint64_t later;
	} tomorrow = { .later = 1 };
	int calls = 0;

	ck_assert_int_eq(ph_list(NULL, PH_INFO_PID, NULL, NULL), -EINVAL);
	ck_assert_int_eq(ph_list(NULL, 0, end_at_once, &calls), -EINVAL);
	ck_assert_int_eq(
		ph_list_sized(&tomorrow.filter, sizeof(tomorrow), PH_INFO_PID, end_at_once, &calls),
		-E2BIG);
	if (!has(PH_FEATURE_PROC))
		ck_assert_int_eq(ph_list(NULL, PH_INFO_PID, end_at_once, &calls), -ENOTSUP);
	ck_assert_int_eq(calls, 0);
}
