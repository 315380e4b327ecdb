/* SPDX-License-Identifier: MIT */

/* ph_ref, ph_unref, ph_pid, ph_fd, ph_guarantee: what a handle is. */

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "api.h"
#include "left.h"

TEST(null_is_harmless)
{
	ck_assert_ptr_null(ph_ref(NULL));
	ck_assert_ptr_null(ph_unref(NULL));
	ck_assert_int_eq(ph_pid(NULL), -EINVAL);
	ck_assert_int_eq(ph_fd(NULL), -EINVAL);
	ck_assert_int_eq(ph_guarantee(NULL), -EINVAL);
	ck_assert_int_eq(ph_kill(NULL, 0, PH_ONE), -EINVAL);
	ck_assert_int_eq(ph_queue(NULL, 0, 0), -EINVAL);
	ck_assert_int_eq(ph_wait(NULL, 0, NULL), -EINVAL);
}

TEST(the_last_reference_frees_the_handle)
{
	struct ph_process *process = found(getpid());
	uint64_t open = metric("/prochandle/handles/open:handles");

	ck_assert_uint_eq(open, 1);
	ck_assert_ptr_eq(ph_ref(process), process);
	ck_assert_ptr_eq(ph_ref(process), process);
	ck_assert_ptr_null(ph_unref(process));
	ck_assert_ptr_null(ph_unref(process));
	/* one is left, and it works */
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 1);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	ck_assert_ptr_null(ph_unref(process));
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
}

TEST(ph_auto_gives_the_reference_back)
{
	{
		PH_AUTO struct ph_process *none = NULL;
		PH_AUTO struct ph_process *process = found(getpid());

		(void)none;
		ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
		ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 1);
	}
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
}

TEST(unref_neither_signals_nor_reaps)
{
	struct child running = child_start(), zombie = child_start();

	child_become_zombie(&zombie, 5);
	(void)ph_unref(found(running.pid));
	(void)ph_unref(found(zombie.pid));
	ck_assert(is_running(running.pid));
	ck_assert_int_eq(child_reap(&zombie), 5 << 8);
	child_end(&running);
}

TEST(the_number_stays_readable_after_the_end)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_kill(&child, SIGKILL);
	expect_end(process, 0, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	ck_assert_int_eq(ph_pid(process), child.pid);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	process = ph_unref(process);
	child_forget(&child);
}

static int count_threads(void)
{
	DIR *directory = opendir("/proc/self/task");
	int count = 0;

	if (!directory)
		skip("threads are counted in /proc");
	while (readdir(directory))
		count++;
	must(closedir(directory));
	return count;
}

/* the tests with threads of their own could not tell: one that is joined may be seen for a moment */
TEST(no_thread_is_started)
{
	struct child child = child_start();
	int before = count_threads();
	struct ph_process *process = found(child.pid);

	expect_running(process, 1);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	ck_assert_int_eq(count_threads(), before);
	process = ph_unref(process);
	child_forget(&child);
}

static short polled(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	must(poll(&pollfd, 1, 0));
	return pollfd.revents;
}

TEST(fd_becomes_readable_with_the_end)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int fd = ph_fd(process);

	if (has(PH_FEATURE_PIDFD)) {
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(polled(fd), 0);
		child_become_zombie(&child, 0);
		ck_assert_int_eq(polled(fd), POLLIN);
		expect_end(process, 0, PH_EXITED, 0, PH_HAS_USAGE);
		/* and for ever */
		ck_assert(polled(fd) & POLLIN);
		ck_assert_int_eq(ph_fd(process), fd);
		ck_assert(polled(fd) & POLLIN);
	} else {
		ck_assert_int_eq(fd, -ENOTSUP);
		child_end(&child);
	}
	process = ph_unref(process);
}

TEST(fd_does_not_become_readable_with_a_stop)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	siginfo_t info;

	if (!has(PH_FEATURE_PIDFD))
		skip("no pidfds in this configuration");
	must(kill(child.pid, SIGSTOP));
	must(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED));
	ck_assert_int_eq(polled(ph_fd(process)), 0);
	process = ph_unref(process);
	child_end(&child);
}

TEST(fd_is_lent_and_the_same_each_time)
{
	struct ph_process *process = found(getpid());
	int before = left_count_descriptors();

	ck_assert_int_eq(ph_fd(process), ph_fd(process));
	ck_assert_int_eq(left_count_descriptors(), before);
	if (has(PH_FEATURE_PIDFD))
		ck_assert_int_eq(must(fcntl(ph_fd(process), F_GETFD)), FD_CLOEXEC);
	process = ph_unref(process);
}

static struct ph_process *shared;
static volatile sig_atomic_t seen[3];

static void look(int signo)
{
	(void)signo;
	seen[0] = ph_pid(shared);
	seen[1] = ph_guarantee(shared);
	seen[2] = ph_fd(ph_ref(shared));
}

TEST(a_signal_handler_may_take_a_reference_and_look)
{
	shared = found(getpid());
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = look }, NULL));
	must(raise(SIGUSR1));
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
	ck_assert_int_eq(seen[0], getpid());
	ck_assert_int_eq(seen[1], expected_guarantee());
	ck_assert_int_eq(seen[2], ph_fd(shared));
	/* the handler's reference */
	(void)ph_unref(shared);
	ck_assert_int_eq(ph_pid(shared), getpid());
	shared = ph_unref(shared);
}

static void *let_go(void *arg)
{
	for (int i = 0; i < 1000; i++)
		(void)ph_unref(ph_ref(arg));
	return ph_unref(arg);
}

TEST(references_may_be_counted_by_all_threads)
{
	enum { THREADS = 8 };
	struct ph_process *process = found(getpid());
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, let_go, ph_ref(process)), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 1);
	process = ph_unref(process);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
}

TEST(every_release_moves_the_gauge_back)
{
	enum { HANDLES = 50 };
	struct ph_process *processes[HANDLES];

	for (int i = 0; i < HANDLES; i++)
		processes[i] = found(getpid());
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), HANDLES);
	for (int i = 0; i < HANDLES; i++)
		processes[i] = ph_unref(processes[i]);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
}
