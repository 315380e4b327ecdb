/* SPDX-License-Identifier: MIT */

/*
 * Facts of who has been reaped, is outside, is hidden, or is there without what
 * it takes to read them.
 */

#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "facts.h"
#include "namespace.h"

enum { NUMBER = 4242 };

static void meet_stranger(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	struct ph_info info;
	char text[64];

	(void)arg;
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	pid = child_born_as(NUMBER);
	ck_assert_int_eq(ph_info(process, PH_INFO_ALL & ~PH_INFO_EXIT, &info), -ESRCH);
	ck_assert_int_eq(ph_info(process, PH_INFO_PARENT, &info), -ESRCH);
	ck_assert_int_eq(ph_info(process, PH_INFO_COMM, &info), -ESRCH);
	ck_assert_int_eq(ph_text(process, PH_TEXT_COMM, text, sizeof(text)), -ESRCH);
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	process = ph_unref(process);
}

TEST(of_the_next_owner_of_the_number_nothing_is_told)
{
	if (is_bare_here())
		skip("a bare number is whoever has it");
	in_own_pid_namespace(meet_stranger, NULL);
}

static void ask_from_inside(void *arg)
{
	struct ph_process *process = arg;
	struct ph_info info;
	char text[64];
	int r;

	ck_assert_int_eq(ph_info(process, PH_INFO_COMM, &info), -EREMOTE);
	ck_assert_int_eq(ph_text(process, PH_TEXT_COMM, text, sizeof(text)), -EREMOTE);
	r = ph_info(process, PH_INFO_INODE | PH_INFO_EXIT, &info);
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(info.got, has(PH_FEATURE_PIDFD | PH_FEATURE_INODE) ? PH_INFO_INODE : 0);
}

TEST(a_process_outside_the_namespace_is_remote)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	if (is_bare_here())
		skip("a bare number is whoever has it");
	in_own_pid_namespace(ask_from_inside, process);
	process = ph_unref(process);
	child_end(&child);
}

static void ask_what_is_hidden(void *arg)
{
	struct ph_process *process = arg;
	struct ph_info info;
	char text[64];

	become_nobody();
	ck_assert_int_eq(ph_info(process, BY_PROC | PH_INFO_CGROUP, &info), 0);
	ck_assert_uint_eq(info.got, BY_KERNEL);
	ck_assert_uint_eq(info.uid, 0);
	ck_assert_int_eq(ph_text(process, PH_TEXT_COMM, text, sizeof(text)), -ENOTSUP);
}

static void hide(void *arg)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	(void)arg;
	must(mount("none", "/proc", "proc", 0, "hidepid=2"));
	in_a_child(ask_what_is_hidden, process);
	process = ph_unref(process);
	child_end(&child);
}

TEST(of_who_is_hidden_there_is_what_the_kernel_tells)
{
	if (!asks_here())
		skip("this kernel does not tell");
	with_hidden_processes(hide, NULL);
}

static void ask_without_proc(void *arg)
{
	struct ph_process *process = NULL;
	struct ph_info info;
	char text[64];

	(void)arg;
	ck_assert_int_eq(ph_self(&process), 0);
	info = info_of(process, PH_INFO_ALL & ~PH_INFO_INODE);
	ck_assert_uint_eq(info.got, asks_here() ? BY_KERNEL : info.got & PH_INFO_PID);
	ck_assert_int_eq(ph_text(process, PH_TEXT_COMM, text, sizeof(text)), -ENOTSUP);
	process = ph_unref(process);
}

TEST(without_proc_there_is_what_the_kernel_tells)
{
	without_proc(ask_without_proc, NULL);
}

TEST(without_descriptors_there_is_what_the_kernel_tells)
{
	struct ph_process *process = found(getpid());
	struct rlimit before;
	struct ph_info info;
	char text[64];
	int r;

	probe_first();
	before = descriptors_leave(0);
	r = ph_info(process, BY_KERNEL, &info);
	if (asks_here())
		ck_assert_int_eq(r, 0);
	r = ph_info(process, PH_INFO_COMM, &info);
	ck_assert_int_eq(r, has(PH_FEATURE_PROC) ? -EMFILE : 0);
	r = ph_text(process, PH_TEXT_COMM, text, sizeof(text));
	ck_assert_int_eq(r, has(PH_FEATURE_PROC) ? -EMFILE : -ENOTSUP);
	descriptors_restore(before);
	process = ph_unref(process);
}
