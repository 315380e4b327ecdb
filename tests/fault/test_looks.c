/* SPDX-License-Identifier: MIT */

/*
 * The two steps of an end: a look at the zombie, and the reap. The program is
 * linked with --wrap=syscall and --wrap=poll, so that a look says what it says
 * on older kernels, and something can happen between the reap and its record.
 */

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../api/api.h"

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

static struct {
	/* a look takes the process for its first thread, which ended with 0 */
	bool sees_first_thread;
	/* what happens next to the thread that has just reaped */
	void (*after_reap)(void);
} kernel;

/* the thread that comes too late, and what tells that it waits, or has done so */
static pthread_t late;
static int waits[2];

long __wrap_syscall(long number, ...)
{
	void (*then)(void);
	siginfo_t *info;
	long a[6];
	long r;
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	r = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number != SYS_waitid || r < 0 || !(a[3] & WEXITED))
		return r;
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	info = (siginfo_t *)a[2];

	if (kernel.sees_first_thread && a[3] & WNOWAIT && info->si_pid != 0) {
		info->si_code = CLD_EXITED;
		info->si_status = 0;
	}
	then = kernel.after_reap;
	if (then && !(a[3] & WNOWAIT)) {
		kernel.after_reap = NULL;
		then();
	}
	return r;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	if (count == 0)
		(void)!write(waits[1], "", 1);
	return __real_poll(fds, count, timeout);
}

static void need_looks(void)
{
	if (!has(PH_FEATURE_PIDFD | PH_FEATURE_WAIT))
		skip("no child is looked at through its pidfd here");
	kernel.sees_first_thread = true;
}

static void expect_the_last_word(int64_t timeout_ms)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	expect_running(process, 0);
	child_become_zombie(&child, 31);
	expect_end(process, timeout_ms, PH_EXITED, 31, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(the_reap_has_the_last_word)
{
	need_looks();
	expect_the_last_word(-1);
	expect_the_last_word(0);
}

static void *wait_late(void *arg)
{
	struct ph_process *process = arg;
	static struct ph_exit record;

	ck_assert_int_eq(ph_wait(process, -1, &record), 0);
	/* also where it does not have to wait */
	(void)!write(waits[1], "", 1);
	return &record;
}

static struct ph_process *ended;

static void come_too_late(void)
{
	char byte;

	ck_assert_int_eq(pthread_create(&late, NULL, wait_late, ended), 0);
	ck_assert_int_eq(read(waits[0], &byte, 1), 1);
}

TEST(who_comes_between_the_reap_and_the_record_waits_for_it)
{
	struct child child = child_start();
	void *record;

	need_looks();
	must(pipe2(waits, O_CLOEXEC | O_NONBLOCK));
	must(fcntl(waits[0], F_SETFL, 0));
	ended = found(child.pid);
	child_become_zombie(&child, 31);
	kernel.after_reap = come_too_late;
	expect_end(ended, -1, PH_EXITED, 31, PH_HAS_USAGE);
	ck_assert(!kernel.after_reap);
	ck_assert_int_eq(pthread_join(late, &record), 0);
	expect_record(record, PH_EXITED, 31, PH_HAS_USAGE);
	ended = ph_unref(ended);
	child_forget(&child);
	must(close(waits[0]));
	must(close(waits[1]));
}

static void be_cancelled(void)
{
	ck_assert_int_eq(pthread_cancel(pthread_self()), 0);
}

/* It may be cancelled anywhere, not only where libc looks for it. */
static void *wait_and_be_cancelled(void *arg)
{
	(void)pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	(void)ph_wait(arg, 10000, NULL);
	(void)pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
	return NULL;
}

TEST(who_is_cancelled_between_the_reap_and_the_record_leaves_one)
{
	struct child child = child_start();
	pthread_t thread;

	need_looks();
	ended = found(child.pid);
	child_become_zombie(&child, 31);
	kernel.after_reap = be_cancelled;
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_and_be_cancelled, ended), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(!kernel.after_reap);
	/* who comes now need not wait for who is gone */
	expect_end(ended, 0, PH_EXITED, 31, PH_HAS_USAGE);
	ended = ph_unref(ended);
	child_forget(&child);
}
