/* SPDX-License-Identifier: MIT */

/* ph_run: the program that calls it is left alone. */

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "left.h"
#include "run.h"

static char input[MB];

static sigset_t set_of(int signo)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, signo);
	return set;
}

static bool is_pending(int signo)
{
	sigset_t pending;

	must(sigpending(&pending));
	return sigismember(&pending, signo);
}

static void set_action(int signo, void (*handler)(int signo))
{
	const struct sigaction action = { .sa_handler = handler };

	must(sigaction(signo, &action, NULL));
}

/* Some of the writes come too late. */
static void feed_those_who_do_not_read(void)
{
	for (int i = 0; i < 4; i++) {
		struct ph_output output = { .input = input, .input_size = MB };

		ran(i % 2 ? RAN("close=0", "out=1000") : RAN("exit=0"), NULL, &output);
		expect_flags(&output, PH_RUN_INPUT_UNREAD);
		ph_output_clear(&output);
	}
}

static _Atomic int caught;

static void count(int signo)
{
	(void)signo;
	caught++;
}

TEST(no_sigpipe_is_delivered)
{
	/* it would kill */
	feed_those_who_do_not_read();
	set_action(SIGPIPE, count);
	feed_those_who_do_not_read();
	set_action(SIGPIPE, SIG_IGN);
	feed_those_who_do_not_read();
	set_action(SIGPIPE, SIG_DFL);
	ck_assert_int_eq(caught, 0);
}

TEST(no_sigpipe_is_left_pending)
{
	sigset_t set = set_of(SIGPIPE);

	must(sigprocmask(SIG_BLOCK, &set, NULL));
	feed_those_who_do_not_read();
	ck_assert(!is_pending(SIGPIPE));
	must(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

TEST(a_sigpipe_that_was_pending_stays_so)
{
	sigset_t set = set_of(SIGPIPE);
	const struct timespec at_once = { 0 };

	must(sigprocmask(SIG_BLOCK, &set, NULL));
	must(kill(getpid(), SIGPIPE));
	feed_those_who_do_not_read();
	/* one, and no other */
	ck_assert_int_eq(sigtimedwait(&set, NULL, &at_once), SIGPIPE);
	ck_assert(!is_pending(SIGPIPE));
	must(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static void *feed_in_a_thread(void *arg)
{
	(void)arg;
	feed_those_who_do_not_read();
	return NULL;
}

enum { THREADS = 4 };

static void in_threads(void *(*body)(void *arg))
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, body, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

TEST(no_sigpipe_is_delivered_to_another_thread)
{
	set_action(SIGPIPE, count);
	in_threads(feed_in_a_thread);
	set_action(SIGPIPE, SIG_DFL);
	ck_assert_int_eq(caught, 0);
}

static void *run_in_a_thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++) {
		struct ph_output output = { .input = input, .input_size = 100000 };

		ran(RAN("copy", "err=1000"), NULL, &output);
		ck_assert_uint_eq(output.out_size, 100000);
		ck_assert_uint_eq(output.err_size, 1000);
		/* no pipe of anybody else's is held by it */
		expect_flags(&output, 0);
		ph_output_clear(&output);
		output = (struct ph_output){ .timeout_ms = 1, .grace_ms = -1 };
		ck_assert_int_eq(ph_run(RAN("wait"), NULL, &output), -ETIMEDOUT);
		expect_signaled(&output, SIGKILL);
		ph_output_clear(&output);
	}
	return NULL;
}

TEST(many_threads_run_at_once)
{
	in_threads(run_in_a_thread);
}

TEST(a_child_makes_one_sigchld)
{
	struct ph_output output = { .input = input, .input_size = MB };

	set_action(SIGCHLD, count);
	ran(RAN("copy"), NULL, &output);
	ph_output_clear(&output);
	output = (struct ph_output){ .timeout_ms = 1, .grace_ms = -1 };
	ck_assert_int_eq(ph_run(RAN("wait"), NULL, &output), -ETIMEDOUT);
	set_action(SIGCHLD, SIG_DFL);
	ck_assert_int_eq(caught, 2);
	ph_output_clear(&output);
}

static void reap_all(int signo)
{
	int error = errno;

	(void)signo;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = error;
}

/* What can be known of the end differs; that it comes to one does not. */
TEST(a_child_may_be_reaped_by_somebody_else)
{
	struct ph_output output = { .timeout_ms = NEVER_MS };

	set_action(SIGCHLD, SIG_IGN);
	ck_assert_int_eq(ph_run(RAN("say=a"), NULL, &output), 0);
	ck_assert_str_eq(output.out, "a");
	if (tells_after_reap())
		ck_assert_int_eq(output.exit.how, PH_EXITED);
	ph_output_clear(&output);
	set_action(SIGCHLD, reap_all);
	ck_assert_int_eq(ph_run(RAN("say=b"), NULL, &output), 0);
	ck_assert_str_eq(output.out, "b");
	ph_output_clear(&output);
	set_action(SIGCHLD, SIG_DFL);
}

TEST(other_children_are_left_alone)
{
	struct ph_output output = { 0 };
	pid_t pid = must(fork());
	int status;

	if (pid == 0)
		_exit(7);
	ran(RAN("say=x"), NULL, &output);
	ph_output_clear(&output);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

enum { CANCELLED_RUNS = 50 };

/* A run for ever, and who waits until its child is there to be left behind. */
static int ready[2];
static struct gate gate;
static bool is_asynchronous;

static void *run_for_ever(void *arg)
{
	struct ph_spawn_options options = { .fds = &gate.map, .fds_count = 1 };
	struct ph_output *output = arg;

	if (is_asynchronous)
		(void)pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	options.err = PH_FD(ready[1]);
	*output = (struct ph_output){ .input = input, .input_size = MB, .limit = MB };
	/* a thread that can be cancelled anywhere is not to be in its sleep all the time */
	(void)ph_run(RAN("say=x", "err=1", is_asynchronous ? "flood" : "wait"), &options, output);
	return NULL;
}

static void cancel_a_run(void)
{
	struct ph_spawn_options options;
	struct ph_output output;
	pthread_t thread;
	void *result;
	char byte;

	must(pipe2(ready, O_CLOEXEC));
	gate = gate_make(&options);
	ck_assert_int_eq(pthread_create(&thread, NULL, run_for_ever, &output), 0);
	ck_assert_int_eq(must(read(ready[0], &byte, 1)), 1);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	expect_empty(&output);
	/* nobody is left, neither as a zombie */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	must(close(ready[1]));
	ck_assert_int_eq(must(read(ready[0], &byte, 1)), 0);
	must(close(ready[0]));
	gate_open(&gate);
}

TEST(a_thread_that_is_cancelled_leaves_nothing)
{
	cancel_a_run();
	is_asynchronous = true;
	for (int i = 0; i < CANCELLED_RUNS; i++)
		cancel_a_run();
}

static void *run_without_cancellation(void *arg)
{
	struct ph_output *output = arg;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	(void)pthread_cancel(pthread_self());
	ran(RAN("say=x"), NULL, output);
	return NULL;
}

TEST(a_thread_that_is_not_to_be_cancelled_is_not)
{
	struct ph_output output = { 0 };
	pthread_t thread;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, run_without_cancellation, &output), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_null(result);
	ck_assert_str_eq(output.out, "x");
	ph_output_clear(&output);
}

/* Return: how many descriptors a run needs */
static int run_with_room(int room)
{
	struct ph_output output = { .input = input, .input_size = 1000 };
	struct ph_failure failure = { 0 };
	struct ph_spawn_options options = { .failure = &failure };
	struct rlimit before, tight;
	int highest = 0, r;

	must(getrlimit(RLIMIT_NOFILE, &before));
	for (int fd = 0; fd < LEFT_DESCRIPTORS; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			highest = fd;
	/* no holes below */
	while (must(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) < highest)
		;
	tight = before;
	tight.rlim_cur = (rlim_t)(highest + 2 + room);
	must(setrlimit(RLIMIT_NOFILE, &tight));
	r = ph_run(RAN("copy"), &options, &output);
	must(setrlimit(RLIMIT_NOFILE, &before));
	if (r == 0) {
		ck_assert_uint_eq(output.out_size, 1000);
	} else {
		ck_assert_int_eq(r, -EMFILE);
		ck_assert_int_eq(failure.err, -EMFILE);
		ck_assert_int_ne(failure.step, 0);
		expect_empty(&output);
	}
	ph_output_clear(&output);
	return r;
}

static void run_in_a_tight_table(void *arg)
{
	int room = *(int *)arg;
	struct left before;
	int r;

	/* the holes are filled by the first */
	(void)run_with_room(20);
	left_remember(&before);
	r = run_with_room(room);
	if (room == 0)
		ck_assert_int_eq(r, -EMFILE);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	_exit(EXIT_SUCCESS);
}

TEST(a_full_descriptor_table_is_told_before_there_is_a_child)
{
	for (int room = 0; room < 12; room += 3)
		in_a_child(run_in_a_tight_table, &room);
}
