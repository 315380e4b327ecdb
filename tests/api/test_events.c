/* SPDX-License-Identifier: MIT */

/*
 * The event counter of each setting: it moves when the older value made a
 * difference, by as much as it did, and at no other time. Each test sets what
 * it is about; the runs with settings of their own are skipped.
 */

#include <signal.h>
#include <string.h>

#include "api.h"

static const char *const settings[] = { "exitinfo",    "osfinderr",   "pidfd",	   "pidfdgroup",
					"pidfdinfo",   "pidfdsignal", "pidfdwait", "pidfs",
					"pidfshandle", "procfs" };

/* 1 is an inode like any other, and on some kernels that of process 1 */
#define NOBODY_HAS ":9223372036854775807"

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static void need(unsigned features)
{
	if (!has(features))
		skip("what the setting forbids is not to be had in this configuration");
}

static uint64_t all_events(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < SETTINGS; i++)
		sum += events(settings[i]);
	return sum;
}

/* Everything that a program does on an ordinary day. */
static void use_everything(void)
{
	struct child child = child_start_leader();
	struct ph_process *process = found(child.pid), *other = NULL;
	char id[PH_ID_SIZE];

	if (ph_id(process, id, sizeof(id)) > 0 && ph_find_id(id, &other) == 0)
		other = ph_unref(other);
	if (ph_parent(process, &other) == 0)
		other = ph_unref(other);
	if (ph_fd(process) >= 0 && ph_from_fd(ph_fd(process), &other) == 0)
		other = ph_unref(other);
	ck_assert_int_eq(ph_same(process, process), 1);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), 0);
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(at_their_defaults_settings_count_nothing)
{
	if (getenv("PHDEBUG"))
		skip("this run has settings of its own");
	use_everything();
	ck_assert_uint_eq(all_events(), 0);
}

TEST(every_setting_counts_somewhere)
{
	struct foster foster;
	struct ph_process *process;

	if (getenv("PHDEBUG"))
		skip("this run has settings of its own");
	/* the ones without which the others are never asked come last */
	for (int i = 0; i < SETTINGS; i++) {
		/* without this one as well no number could be proved */
		if (strcmp(settings[i], "procfs") == 0)
			continue;
		if (strcmp(settings[i], "pidfd") == 0 || strcmp(settings[i], "osfinderr") == 0)
			continue;
		set(settings[i], "0");
	}
	use_everything();
	foster = foster_start();
	process = found(foster.ward.pid);
	foster_let_exit(&foster, 0);
	(void)foster_reap(&foster);
	ck_assert_int_eq(ph_wait(process, 0, NULL), 0);
	process = ph_unref(process);
	foster_end(&foster);
	ck_assert_int_lt(ph_find_id(NOBODY_HAS, &process), 0);

	/* without signals by descriptor the groups are not even asked about */
	set("pidfdsignal", NULL);
	use_everything();
	/* a search through /proc is what the handles spare */
	set("pidfs", NULL);
	ck_assert_int_lt(ph_find_id(NOBODY_HAS, &process), 0);
	set("pidfd", "0");
	set("procfs", "0");
	use_everything();
	set("osfinderr", "0");
	use_everything();
	for (int i = 0; i < SETTINGS; i++) {
		if (!has(PH_FEATURE_PIDFD) && strcmp(settings[i], "osfinderr") != 0 &&
		    strcmp(settings[i], "procfs") != 0 && strcmp(settings[i], "pidfd") != 0)
			continue;
		if (!PH_HAVE_PIDFD && strcmp(settings[i], "pidfd") == 0)
			continue;
		/* without signals by descriptor it makes no difference */
		if (!has(PH_FEATURE_SIGNAL) && strcmp(settings[i], "pidfdgroup") == 0)
			continue;
		/* without inodes there is none to search for */
		if (!has(PH_FEATURE_INODE) && strcmp(settings[i], "pidfshandle") == 0)
			continue;
		ck_assert_msg(events(settings[i]) > 0, "%s", settings[i]);
	}
}

TEST(pidfd_0_counts_each_handle_that_is_made_without_one)
{
	if (!PH_HAVE_PIDFD)
		skip("there is no code for pidfds in this build");
	set("pidfd", "0");
	for (uint64_t i = 1; i <= 3; i++) {
		(void)ph_unref(found(getpid()));
		ck_assert_uint_eq(events("pidfd"), i);
	}
	/* it was asked for: no fallback */
	ck_assert_uint_eq(metric("/prochandle/fallbacks/pidfd:events"), 0);
}

TEST(pidfd_0_makes_no_pidfd)
{
	struct ph_process *process;

	set("pidfd", "0");
	process = found(getpid());
	ck_assert_int_eq(ph_fd(process), -ENOTSUP);
	ck_assert_int_ne(ph_guarantee(process), PH_PINNED);
	process = ph_unref(process);
	ck_assert_int_eq(ph_from_fd(STDERR_FILENO, &process), -ENOTSUP);
}

TEST(pidfdsignal_0_counts_each_handle_that_is_not_pinned_for_it)
{
	struct ph_process *process;

	need(PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL);
	set("pidfdsignal", "0");
	process = found(getpid());
	ck_assert_int_eq(ph_guarantee(process), PH_CHECKED);
	ck_assert_uint_eq(events("pidfdsignal"), 1);
	process = ph_unref(process);
}

TEST(pidfdwait_0_counts_each_handle_that_is_not_pinned_for_it)
{
	struct ph_process *process;

	need(PH_FEATURE_PIDFD | PH_FEATURE_WAIT);
	set("pidfdwait", "0");
	process = found(getpid());
	ck_assert_int_eq(ph_guarantee(process), PH_CHECKED);
	ck_assert_uint_eq(events("pidfdwait"), 1);
	process = ph_unref(process);
}

TEST(pidfdgroup_0_counts_signals_to_groups)
{
	struct child child = child_start_leader();
	struct ph_process *process = found(child.pid);

	need(PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL | PH_FEATURE_GROUP);
	set("pidfdgroup", "0");
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	ck_assert_uint_eq(events("pidfdgroup"), 0);
	ck_assert_int_eq(ph_kill(process, 0, PH_GROUP), 0);
	ck_assert_uint_eq(events("pidfdgroup"), 1);
	process = ph_unref(process);
	child_end(&child);
}

TEST(pidfs_0_counts_identities_by_start_time)
{
	struct ph_process *process = found(getpid());
	char id[PH_ID_SIZE];

	need(PH_FEATURE_PIDFD | PH_FEATURE_INODE | PH_FEATURE_PROC);
	set("pidfs", "0");
	ck_assert_int_gt(ph_id(process, id, sizeof(id)), 0);
	ck_assert_ptr_nonnull(strstr(id, ":t"));
	ck_assert_uint_eq(events("pidfs"), 1);
	process = ph_unref(process);
}

TEST(pidfdinfo_0_counts_questions_that_go_elsewhere)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid), *parent = NULL;

	need(PH_FEATURE_PIDFD | PH_FEATURE_INFO | PH_FEATURE_PROC);
	set("pidfdinfo", "0");
	ck_assert_uint_eq(events("pidfdinfo"), 0);
	ck_assert_int_eq(ph_parent(process, &parent), 0);
	/* before and after, for the parent and for the proof of the number */
	ck_assert_uint_eq(events("pidfdinfo"), 4);
	parent = ph_unref(parent);
	process = ph_unref(process);
	child_end(&child);
}

TEST(pidfshandle_0_counts_searches)
{
	struct ph_process *process;

	need(PH_FEATURE_PIDFD | PH_FEATURE_INODE | PH_FEATURE_HANDLE | PH_FEATURE_PROC);
	set("pidfshandle", "0");
	ck_assert_int_eq(ph_find_id(NOBODY_HAS, &process), -ESRCH);
	ck_assert_uint_eq(events("pidfshandle"), 1);
}

TEST(exitinfo_0_counts_ends_that_are_not_asked_for)
{
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);

	need(PH_FEATURE_PIDFD | PH_FEATURE_EXIT);
	set("exitinfo", "0");
	foster_let_exit(&foster, 5);
	(void)foster_reap(&foster);
	expect_end(process, -1, PH_UNKNOWN, 0, PH_FOREIGN);
	ck_assert_uint_eq(events("exitinfo"), 1);
	expect_end(process, -1, PH_UNKNOWN, 0, PH_FOREIGN);
	ck_assert_uint_eq(events("exitinfo"), 1);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(procfs_0_counts_files_that_are_not_read)
{
	struct ph_process *process;
	char id[PH_ID_SIZE];

	need(PH_FEATURE_PROC);
	process = found(getpid());
	set("procfs", "0");
	ck_assert_uint_eq(events("procfs"), 0);
	(void)ph_id(process, id, sizeof(id));
	ck_assert_uint_gt(events("procfs"), 0);
	process = ph_unref(process);
}

TEST(fallbacks_are_counted_where_the_kernel_is_the_reason)
{
	bool is_missing = expected_state(PH_FEATURE_PIDFD) == PH_FEATURE_MISSING || !PH_HAVE_PIDFD;
	const char *pidfd;

	/* otherwise the setting is the reason, and counts itself */
	must(ph_setting_get("pidfd", &pidfd));
	is_missing = is_missing && strcmp(pidfd, "1") == 0;
	(void)ph_unref(found(getpid()));
	ck_assert_uint_eq(metric("/prochandle/fallbacks/pidfd:events"), is_missing);
	is_missing = has(PH_FEATURE_PIDFD) &&
		     expected_state(PH_FEATURE_SIGNAL) == PH_FEATURE_MISSING;
	ck_assert_uint_eq(metric("/prochandle/fallbacks/pidfdsignal:events"), is_missing);
}

TEST(finds_that_find_nothing_are_counted)
{
	struct ph_process *process;

	expect_not_found(missing_pid(), -ESRCH);
	expect_not_found(0, -EINVAL);
	ck_assert_uint_eq(metric("/prochandle/finds/missing:finds"), 1);
	ck_assert_int_lt(ph_find_id("nonsense", &process), 0);
	ck_assert_uint_eq(metric("/prochandle/finds/missing:finds"), 1);
}

TEST(handles_are_counted_by_guarantee)
{
	static const char *const names[] = {
		[PH_PINNED] = "/prochandle/handles/pinned:handles",
		[PH_CHECKED] = "/prochandle/handles/checked:handles",
		[PH_UNCHECKED] = "/prochandle/handles/unchecked:handles",
	};

	(void)ph_unref(found(getpid()));
	(void)ph_unref(found(getpid()));
	for (int guarantee = PH_UNCHECKED; guarantee <= PH_PINNED; guarantee++)
		ck_assert_uint_eq(metric(names[guarantee]),
				  guarantee == expected_guarantee() ? 2 : 0);
}
