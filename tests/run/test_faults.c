/* SPDX-License-Identifier: MIT */

/*
 * ph_run, when what it needs fails: calls that fail on demand, and a poll(2)
 * that does not tell that nobody reads any more, so that it is the write that
 * finds out.
 */

#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

#include "run.h"

static struct {
	/* which call from now on fails; 0: none */
	int malloc;
	int realloc;
	/* every second one is interrupted */
	bool interrupts;
	int poll;
	int poll_error;
	bool is_blind;
	/* the next one before that time sleeps through the end of the child; 0: none */
	int64_t oversleeps_before;
	/* there is always something to read, or seems to be */
	bool is_busy;
	bool is_endless;
	int refills;
	int broken;
	/* closed at the first write to a broken pipe, or when it oversleeps */
	int gate;
} fault = { .gate = -1 };

static bool is_now(int *nth)
{
	return *nth > 0 && --*nth == 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return is_now(&fault.malloc) ? NULL : __real_malloc(size);
}

void *__real_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_realloc(void *pointer, size_t size)
{
	return is_now(&fault.realloc) ? NULL : __real_realloc(pointer, size);
}

/* Where a test has one: a child that is killed leaves a broken pipe as well. */
static void close_gate(void)
{
	if (fault.gate >= 0)
		must(close(fault.gate));
	fault.gate = -1;
}

static bool is_interrupted(void)
{
	static bool was_interrupted;

	was_interrupted = fault.interrupts && !was_interrupted;
	if (was_interrupted)
		errno = EINTR;
	return was_interrupted;
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	/* a spawn has its own */
	bool is_of_a_run = count > 1;
	int r;

	if (is_interrupted())
		return -1;
	if (is_of_a_run && is_now(&fault.poll)) {
		errno = fault.poll_error;
		return -1;
	}
	if (is_of_a_run && timeout > 0 && now_ms() < fault.oversleeps_before) {
		fault.oversleeps_before = 0;
		close_gate();
		must(waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
		must(__real_poll(NULL, 0, timeout));
		return 0;
	}
	r = __real_poll(fds, count, timeout);
	if (is_of_a_run && fault.is_busy && r == 0 && fds[1].fd >= 0) {
		fds[1].revents = POLLIN;
		r = 1;
	}
	for (nfds_t i = 0; fault.is_blind && i < count; i++)
		if (fds[i].revents & POLLERR)
			fds[i].revents = POLLOUT;
	return r;
}

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	ssize_t n = is_interrupted() ? -1 : __real_write(fd, data, size);

	if (n < 0 && errno == EPIPE) {
		fault.broken++;
		close_gate();
		errno = EPIPE;
	}
	return n;
}

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);

ssize_t __wrap_read(int fd, void *data, size_t size)
{
	ssize_t n = is_interrupted() ? -1 : __real_read(fd, data, size);

	if (n < 0 && errno == EAGAIN && fault.is_endless) {
		*(char *)data = 'y';
		fault.refills++;
		n = 1;
	}
	return n;
}

static char input[MB];

/* The child closes what it reads, and lives until something is written. */
static void write_into_nothing(void)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .input = input, .input_size = MB };

	options.fds = &gate.map;
	fault.gate = gate.ends[1];
	fault.is_blind = true;
	fault.broken = 0;
	ran(RAN("close=0", "wait"), &options, &output);
	fault.is_blind = false;
	must(close(gate.ends[0]));
	ck_assert_int_eq(fault.broken, 1);
	expect_flags(&output, PH_RUN_INPUT_UNREAD);
	ph_output_clear(&output);
}

static sigset_t sigpipe(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	return set;
}

/* Return: how many there are; they are taken away */
static int count_pending(void)
{
	const struct timespec at_once = { 0 };
	sigset_t set = sigpipe();
	int count = 0;

	while (sigtimedwait(&set, NULL, &at_once) == SIGPIPE)
		count++;
	return count;
}

static void set_action(void (*handler)(int signo))
{
	const struct sigaction action = { .sa_handler = handler };

	must(sigaction(SIGPIPE, &action, NULL));
}

static volatile sig_atomic_t caught;

static void count(int signo)
{
	(void)signo;
	caught++;
}

TEST(a_broken_pipe_delivers_no_signal)
{
	write_into_nothing();
	set_action(count);
	write_into_nothing();
	set_action(SIG_IGN);
	write_into_nothing();
	set_action(SIG_DFL);
	ck_assert_int_eq(caught, 0);
}

TEST(a_broken_pipe_leaves_the_mask_as_it_was)
{
	sigset_t now;

	write_into_nothing();
	must(pthread_sigmask(SIG_BLOCK, NULL, &now));
	ck_assert(!sigismember(&now, SIGPIPE));
}

TEST(a_broken_pipe_leaves_no_signal_pending)
{
	sigset_t set = sigpipe();

	must(sigprocmask(SIG_BLOCK, &set, NULL));
	write_into_nothing();
	ck_assert_int_eq(count_pending(), 0);
	set_action(SIG_IGN);
	write_into_nothing();
	ck_assert_int_eq(count_pending(), 0);
	set_action(SIG_DFL);
	must(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

TEST(a_signal_that_was_pending_for_the_thread_stays_so)
{
	sigset_t set = sigpipe();

	must(sigprocmask(SIG_BLOCK, &set, NULL));
	must(raise(SIGPIPE));
	write_into_nothing();
	ck_assert_int_eq(count_pending(), 1);
	must(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

TEST(a_signal_that_was_pending_for_the_process_stays_so)
{
	sigset_t set = sigpipe();

	must(sigprocmask(SIG_BLOCK, &set, NULL));
	must(kill(getpid(), SIGPIPE));
	write_into_nothing();
	ck_assert_int_eq(count_pending(), 1);
	must(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static void *write_into_nothing_here(void *arg)
{
	(void)arg;
	write_into_nothing();
	return NULL;
}

TEST(a_broken_pipe_of_one_thread_is_no_matter_of_others)
{
	pthread_t thread;

	set_action(count);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_into_nothing_here, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	set_action(SIG_DFL);
	ck_assert_int_eq(caught, 0);
}

TEST(interruptions_do_not_show)
{
	struct ph_output output = { .input = input, .input_size = MB, .timeout_ms = NEVER_MS };

	fault.interrupts = true;
	ran(RAN("copy", "err=100000"), NULL, &output);
	fault.interrupts = false;
	ck_assert_uint_eq(output.out_size, MB);
	ck_assert_uint_eq(output.err_size, 100000);
	expect_flags(&output, 0);
	ph_output_clear(&output);
}

TEST(who_ends_in_time_and_is_seen_late_has_not_timed_out)
{
	struct ph_output output = { .timeout_ms = SHORT_MS };
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	int r;

	(void)ph_features();
	options.fds = &gate.map;
	fault.gate = gate.ends[1];
	do {
		ph_output_clear(&output);
		output.timeout_ms *= 2;
		/* its deadline at the earliest: not in the grace */
		fault.oversleeps_before = now_ms() + output.timeout_ms;
		r = ph_run(RAN("say=x", "wait"), &options, &output);
		/* as long as there was no time to sleep, the start took it all */
	} while (fault.oversleeps_before != 0);
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(output.exit.how, PH_EXITED);
	ck_assert_int_eq(output.exit.value, 0);
	must(close(gate.ends[0]));
	ck_assert_str_eq(output.out, "x");
	expect_flags(&output, 0);
	ph_output_clear(&output);
}

TEST(what_never_stops_is_stopped)
{
	struct ph_output output = { .timeout_ms = SHORT_MS };

	fault.is_busy = true;
	ck_assert_int_eq(ph_run(RAN("wait"), NULL, &output), -ETIMEDOUT);
	fault.is_busy = false;
	expect_signaled(&output, SIGTERM);
	ph_output_clear(&output);
}

TEST(a_writer_that_is_faster_than_us_does_not_keep_us)
{
	struct ph_spawn_options options;
	struct gate gate = gate_make(&options);
	struct ph_output output = { .drain_ms = -1 };

	options.fds = &gate.map;
	options.err = PH_NULL;
	fault.is_endless = true;
	ran(RAN("say=x", "leave", "wait"), &options, &output);
	fault.is_endless = false;
	expect_flags(&output, PH_RUN_PIPES_HELD);
	ck_assert_int_ge(fault.refills, 1);
	/* no more of it than shows that there is more */
	ck_assert_int_le(fault.refills, 2);
	ph_output_clear(&output);
	gate_open(&gate);
}

TEST(without_memory_no_child_is_made)
{
	struct ph_failure failure = { 0 };
	struct ph_spawn_options options = { .failure = &failure };
	struct ph_output output = { 0 };
	int failures = 0;
	int r;

	(void)ph_features();
	do {
		fault.malloc = failures + 1;
		failure.step = 0;
		r = ph_run(RAN("exit=0"), &options, &output);
		if (fault.malloc != 0)
			break;
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_int_eq(failure.err, -ENOMEM);
		ck_assert_int_ne(failure.step, 0);
		expect_empty(&output);
		failures++;
	} while (true);
	fault.malloc = 0;
	ck_assert_int_eq(r, 0);
	/* one for each stream at least */
	ck_assert_int_ge(failures, 2);
	ph_output_clear(&output);
}

TEST(a_child_whose_output_finds_no_memory_is_killed)
{
	struct ph_output output = { .input = input, .input_size = MB };

	for (int nth = 1; nth < 5; nth++) {
		fault.realloc = nth;
		ck_assert_int_eq(ph_run(RAN("say=start", "copy", "wait"), NULL, &output), -ENOMEM);
		ck_assert_int_eq(fault.realloc, 0);
		ck_assert_int_eq(memcmp(output.out, "start", 5), 0);
		ck_assert_uint_gt(output.out_size, 4000);
		expect_signaled(&output, SIGKILL);
		ck_assert_uint_ne(output.flags & PH_RUN_KILLED, 0);
		ck_assert_uint_ne(output.flags & PH_RUN_OUT_TRUNCATED, 0);
		ph_output_clear(&output);
	}
}

TEST(a_child_that_cannot_be_waited_for_is_killed)
{
	struct ph_output output = { .timeout_ms = NEVER_MS };

	fault.poll_error = ENOMEM;
	for (int nth = 1; nth < 3; nth++) {
		fault.poll = nth;
		ck_assert_int_eq(ph_run(RAN("say=x", "wait"), NULL, &output), -ENOMEM);
		ck_assert_int_eq(fault.poll, 0);
		expect_signaled(&output, SIGKILL);
		expect_flags(&output, PH_RUN_KILLED);
		ph_output_clear(&output);
	}
}
