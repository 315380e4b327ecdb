/* SPDX-License-Identifier: MIT */

/* ph_spawn: many threads, with signals, forks and cancellations in between. */

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "small.h"
#include "spawn.h"

enum {
	THREADS = 8,
	SIGNALS = 400,
};

#if defined(__SANITIZE_THREAD__)
/* it has handlers run later, and keeps one signal of a kind only */
enum { LOSES_SIGNALS = 1 };
/* any line that it watches may hold a lock of its own */
enum { CANCELLED = PTHREAD_CANCEL_DEFERRED };
#else
enum { LOSES_SIGNALS = 0 };
enum { CANCELLED = PTHREAD_CANCEL_ASYNCHRONOUS };
#endif

#if defined(__SANITIZE_ADDRESS__)
/* it takes the stack of a thread that was cancelled for that of its functions */
enum { MAY_CANCEL = 0 };
#else
enum { MAY_CANCEL = 1 };
#endif

/* In one configuration in full, in the others as far as they differ. */
static int rounds(void)
{
	return getenv("PHDEBUG") || getenv("PH_TEST_FILTER") || getenv("PH_TEST_SLOW") ? 2 : 12;
}

static _Atomic int caught, strays;
static pid_t host;

static void catch (int signo)
{
	(void)signo;
	caught++;
	if (syscall(SYS_getpid) != host)
		strays++;
}

struct many {
	pthread_t threads[THREADS];
	/* none of them ends before it is let go */
	pthread_barrier_t end;
	_Atomic int numbers;
};

static void *spawn_in_some_ways(void *arg)
{
	struct many *many = arg;
	int number = many->numbers++;

	for (int i = 0; i < rounds(); i++) {
		struct ph_spawn_options options = { .directory = "/" };
		struct ph_process *process = NULL;
		char out[64], expected[16];
		int fd = -1;

		options.out = PH_PIPE(&fd);
		switch ((number + i) % 4) {
		case 0:
			options.directory = "/nowhere";
			ck_assert_int_eq(ph_spawn(SPAWNED("pid"), &options, &process), -ENOENT);
			continue;
		case 1:
			options.blocked = PH_SIGNAL_BIT(SIGTERM);
			break;
		case 2:
			options.flags = PH_SPAWN_KEEP_FDS | PH_SPAWN_NEW_GROUP;
			break;
		default:
			break;
		}
		process = spawned(SPAWNED("pid"), &options);
		(void)read_all(fd, out, sizeof(out));
		(void)snprintf(expected, sizeof(expected), "%d\n", ph_pid(process));
		ck_assert_str_eq(out, expected);
		expect_exit(process, PH_EXITED, 0);
		process = ph_unref(process);
	}
	(void)pthread_barrier_wait(&many->end);
	return NULL;
}

static void start_many(struct many *many)
{
	many->numbers = 0;
	ck_assert_int_eq(pthread_barrier_init(&many->end, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&many->threads[i], NULL, spawn_in_some_ways, many),
				 0);
}

static void join_many(struct many *many)
{
	(void)pthread_barrier_wait(&many->end);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(many->threads[i], NULL), 0);
	ck_assert_int_eq(pthread_barrier_destroy(&many->end), 0);
}

/* Queued ones, of which the kernel loses none: to the process, and to threads. */
TEST(signals_find_the_host_however_many_threads_spawn)
{
	struct many many;
	int sent = 0;

	host = getpid();
	caught = strays = 0;
	must(sigaction(SIGRTMIN, &(struct sigaction){ .sa_handler = catch, .sa_flags = SA_RESTART },
		       NULL));
	start_many(&many);
	while (sent < SIGNALS) {
		if (sent % 2)
			must(sigqueue(host, SIGRTMIN, (union sigval){ 0 }));
		else
			ck_assert_int_eq(pthread_kill(many.threads[sent / 2 % THREADS], SIGRTMIN),
					 0);
		sent++;
		/* not faster than they are handled */
		while (!LOSES_SIGNALS && sent - caught > 2 * THREADS)
			(void)sched_yield();
		if (sent % 16 == 0)
			(void)sched_yield();
	}
	join_many(&many);
	/* what was sent to a thread is handled before it ends */
	ck_assert_int_eq(strays, 0);
	if (!LOSES_SIGNALS)
		ck_assert_int_eq(caught, sent);
	must(sigaction(SIGRTMIN, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
}

static void *fork_some(void *arg)
{
	const _Atomic int *stop = arg;

	while (!*stop) {
		int status = 1;
		pid_t pid = must(fork());

		if (pid == 0)
			_exit(7);
		must(waitpid(pid, &status, 0));
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	}
	return NULL;
}

TEST(others_may_fork_meanwhile)
{
	_Atomic int stop = 0;
	struct many many;
	pthread_t thread;

	(void)fflush(NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, fork_some, &stop), 0);
	start_many(&many);
	join_many(&many);
	stop = 1;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void *spawn_until_cancelled(void *arg)
{
	struct ph_process **process = arg;
	int type;

	(void)pthread_setcanceltype(CANCELLED, &type);
	(void)ph_spawn(SPAWNED("exit", "0"), NULL, process);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &type);
	return NULL;
}

TEST(a_thread_may_be_cancelled_at_any_moment)
{
	if (!MAY_CANCEL)
		skip("the address sanitizer does not know cancelled threads");
	(void)ph_features();
	for (int i = 0; i < 3 * rounds(); i++) {
		struct ph_process *process = NULL;
		pthread_t thread;

		ck_assert_int_eq(
			pthread_create(&thread, NULL, spawn_until_cancelled, (void *)&process), 0);
		if (i % 2)
			(void)sched_yield();
		(void)pthread_cancel(thread);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		if (!process)
			continue;
		expect_exit(process, PH_EXITED, 0);
		process = ph_unref(process);
	}
}

/* lines between the two who wait for one child */
static int go[2], done[2];

static void let_the_other_wait(int signo)
{
	char byte = (char)signo;

	if (write(go[1], &byte, 1) == 1)
		(void)read(done[0], &byte, 1);
}

static void *wait_in_between(void *arg)
{
	struct ph_process *process = arg;
	char byte = 0;

	ck_assert_int_eq(read(go[0], &byte, 1), 1);
	expect_exit(process, PH_EXITED, 0);
	ck_assert_int_eq(write(done[1], &byte, 1), 1);
	return NULL;
}

/* The handler runs when the kernel has told the one, and he has told nobody yet. */
static void wait_for_one(void)
{
	struct ph_spawn_options options = { 0 };
	struct held held = hold(&options);
	pthread_t thread;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	must(sigprocmask(SIG_BLOCK, &set, NULL));
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_in_between, held.process), 0);
	must(sigprocmask(SIG_UNBLOCK, &set, NULL));
	let_go(&held);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

TEST(who_comes_between_the_end_and_its_record_gets_it_too)
{
	const unsigned pinning = PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL | PH_FEATURE_WAIT;

	if (!has(pinning))
		skip("to signal and to reap by number is to take turns");
	must(pipe2(go, O_CLOEXEC));
	must(pipe2(done, O_CLOEXEC));
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = let_the_other_wait }, NULL));
	for (int i = 0; i < 8; i++)
		wait_for_one();
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
	for (int i = 0; i < 2; i++) {
		must(close(go[i]));
		must(close(done[i]));
	}
}

static void *spawn_with_little(void *arg)
{
	struct ph_spawn_options options = { .directory = "/", .executable = "bin/nowhere" };
	char *const search[] = { (char *)"nowhere-at-all", NULL };
	char out[64];

	(void)arg;
	/* each of those that need the most */
	expect_failure(SPAWNED("pid"), &options, -ENOENT, PH_STEP_EXEC, 0);
	options = (struct ph_spawn_options){ 0 };
	expect_failure(search, &options, -ENOENT, PH_STEP_EXEC, 0);
	(void)output_of(SPAWNED("pid"), &options, out, sizeof(out));
	return NULL;
}

TEST(the_smallest_stack_is_large_enough)
{
	if (LOSES_SIGNALS || !MAY_CANCEL || getenv("PH_TEST_SLOW"))
		skip("a sanitizer needs more than there is");
	in_a_small_thread(spawn_with_little, NULL);
}
