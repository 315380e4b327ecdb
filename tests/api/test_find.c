/* SPDX-License-Identifier: MIT */

/* ph_find: strict, honest about the guarantee, and never a weaker handle. */

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "api.h"
#include "filter.h"
#include "left.h"
#include "namespace.h"

TEST(find_refuses_what_is_no_pid)
{
	expect_not_found(0, -EINVAL);
	expect_not_found(-1, -EINVAL);
	expect_not_found(-42, -EINVAL);
	expect_not_found(INT_MIN, -EINVAL);
}

TEST(find_needs_somewhere_to_put_the_handle)
{
	ck_assert_int_eq(ph_find(getpid(), NULL), -EINVAL);
}

TEST(find_holds_with_the_guarantee_of_this_configuration)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	process = ph_unref(process);
	child_end(&child);
}

TEST(find_of_a_missing_process_is_an_error)
{
	expect_not_found(missing_pid(), -ESRCH);
	expect_not_found(INT_MAX, -ESRCH);
}

TEST(find_above_the_largest_pid_is_an_error)
{
	FILE *file = fopen("/proc/sys/kernel/pid_max", "re");
	int most = 0;

	if (!file || fscanf(file, "%d", &most) != 1)
		skip("the largest pid cannot be read");
	must(fclose(file));
	expect_not_found(most + 1, -ESRCH);
}

/* no build but one for other systems, without /proc, would take it */
static bool tells_threads(void)
{
	return PH_HAVE_PIDFD || has(PH_FEATURE_PROC);
}

TEST(find_of_a_thread_is_an_error)
{
	struct idle_thread thread = idle_thread_start();

	if (!tells_threads())
		skip("without pidfds in the build and without /proc a thread cannot be told");
	expect_not_found(thread.id, -ENOENT);
	idle_thread_end(&thread);
}

TEST(find_of_the_first_thread_is_the_process)
{
	struct idle_thread thread = idle_thread_start();
	struct ph_process *process = found(getpid());

	process = ph_unref(process);
	idle_thread_end(&thread);
}

TEST(find_of_a_zombie_finds_it)
{
	struct child child = child_start();
	struct ph_process *process;

	child_become_zombie(&child, 3);
	process = found(child.pid);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	expect_end(process, 0, PH_EXITED, 3, PH_HAS_USAGE);
	process = ph_unref(process);
}

TEST(find_of_a_process_being_forgotten_is_an_error)
{
	struct child child = child_start();

	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	expect_not_found(child.pid, -ESRCH);
}

static void find_parent_as_nobody(void *arg)
{
	struct ph_process *process;

	become_nobody();
	process = found(*(pid_t *)arg);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -EPERM);
	process = ph_unref(process);
}

TEST(find_needs_no_right_to_signal)
{
	pid_t pid = getpid();

	in_a_child(find_parent_as_nobody, &pid);
}

static bool is_kernel_thread(pid_t pid)
{
	char path[64], byte;
	int fd;
	bool is_one;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* they have no command line, and no program */
	is_one = read(fd, &byte, 1) == 0;
	must(close(fd));
	return is_one;
}

TEST(find_of_a_kernel_thread_finds_it)
{
	struct ph_process *process;

	if (!is_kernel_thread(2))
		skip("no kernel thread with pid 2 is to be seen from here");
	process = found(2);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	expect_running(process, 0);
	process = ph_unref(process);
}

TEST(a_handle_holds_one_descriptor_or_none_and_it_is_close_on_exec)
{
	struct child child = child_start();
	struct ph_process *process;
	int before, fd;

	probe_first();
	before = left_count_descriptors();
	fd = must(dup(STDERR_FILENO));
	must(close(fd));
	process = found(child.pid);
	ck_assert_int_eq(left_count_descriptors() - before, is_bare_here() ? 0 : 1);
	/* the lowest that was free is the one */
	if (!is_bare_here())
		ck_assert_int_eq(must(fcntl(fd, F_GETFD)), FD_CLOEXEC);
	process = ph_unref(process);
	ck_assert_int_eq(left_count_descriptors(), before);
	child_end(&child);
}

/* By descriptor nothing is opened for what is not there. */
static int missing_with_full_table(void)
{
	return has(PH_FEATURE_PIDFD) || is_bare_here() ? -ESRCH : -EMFILE;
}

TEST(a_full_descriptor_table_is_an_error_and_never_a_weaker_handle)
{
	pid_t missing = missing_pid();
	struct child child = child_start();
	struct ph_process *process = NULL;
	struct rlimit before;
	int r;

	not_in_valgrind("has descriptors of its own");
	probe_first();
	before = descriptors_leave(0);
	expect_not_found(missing, missing_with_full_table());
	r = ph_find(child.pid, &process);
	descriptors_restore(before);
	if (is_bare_here()) {
		/* the bare number is all that is to be had here, and needs none */
		ck_assert_int_eq(r, 0);
		ck_assert_int_eq(ph_guarantee(process), PH_UNCHECKED);
	} else {
		ck_assert_int_eq(r, -EMFILE);
		ck_assert_ptr_null(process);
	}
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_full_descriptor_table_at_the_first_call_spoils_nothing)
{
	struct child child = child_start();
	struct ph_process *process = NULL;
	struct rlimit before = descriptors_leave(0);
	int r = ph_find(child.pid, &process);

	descriptors_restore(before);
	ck_assert_int_eq(r, is_bare_here() ? 0 : -EMFILE);
	process = ph_unref(process);
	/* and then there is room, and everything is as it should be */
	process = found(child.pid);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	process = ph_unref(process);
	ck_assert_uint_eq(ph_features(), expected_features());
	child_end(&child);
}

static void run_out_of_processes(void *arg)
{
	struct rlimit none = { .rlim_cur = 0 }, before;
	struct ph_process *process = NULL;
	bool has_to_try = PH_HAVE_PIDFD && expected_state(PH_FEATURE_PIDFD) != PH_FEATURE_OFF;

	(void)arg;
	if (geteuid() == 0)
		become_nobody();
	/* any filter makes the library careful */
	filter_call("handles", FILTER_ERRNO(EPERM));
	must(getrlimit(RLIMIT_NPROC, &before));
	none.rlim_max = before.rlim_max;
	must(setrlimit(RLIMIT_NPROC, &none));
	if (has_to_try) {
		expect_not_found(getpid(), -EAGAIN);
		expect_not_found(getpid(), -EAGAIN);
	} else {
		process = found(getpid());
		process = ph_unref(process);
	}
	must(setrlimit(RLIMIT_NPROC, &before));
	process = found(getpid());
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	process = ph_unref(process);
}

TEST(no_process_to_try_things_out_in_is_an_error_that_passes)
{
	in_a_child(run_out_of_processes, NULL);
}

TEST(osfinderr_0_does_not_look)
{
	pid_t missing = missing_pid();
	struct child child = child_start();
	struct ph_process *dead, *alive;
	int before = left_count_descriptors();

	set("osfinderr", "0");
	dead = found(missing);
	alive = found(child.pid);
	ck_assert_int_eq(ph_guarantee(dead), PH_UNCHECKED);
	ck_assert_int_eq(ph_guarantee(alive), PH_UNCHECKED);
	ck_assert_int_eq(left_count_descriptors(), before);
	ck_assert_int_eq(ph_kill(dead, 0, PH_ONE), -ESRCH);
	ck_assert_int_eq(ph_kill(alive, SIGKILL, PH_ONE), 0);
	expect_end(alive, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	expect_end(dead, -1, PH_UNKNOWN, 0, PH_FOREIGN);
	child_forget(&child);
	dead = ph_unref(dead);
	alive = ph_unref(alive);
}

TEST(osfinderr_0_counts_one_event_for_each_find)
{
	pid_t missing = missing_pid();

	ck_assert_uint_eq(events("osfinderr"), 0);
	set("osfinderr", "0");
	ck_assert_uint_eq(events("osfinderr"), 0);
	for (int i = 1; i <= 3; i++) {
		(void)ph_unref(found(missing));
		ck_assert_uint_eq(events("osfinderr"), 2 * (uint64_t)i - 1);
		(void)ph_unref(found(getpid()));
		ck_assert_uint_eq(events("osfinderr"), 2 * (uint64_t)i);
	}
	/* refused at the door: nothing was different */
	expect_not_found(0, -EINVAL);
	ck_assert_uint_eq(events("osfinderr"), 6);
	set("osfinderr", NULL);
	expect_not_found(missing, -ESRCH);
	ck_assert_uint_eq(events("osfinderr"), 6);
}

TEST(osfinderr_0_applies_to_ph_find_alone)
{
	struct ph_process *process = NULL;

	set("osfinderr", "0");
	ck_assert_int_eq(ph_self(&process), 0);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	process = ph_unref(process);
	ck_assert_uint_eq(events("osfinderr"), 0);
}

TEST(finds_and_releases_leave_no_descriptor)
{
	struct child child = child_start();
	int rounds = is_plain() ? 100000 : 2000;
	int before;

	probe_first();
	before = left_count_descriptors();
	for (int i = 0; i < rounds; i++)
		(void)ph_unref(found(child.pid));
	ck_assert_int_eq(left_count_descriptors(), before);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
	child_end(&child);
}

static void find_with_stdin_closed(void *arg)
{
	struct child child = child_start();
	struct ph_process *process;

	(void)arg;
	must(close(STDIN_FILENO));
	probe_first();
	process = found(child.pid);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	if (has(PH_FEATURE_PIDFD))
		ck_assert_int_eq(ph_fd(process), 0);
	ck_assert_int_eq(ph_kill(process, SIGTERM, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	child_forget(&child);
	process = ph_unref(process);
	/* closed with the handle */
	ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFD), -1);
	/* as it was, for who looks after the test */
	ck_assert_int_eq(must(dup(STDERR_FILENO)), STDIN_FILENO);
}

TEST(zero_is_a_descriptor_like_any_other)
{
	in_a_child(find_with_stdin_closed, NULL);
}

TEST(two_finds_make_two_handles)
{
	struct child child = child_start();
	struct ph_process *one = found(child.pid), *other = found(child.pid);

	ck_assert_ptr_ne(one, other);
	one = ph_unref(one);
	ck_assert_int_eq(ph_kill(other, SIGKILL, PH_ONE), 0);
	expect_end(other, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	other = ph_unref(other);
	child_forget(&child);
}
