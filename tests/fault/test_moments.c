/* SPDX-License-Identifier: MIT */

/*
 * Moments that last no longer than a read of /proc: the program is linked with
 * --wrap=read, so something can happen in the middle of any call, and what
 * /proc says then can be said at will. Most of it is about handles that go by
 * number.
 */

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../api/api.h"
#include "left.h"
#include "namespace.h"
#include "pidfd.h"

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);

/* what happens in the middle of a call: before a read, and to what was read */
struct moment {
	void (*before)(void);
	ssize_t (*after)(char *buffer, ssize_t length);
	/* in which read from now on; 0: it has been */
	int nth;
};

static struct moment moment;

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	bool is_now = moment.nth > 0 && --moment.nth == 0;
	ssize_t n;

	if (is_now && moment.before)
		moment.before();
	n = __real_read(fd, buffer, size);
	return is_now && moment.after ? moment.after(buffer, n) : n;
}

/* Return: whether it came to that */
static bool has_been(void)
{
	bool has_been = moment.nth == 0;

	moment.nth = 0;
	return has_been;
}

static void go_by_number(void)
{
	if (!has(PH_FEATURE_PROC))
		skip("without /proc nothing is read");
	set("pidfd", "0");
}

/* The stat of what is left of a thread, as the kernel shows it meanwhile. */
static ssize_t show_remains(char *buffer, ssize_t length)
{
	char *state = length > 0 ? memchr(buffer, ')', (size_t)length) : NULL;

	if (state)
		state[2] = 'X';
	return length;
}

static ssize_t show_nothing(char *buffer, ssize_t length)
{
	(void)buffer;
	(void)length;
	errno = ESRCH;
	return -1;
}

/*
 * When another thread than the first calls exec, the first one is left behind,
 * and /proc may show it for a moment.
 */
TEST(a_first_thread_that_an_exec_leaves_behind_is_no_end)
{
	struct foster foster = foster_start();
	struct ph_process *process;
	int nth = 0;

	go_by_number();
	process = found(foster.ward.pid);
	do {
		moment = (struct moment){ .after = show_remains, .nth = ++nth };
		expect_running(process, 0);
	} while (has_been());
	ck_assert_int_gt(nth, 2);
	foster_let_exit(&foster, 7);
	expect_end(process, 0, PH_EXITED, 7, PH_FOREIGN);
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(a_process_in_the_middle_of_an_exec_is_found)
{
	struct child child = child_start();
	int nth = 0;

	go_by_number();
	do {
		moment = (struct moment){ .after = show_nothing, .nth = ++nth };
		(void)ph_unref(found(child.pid));
	} while (has_been());
	ck_assert_int_gt(nth, 2);
	child_end(&child);
}

static void be_cancelled(void)
{
	ck_assert_int_eq(pthread_cancel(pthread_self()), 0);
}

static void give_back(void *arg)
{
	(void)ph_unref(arg);
}

static void *wait_and_be_cancelled(void *arg)
{
	int nth = *(int *)arg;
	struct ph_process *self = found(getpid());

	/* cancelled or not, the handle is given back */
	pthread_cleanup_push(give_back, self);
	moment = (struct moment){ .before = be_cancelled, .nth = nth };
	(void)ph_wait(self, 0, NULL);
	/* a wait that does not sleep need not be a cancellation point */
	pthread_testcancel();
	pthread_cleanup_pop(1);
	return NULL;
}

/* Of a process that is no child: for that the most is looked at. */
TEST(a_wait_that_is_cancelled_loses_no_descriptor)
{
	int before, nth = 0;
	void *result;

	go_by_number();
	before = left_count_descriptors();
	do {
		pthread_t thread;

		nth++;
		ck_assert_int_eq(pthread_create(&thread, NULL, wait_and_be_cancelled, &nth), 0);
		ck_assert_int_eq(pthread_join(thread, &result), 0);
		ck_assert_int_eq(left_count_descriptors(), before);
	} while (has_been());
	ck_assert_ptr_null(result);
	ck_assert_int_gt(nth, 2);
}

static struct ph_process *inherited;
static pid_t forked;

static void give_up(int signo)
{
	(void)signo;
	_exit(EXIT_FAILURE);
}

/* The lock of the handle is held now, and will be in the copy for ever. */
static void fork_into_namespace(void)
{
	/* struct clone_args: flags first, exit_signal is the fifth */
	uint64_t args[8] = { [0] = CLONE_NEWPID, [4] = SIGCHLD };

	forked = (pid_t)syscall(SYS_clone3, args, sizeof(args));
	if (forked != 0)
		return;
	/* the first of a namespace dies of no signal that it does not handle */
	(void)sigaction(SIGALRM, &(struct sigaction){ .sa_handler = give_up }, NULL);
	(void)alarm(TEST_SECONDS);
	_exit(ph_kill(inherited, 0, PH_ONE) == -EREMOTE ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void fork_a_first_process(void *arg)
{
	struct child child = child_start();
	int status;

	(void)arg;
	ck_assert_int_eq(getpid(), 1);
	go_by_number();
	inherited = found(child.pid);
	moment = (struct moment){ .before = fork_into_namespace, .nth = 1 };
	ck_assert_int_eq(ph_kill(inherited, 0, PH_ONE), 0);
	ck_assert(has_been());
	if (forked < 0)
		skip("no namespace in a namespace to be had here");
	ck_assert_int_eq(waitpid(forked, &status, 0), forked);
	ck_assert_int_eq(status, 0);
	inherited = ph_unref(inherited);
	child_end(&child);
}

/* Parent and child are number 1, each in its namespace. */
TEST(a_first_process_does_not_take_itself_for_the_one_that_forked_it)
{
	in_own_pid_namespace(fork_a_first_process, NULL);
}

static pid_t victim;

static void end_victim(void)
{
	(void)kill(victim, SIGKILL);
	(void)waitpid(victim, NULL, 0);
}

TEST(who_ends_while_two_handles_are_compared_has_not_been_two)
{
	bool is_in_time = true;
	int nth;

	go_by_number();
	for (nth = 1; is_in_time; nth++) {
		struct ph_process *one, *other;
		int r;

		victim = must(fork_mortal());
		while (victim == 0)
			(void)pause();
		one = found(victim);
		other = found(victim);
		moment = (struct moment){ .before = end_victim, .nth = nth };
		r = ph_same(one, other);
		is_in_time = has_been();
		ck_assert_msg(r == (is_in_time ? -ESRCH : 1), "read %d: %d", nth, r);
		if (!is_in_time)
			end_victim();
		one = ph_unref(one);
		other = ph_unref(other);
	}
	ck_assert_int_gt(nth, 3);
}

/* what the caller says to the test, and hears from it */
static int told[2], heard[2];

enum { LOST = 'l' };

/* The parent of the caller ends, and is reaped: the next one is the test. */
static void lose_parent(void)
{
	char byte = LOST;

	(void)kill(getppid(), SIGKILL);
	if (write(told[1], &byte, 1) != 1 || __real_read(heard[0], &byte, 1) != 1)
		_exit(EXIT_FAILURE);
}

static int note_test(struct ph_process *process, void *arg)
{
	return ph_pid(process) == *(const pid_t *)arg;
}

static _Noreturn void walk_without_own(pid_t test, int nth)
{
	struct ph_filter filter = { .flags = PH_FILTER_NOT_SELF };
	char byte;

	moment = (struct moment){ .before = lose_parent, .nth = nth };
	byte = (char)ph_each(&filter, note_test, &test);
	_exit(write(told[1], &byte, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static char next_word(void)
{
	char byte = LOST;

	ck_assert_int_eq(__real_read(told[0], &byte, 1), 1);
	return byte;
}

/* Return: what came of a walk in whose nth read the parent of the caller ended */
static int walk_and_lose_parent(int nth)
{
	pid_t test = getpid(), parent = fork_mortal();
	int word;

	if (parent == 0) {
		if (fork_mortal() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, 0);
			walk_without_own(test, nth);
		}
		for (;;)
			(void)pause();
	}
	word = next_word();
	if (word != LOST)
		must(kill(parent, SIGKILL));
	ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
	if (word == LOST) {
		ck_assert_int_eq(write(heard[1], "", 1), 1);
		word = next_word();
	}
	must(waitpid(-1, NULL, 0));
	return word;
}

TEST(an_ancestor_that_ends_meanwhile_hides_nobody_above_it)
{
	/* more than it takes to read of all of them twice */
	enum { READS = 40 };

	if (!has(PH_FEATURE_PROC))
		skip("walks are over /proc");
	must(pipe2(told, O_CLOEXEC));
	must(pipe2(heard, O_CLOEXEC));
	must(prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int nth = 1; nth <= READS; nth++)
		ck_assert_msg(walk_and_lose_parent(nth) == 0, "read %d", nth);
	must(prctl(PR_SET_CHILD_SUBREAPER, 0));
	for (int i = 0; i < 2; i++) {
		must(close(told[i]));
		must(close(heard[i]));
	}
}
