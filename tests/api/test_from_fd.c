/* SPDX-License-Identifier: MIT */

/* ph_from_fd: a pidfd from elsewhere, duplicated, and what is none refused. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "pidfd.h"

/* Skips where no pidfd can be used; what is answered there has its own test. */
static void need_pidfds(void)
{
	if (!has(PH_FEATURE_PIDFD))
		skip("no pidfds in this configuration");
}

static void expect_refused(int fd, int error)
{
	struct ph_process *process = (struct ph_process *)&process;

	ck_assert_int_eq(ph_from_fd(fd, &process), error);
	ck_assert_ptr_null(process);
}

static struct ph_process *adopted(int fd)
{
	struct ph_process *process = NULL;

	ck_assert_int_eq(ph_from_fd(fd, &process), 0);
	ck_assert_ptr_nonnull(process);
	return process;
}

TEST(from_fd_holds_the_process_where_there_are_pidfds)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);
	struct ph_process *process;

	if (!has(PH_FEATURE_PIDFD)) {
		expect_refused(pidfd, -ENOTSUP);
		must(close(pidfd));
		child_end(&child);
		return;
	}
	process = adopted(pidfd);
	ck_assert_int_eq(ph_pid(process), child.pid);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	must(close(pidfd));
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(from_fd_leaves_the_descriptor_to_its_owner)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);
	struct ph_process *process;

	need_pidfds();
	for (int flags = 0; flags <= FD_CLOEXEC; flags++) {
		must(fcntl(pidfd, F_SETFD, flags));
		process = adopted(pidfd);
		ck_assert_int_eq(must(fcntl(pidfd, F_GETFD)), flags);
		ck_assert_int_ne(ph_fd(process), pidfd);
		ck_assert_int_eq(must(fcntl(ph_fd(process), F_GETFD)), FD_CLOEXEC);
		process = ph_unref(process);
		ck_assert_int_eq(must(fcntl(pidfd, F_GETFD)), flags);
	}
	must(close(pidfd));
	child_end(&child);
}

TEST(from_fd_refuses_what_is_not_open)
{
	int fd = must(dup(STDERR_FILENO));

	must(close(fd));
	expect_refused(-1, -EBADF);
	expect_refused(-4711, -EBADF);
	expect_refused(fd, has(PH_FEATURE_PIDFD) ? -EBADF : -ENOTSUP);
}

TEST(from_fd_refuses_what_is_no_pidfd)
{
	char path[64];
	int ends[2], file, directory;

	need_pidfds();
	must(pipe2(ends, O_CLOEXEC));
	file = must(open("/dev/null", O_RDWR | O_CLOEXEC));
	(void)snprintf(path, sizeof(path), "/proc/%d", (int)getpid());
	directory = must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	expect_refused(ends[0], -EBADF);
	expect_refused(ends[1], -EBADF);
	expect_refused(file, -EBADF);
	/* takes signals as a pidfd does, and polls as none */
	expect_refused(directory, -EBADF);
	must(close(ends[0]));
	must(close(ends[1]));
	must(close(file));
	must(close(directory));
}

TEST(from_fd_needs_somewhere_to_put_the_handle)
{
	ck_assert_int_eq(ph_from_fd(0, NULL), -EINVAL);
}

TEST(from_fd_of_a_zombie_holds_it)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);
	struct ph_process *process;

	need_pidfds();
	child_become_zombie(&child, 7);
	process = adopted(pidfd);
	ck_assert_int_eq(ph_pid(process), child.pid);
	expect_end(process, 0, PH_EXITED, 7, PH_HAS_USAGE);
	process = ph_unref(process);
	must(close(pidfd));
}

TEST(from_fd_of_a_process_that_has_been_reaped_is_an_error)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);

	need_pidfds();
	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	expect_refused(pidfd, -ESRCH);
	must(close(pidfd));
}

TEST(from_fd_of_a_thread_is_an_error)
{
	struct idle_thread thread = idle_thread_start();
	int own, other;

	need_pidfds();
	other = raw_pidfd_open(thread.id, RAW_PIDFD_THREAD);
	if (other < 0)
		skip("no pidfds of threads here: %s", strerror(errno));
	/* also of the first thread: it is the thread that it refers to */
	own = must(raw_pidfd_open(getpid(), RAW_PIDFD_THREAD));
	expect_refused(other, -ENOENT);
	expect_refused(own, -ENOENT);
	must(close(own));
	must(close(other));
	idle_thread_end(&thread);
}

TEST(a_non_blocking_pidfd_is_waited_for_like_any_other)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);
	struct ph_process *process;

	need_pidfds();
	if (fcntl(pidfd, F_SETFL, O_NONBLOCK) < 0)
		skip("pidfds cannot be made non-blocking here: %s", strerror(errno));
	process = adopted(pidfd);
	expect_running(process, 0);
	expect_running(process, 5);
	child_exit(&child, 9);
	expect_end(process, -1, PH_EXITED, 9, PH_HAS_USAGE);
	/* the flag belongs to both descriptors, and stays */
	ck_assert(must(fcntl(pidfd, F_GETFL)) & O_NONBLOCK);
	process = ph_unref(process);
	must(close(pidfd));
}

TEST(a_number_that_cannot_be_told_is_not_supported)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);

	need_pidfds();
	set("procfs", "0");
	set("pidfdinfo", "0");
	expect_refused(pidfd, -ENOTSUP);
	child_kill(&child, SIGKILL);
	expect_refused(pidfd, -ENOTSUP);
	(void)child_reap(&child);
	/* that it is gone can be told by sending nothing */
	expect_refused(pidfd, has(PH_FEATURE_SIGNAL) ? -ESRCH : -ENOTSUP);
	must(close(pidfd));
}

TEST(from_fd_without_a_free_descriptor_says_so)
{
	int pidfd;
	struct child child = child_start_with_pidfd(&pidfd);
	struct rlimit before;

	need_pidfds();
	probe_first();
	before = descriptors_leave(0);
	expect_refused(pidfd, -EMFILE);
	descriptors_restore(before);
	must(close(pidfd));
	child_end(&child);
}

TEST(from_fd_takes_zero_as_it_comes)
{
	int pidfd, input = must(dup(STDIN_FILENO));
	struct child child = child_start_with_pidfd(&pidfd);
	struct ph_process *process;

	need_pidfds();
	must(dup2(pidfd, STDIN_FILENO));
	process = adopted(STDIN_FILENO);
	ck_assert_int_eq(ph_pid(process), child.pid);
	process = ph_unref(process);
	must(dup2(input, STDIN_FILENO));
	must(close(input));
	must(close(pidfd));
	child_end(&child);
}

TEST(a_handle_on_a_handle_is_the_same_process)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid), *again;

	need_pidfds();
	again = adopted(ph_fd(process));
	ck_assert_int_eq(ph_same(process, again), 1);
	process = ph_unref(process);
	ck_assert_int_eq(ph_kill(again, SIGKILL, PH_ONE), 0);
	expect_end(again, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	again = ph_unref(again);
	child_forget(&child);
}
