/* SPDX-License-Identifier: MIT */

/* ph_each: who is met, with what in hand, and who is not. */

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "facts.h"
#include "left.h"
#include "namespace.h"

enum {
	MANY = 300,
	FEW_DESCRIPTORS = 64,
	MOST = 16,
};

#define NAME "ph )\nfact"

/* whom a walk has met */
struct met {
	pid_t pids[MOST];
	int count;
};

static int meet(struct ph_process *process, void *arg)
{
	struct met *met = arg;

	ck_assert_int_lt(met->count, MOST);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	met->pids[met->count++] = ph_pid(process);
	return 0;
}

static struct met met_with(const struct ph_filter *filter)
{
	struct met met = { .count = 0 };
	int r = ph_each(filter, meet, &met);

	ck_assert_msg(r == 0, "ph_each: %d", r);
	return met;
}

static bool has_met(const struct met *met, pid_t pid)
{
	int times = 0;

	for (int i = 0; i < met->count; i++)
		times += met->pids[i] == pid;
	ck_assert_int_le(times, 1);
	return times == 1;
}

/* Exactly these: 0 ends the list. */
static void expect_met(const struct ph_filter *filter, pid_t a, pid_t b, pid_t c)
{
	struct met met = met_with(filter);
	const pid_t pids[] = { a, b, c };
	int count = 0;

	for (; count < 3 && pids[count] != 0; count++)
		ck_assert_msg(has_met(&met, pids[count]), "the one in place %d is missing", count);
	ck_assert_int_eq(met.count, count);
	for (int i = 1; i < met.count; i++)
		ck_assert_int_lt(met.pids[i - 1], met.pids[i]);
}

/* The test itself, two children, and the child of another one. */
struct family {
	struct ph_process *self;
	struct child plain;
	struct child leader;
	struct foster foster;
};

static void lead(void *arg)
{
	(void)arg;
	(void)setsid();
	(void)prctl(PR_SET_NAME, NAME);
}

static struct family family_start(void)
{
	struct family family = { .self = NULL };

	need_proc();
	family.plain = child_start();
	family.leader = child_start_with(lead, NULL);
	family.foster = foster_start();
	family.self = found(getpid());
	return family;
}

static void family_end(struct family *family)
{
	family->self = ph_unref(family->self);
	foster_end(&family->foster);
	child_end(&family->leader);
	child_end(&family->plain);
}

TEST(the_children_of_a_process_are_met)
{
	struct family family = family_start();

	expect_met(&(struct ph_filter){ .parent = family.self }, family.plain.pid,
		   family.leader.pid, family.foster.pid);
	family_end(&family);
}

TEST(descendants_are_met_however_far_down)
{
	struct family family = family_start();
	struct met met = met_with(&(struct ph_filter){ .ancestor = family.self });

	ck_assert_int_eq(met.count, 4);
	ck_assert(has_met(&met, family.plain.pid));
	ck_assert(has_met(&met, family.leader.pid));
	ck_assert(has_met(&met, family.foster.pid));
	ck_assert(has_met(&met, family.foster.ward.pid));
	family_end(&family);
}

TEST(groups_and_sessions_are_met)
{
	struct family family = family_start();
	pid_t leader = family.leader.pid;

	expect_met(&(struct ph_filter){ .group = leader }, leader, 0, 0);
	expect_met(&(struct ph_filter){ .session = leader }, leader, 0, 0);
	expect_met(&(struct ph_filter){ .parent = family.self, .group = getpgrp() },
		   family.plain.pid, family.foster.pid, 0);
	/* 0, which is any, if it began outside of the pid namespace */
	if (getsid(0) != 0)
		expect_met(&(struct ph_filter){ .group = leader, .session = getsid(0) }, 0, 0, 0);
	family_end(&family);
}

TEST(names_are_met_exactly_and_by_pattern)
{
	struct family family = family_start();
	struct ph_filter filter = { .parent = family.self };
	pid_t leader = family.leader.pid;

	filter.comm = NAME;
	expect_met(&filter, leader, 0, 0);
	filter.comm = "ph )";
	expect_met(&filter, 0, 0, 0);
	filter.comm = NULL;
	filter.comm_glob = "ph )?f*t";
	expect_met(&filter, leader, 0, 0);
	filter.comm_glob = "*";
	expect_met(&filter, family.plain.pid, leader, family.foster.pid);
	filter.comm_glob = "ph";
	expect_met(&filter, 0, 0, 0);
	filter.comm = NAME;
	expect_met(&filter, 0, 0, 0);
	family_end(&family);
}

TEST(states_and_users_are_met)
{
	struct family family = family_start();
	struct ph_filter filter = { .parent = family.self, .states = "TZ" };

	expect_met(&filter, 0, 0, 0);
	stop(family.plain.pid);
	child_become_zombie(&family.leader, 0);
	expect_met(&filter, family.plain.pid, family.leader.pid, 0);
	filter.states = "Z";
	expect_met(&filter, family.leader.pid, 0, 0);
	filter.states = "";
	expect_met(&filter, 0, 0, 0);
	filter = (struct ph_filter){ .parent = family.self, .flags = PH_FILTER_OWN };
	expect_met(&filter, family.plain.pid, family.leader.pid, family.foster.pid);
	filter.flags = PH_FILTER_OWN | PH_FILTER_UID | PH_FILTER_NO_KERNEL;
	filter.uid = geteuid();
	expect_met(&filter, family.plain.pid, family.leader.pid, family.foster.pid);
	filter.uid = geteuid() + 1;
	expect_met(&filter, 0, 0, 0);
	must(kill(family.plain.pid, SIGCONT));
	family_end(&family);
}

TEST(programs_are_met_by_device_and_inode)
{
	struct family family = family_start();
	struct ph_filter filter = { .parent = family.self };
	struct stat st;

	must(stat("/proc/self/exe", &st));
	filter.exe_device = st.st_dev;
	filter.exe_inode = st.st_ino;
	expect_met(&filter, family.plain.pid, family.leader.pid, family.foster.pid);
	must(stat("/bin/sh", &st));
	filter.exe_device = st.st_dev;
	filter.exe_inode = st.st_ino;
	expect_met(&filter, 0, 0, 0);
	family_end(&family);
}

TEST(ages_are_met)
{
	struct family family = family_start();
	struct ph_filter filter = { .parent = family.self };

	/* a day ago there was no such test */
	filter.max_age_ms = INT64_C(86400000);
	expect_met(&filter, family.plain.pid, family.leader.pid, family.foster.pid);
	filter.min_age_ms = INT64_C(86400000);
	expect_met(&filter, 0, 0, 0);
	filter.min_age_ms = INT64_MAX;
	filter.max_age_ms = 0;
	expect_met(&filter, 0, 0, 0);
	family_end(&family);
}

TEST(cgroups_are_met_with_those_below)
{
	struct family family = family_start();
	struct ph_filter filter = { .parent = family.self };
	char path[4096];
	int r = ph_text(family.self, PH_TEXT_CGROUP, path, sizeof(path) - 16);

	if (r >= 0) {
		filter.cgroup = path;
		expect_met(&filter, family.plain.pid, family.leader.pid, family.foster.pid);
		filter.cgroup = "/";
		expect_met(&filter, family.plain.pid, family.leader.pid, family.foster.pid);
		(void)strcat(strcmp(path, "/") == 0 ? strcpy(path, "") : path, "/ph-none");
		filter.cgroup = path;
	} else {
		ck_assert_int_eq(r, -ENODATA);
		filter.cgroup = "/";
	}
	expect_met(&filter, 0, 0, 0);
	family_end(&family);
}

static int note_self(struct ph_process *process, void *arg)
{
	bool *is_there = arg;

	*is_there |= ph_pid(process) == getpid() || ph_pid(process) == getppid();
	return 0;
}

TEST(the_caller_and_its_ancestors_are_left_out_if_asked_for)
{
	struct ph_filter filter = { .flags = 0 };
	bool is_there = false;

	need_proc();
	ck_assert_int_eq(ph_each(&filter, note_self, &is_there), 0);
	ck_assert(is_there);
	is_there = false;
	filter.flags = PH_FILTER_NOT_SELF;
	ck_assert_int_eq(ph_each(&filter, note_self, &is_there), 0);
	ck_assert(!is_there);
	ck_assert_int_eq(ph_each(NULL, note_self, &is_there), 0);
	ck_assert(is_there);
}

#define LONG_NAME "ph-a-name-that-is-longer-than-the-kernel-keeps"

/* The first argument says more than the name, which has been cut. */
TEST(a_long_name_is_met_by_its_program)
{
	char directory[] = "/tmp/ph-each-XXXXXX", link[128];
	char *const argv[] = { link, "-c", SHELL_SCRIPT, NULL };
	struct ph_process *self = found(getpid());
	struct ph_filter filter = { .parent = self };
	struct shell shell;

	need_proc();
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(link, sizeof(link), "%s/%s", directory, LONG_NAME);
	must(symlink("/bin/sh", link));
	shell = shell_start(argv);
	filter.comm = LONG_NAME;
	expect_met(&filter, ph_pid(shell.process), 0, 0);
	filter.comm = NULL;
	filter.comm_glob = "ph-a-*-keeps";
	expect_met(&filter, ph_pid(shell.process), 0, 0);
	filter.comm_glob = "ph-a-name-that-";
	expect_met(&filter, ph_pid(shell.process), 0, 0);
	filter.comm_glob = "ph-a-*-loses";
	expect_met(&filter, 0, 0, 0);
	shell_end(&shell);
	self = ph_unref(self);
	must(unlink(link));
	must(rmdir(directory));
}

struct kept {
	struct ph_process *process;
	int calls;
};

static int keep(struct ph_process *process, void *arg)
{
	struct kept *kept = arg;

	kept->process = ph_ref(process);
	kept->calls++;
	return 4711;
}

TEST(a_handle_may_be_kept_and_a_value_ends_the_walk)
{
	struct family family = family_start();
	struct ph_filter filter = { .parent = family.self };
	struct kept kept = { .process = NULL };

	ck_assert_int_eq(ph_each(&filter, keep, &kept), 4711);
	ck_assert_int_eq(kept.calls, 1);
	ck_assert_int_eq(ph_kill(kept.process, 0, PH_ONE), 0);
	kept.process = ph_unref(kept.process);
	family_end(&family);
}

struct usage {
	int met;
	int most;
};

static int measure(struct ph_process *process, void *arg)
{
	struct usage *usage = arg;
	int now = left_count_descriptors();

	(void)process;
	usage->met++;
	usage->most = now > usage->most ? now : usage->most;
	return 0;
}

TEST(many_processes_need_no_more_descriptors_than_few)
{
	static struct child children[MANY];
	struct ph_process *self = found(getpid());
	struct ph_filter filter = { .parent = self };
	struct usage usage = { .met = 0 };
	int before;

	need_proc();
	for (int i = 0; i < MANY; i++) {
		children[i] = child_start();
		must(close(children[i].leash));
		children[i].leash = -1;
	}
	before = left_count_descriptors();
	ck_assert_int_eq(ph_each(&filter, measure, &usage), 0);
	ck_assert_int_eq(usage.met, MANY);
	/* /proc, and the handle */
	ck_assert_int_le(usage.most, before + 2);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(waitpid(children[i].pid, NULL, 0), children[i].pid);
	self = ph_unref(self);
}

static int ignore(struct ph_process *process, void *arg)
{
	(void)process;
	(void)arg;
	return 0;
}

TEST(each_refuses_nonsense)
{
	struct {
		struct ph_filter filter;
		uint64_t later;
	} tomorrow = { .later = 0 };
	const struct ph_filter bad[] = {
		{ .flags = UINT64_C(1) << 4 },
		{ .flags = UINT64_C(1) << 63 },
		{ .group = -1 },
		{ .session = -1 },
		{ .unused = 1 },
		{ .min_age_ms = -1 },
		{ .max_age_ms = -1 },
		{ .exe_device = 1 },
	};

	ck_assert_int_eq(ph_each(NULL, NULL, NULL), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(ph_each(&bad[i], ignore, NULL), -EINVAL);
	tomorrow.filter.group = -1;
	ck_assert_int_eq(ph_each_sized(&tomorrow.filter, sizeof(tomorrow), ignore, NULL), -EINVAL);
	tomorrow.later = 1;
	ck_assert_int_eq(ph_each_sized(&tomorrow.filter, sizeof(tomorrow), ignore, NULL), -E2BIG);
	/* a program of before knows less */
	tomorrow.filter.group = 0;
	ck_assert_int_eq(ph_each_sized(&tomorrow.filter, 8, ignore, NULL),
			 has(PH_FEATURE_PROC) ? 0 : -ENOTSUP);
}

TEST(a_parent_that_is_gone_has_no_children)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_filter filter = { .parent = process };

	if (is_bare_here())
		skip("a bare number is whoever has it");
	child_become_zombie(&child, 0);
	if (has(PH_FEATURE_PROC))
		expect_met(&filter, 0, 0, 0);
	(void)child_reap(&child);
	ck_assert_int_eq(ph_each(&filter, ignore, NULL), -ESRCH);
	filter = (struct ph_filter){ .ancestor = process };
	ck_assert_int_eq(ph_each(&filter, ignore, NULL), -ESRCH);
	process = ph_unref(process);
}

static void ask_from_inside(void *arg)
{
	struct ph_filter filter = { .parent = arg };

	ck_assert_int_eq(ph_each(&filter, ignore, NULL), -EREMOTE);
	filter = (struct ph_filter){ .ancestor = arg };
	ck_assert_int_eq(ph_each(&filter, ignore, NULL), -EREMOTE);
}

TEST(a_parent_outside_the_namespace_is_remote)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	if (is_bare_here())
		skip("a bare number is whoever has it");
	in_own_pid_namespace(ask_from_inside, process);
	process = ph_unref(process);
	child_end(&child);
}

static void ask_without_proc(void *arg)
{
	(void)arg;
	ck_assert_int_eq(ph_each(NULL, ignore, NULL), -ENOTSUP);
}

TEST(without_proc_there_is_no_walk)
{
	if (!has(PH_FEATURE_PROC))
		ask_without_proc(NULL);
	else
		without_proc(ask_without_proc, NULL);
}

TEST(a_proc_of_another_namespace_is_none)
{
	in_own_pid_namespace_with_foreign_proc(ask_without_proc, NULL);
}

TEST(a_table_that_is_full_is_an_error)
{
	struct rlimit before;

	need_proc();
	probe_first();
	before = descriptors_leave(0);
	ck_assert_int_eq(ph_each(NULL, ignore, NULL), -EMFILE);
	descriptors_restore(before);
	/* /proc can be opened, and nobody in it */
	before = descriptors_leave(1);
	ck_assert_int_eq(ph_each(NULL, ignore, NULL), -EMFILE);
	ck_assert_int_eq(ph_each(&(struct ph_filter){ .comm = "x" }, ignore, NULL), -EMFILE);
	descriptors_restore(before);
}
