/* SPDX-License-Identifier: MIT */

/* ph_spawn: what becomes of a child and its handle, and of the threads around. */

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "spawn.h"

static uint64_t left(void)
{
	return metric("/prochandle/spawns/late/left:processes");
}

/* A library call that has a look at those that nobody holds. */
static void look(void)
{
	struct ph_process *self = NULL;

	ck_assert_int_eq(ph_self(&self), 0);
	ck_assert_int_eq(ph_wait(self, 0, NULL), -ETIMEDOUT);
	self = ph_unref(self);
}

static void end(struct held *held)
{
	must(close(held->in));
	must(close(held->out));
}

static void await_zombie(pid_t pid)
{
	siginfo_t info;

	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
}

/* It has ended, and may have been reaped. */
static void await_end(const struct held *held)
{
	siginfo_t info;
	char byte;

	ck_assert_int_eq(read(held->out, &byte, 1), 0);
	(void)waitid(P_PID, (id_t)held->pid, &info, WEXITED | WNOWAIT);
}

static void *let_go_of_some(void *arg)
{
	(void)arg;
	for (int i = 0; i < 25; i++) {
		struct ph_spawn_options options = { .flags = PH_SPAWN_KILL_ON_UNREF };
		struct held held = hold(&options);

		held.process = ph_unref(held.process);
		end(&held);
	}
	return NULL;
}

TEST(a_child_without_a_handle_is_reaped_later)
{
	struct ph_spawn_options options = { 0 };
	struct held held = hold(&options);

	held.process = ph_unref(held.process);
	ck_assert_uint_eq(left(), 1);
	look();
	ck_assert_uint_eq(left(), 1);
	end(&held);
	await_zombie(held.pid);
	look();
	ck_assert_uint_eq(left(), 0);
	ck_assert_uint_eq(metric("/prochandle/spawns/late/reaped:processes"), 1);
	ck_assert_int_eq(kill(held.pid, 0), -1);
}

TEST(a_zombie_without_a_handle_is_reaped_at_once)
{
	struct ph_process *process = spawned(SPAWNED("exit", "0"), NULL);

	await_zombie(ph_pid(process));
	process = ph_unref(process);
	ck_assert_uint_eq(left(), 0);
}

TEST(those_without_a_handle_are_not_more_than_can_be_remembered)
{
	enum { MANY = PH_LATE_MAX + 3 };
	static struct held held[MANY];
	int status;

	if (getenv("PHDEBUG") || getenv("PH_TEST_FILTER") || getenv("PH_TEST_SLOW"))
		skip("once is enough");
	for (int i = 0; i < MANY; i++) {
		struct ph_spawn_options options = { 0 };

		held[i] = hold(&options);
	}
	for (int i = 0; i < MANY; i++)
		held[i].process = ph_unref(held[i].process);
	ck_assert_uint_eq(left(), PH_LATE_MAX);
	ck_assert_uint_eq(metric("/prochandle/spawns/late/lost:processes"), 3);
	for (int i = 0; i < MANY; i++) {
		end(&held[i]);
		await_zombie(held[i].pid);
	}
	for (int i = 0; i < MANY; i++)
		look();
	ck_assert_uint_eq(left(), 0);
	/* these are the caller's, as those of fork(2) are */
	for (int i = PH_LATE_MAX; i < MANY; i++)
		ck_assert_int_eq(waitpid(held[i].pid, &status, 0), held[i].pid);
}

TEST(the_last_handle_can_be_the_life_of_the_child)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_KILL_ON_UNREF };
	struct held held = hold(&options);

	ck_assert_ptr_eq(ph_ref(held.process), held.process);
	(void)ph_unref(held.process);
	ck_assert_int_eq(ph_kill(held.process, 0, PH_ONE), 0);
	held.process = ph_unref(held.process);
	await_end(&held);
	look();
	ck_assert_uint_eq(left(), 0);
	ck_assert_int_eq(kill(held.pid, 0), -1);
	end(&held);
}

/* Traces, says so, and keeps what has ended from being reaped. */
static _Noreturn void trace(pid_t pid, int ready, int go)
{
	bool is_tracing = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0;
	char byte = is_tracing ? '+' : '-';
	siginfo_t info;

	must((int)write(ready, &byte, 1));
	if (is_tracing) {
		must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
		must((int)write(ready, &byte, 1));
	}
	must((int)read(go, &byte, 1));
	_exit(0);
}

static long sleeps(void)
{
	struct rusage usage;

	must(getrusage(RUSAGE_THREAD, &usage));
	return usage.ru_nvcsw;
}

TEST(to_let_go_of_a_child_is_not_to_wait_for_its_end)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_KILL_ON_UNREF };
	struct held held = hold(&options);
	int ready[2], go[2];
	char byte = 0;
	pid_t tracer;
	long before;

	must(pipe2(ready, O_CLOEXEC));
	must(pipe2(go, O_CLOEXEC));
	tracer = must(fork());
	if (tracer == 0) {
		must(close(go[1]));
		trace(held.pid, ready[1], go[0]);
	}
	must((int)read(ready[0], &byte, 1));
	before = sleeps();
	held.process = ph_unref(held.process);
	before = sleeps() - before;
	if (byte == '+') {
		/* it has ended, and cannot be reaped */
		must((int)read(ready[0], &byte, 1));
		ck_assert_int_eq(before, 0);
		look();
		ck_assert_uint_eq(left(), 1);
	}
	must(close(go[1]));
	must(waitpid(tracer, NULL, 0));
	await_end(&held);
	look();
	ck_assert_uint_eq(left(), 0);
	ck_assert_int_eq(kill(held.pid, 0), -1);
	end(&held);
	must(close(go[0]));
	must(close(ready[0]));
	must(close(ready[1]));
	if (byte != '+')
		skip("no tracing of a child by another one");
}

TEST(threads_let_go_side_by_side)
{
	enum { THREADS = 4 };
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, let_go_of_some, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	/* they have been killed: each is seen to end, sooner or later */
	while (left() > 0) {
		siginfo_t info;

		must(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT));
		look();
	}
	ck_assert_uint_eq(metric("/prochandle/spawns/late/lost:processes"), 0);
}

TEST(the_kernel_can_keep_that_promise)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_KILL_ON_UNREF |
						     PH_SPAWN_NO_NEW_PRIVS };
	struct held held = hold(&options);

	held.process = ph_unref(held.process);
	await_end(&held);
	look();
	end(&held);
}

static void inherit(void *arg)
{
	struct held *held = arg;

	/* it names the process, and is not its life here */
	ck_assert_int_eq(ph_kill(held->process, 0, PH_ONE), 0);
	ck_assert_int_eq(ph_wait(held->process, 0, NULL), -ETIMEDOUT);
	held->process = ph_unref(held->process);
	ck_assert_int_eq(kill(held->pid, 0), 0);
	ck_assert_uint_eq(left(), 0);
}

TEST(a_forked_child_does_not_own_what_it_inherits)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_KILL_ON_UNREF };
	struct held held = hold(&options);
	int status = 0;
	pid_t pid = must(fork());

	if (pid == 0) {
		inherit(&held);
		_exit(0);
	}
	must(waitpid(pid, &status, 0));
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(ph_wait(held.process, 0, NULL), -ETIMEDOUT);
	let_go(&held);
}

TEST(a_forked_child_drops_the_list_of_its_parent)
{
	struct ph_spawn_options options = { 0 };
	struct held held = hold(&options);
	int status = 0;
	pid_t pid;

	held.process = ph_unref(held.process);
	ck_assert_uint_eq(left(), 1);
	pid = must(fork());
	if (pid == 0) {
		look();
		_exit(left() == 0 ? 0 : 1);
	}
	must(waitpid(pid, &status, 0));
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(left(), 1);
	end(&held);
	await_zombie(held.pid);
	look();
	ck_assert_uint_eq(left(), 0);
}

static void *spawn_some(void *arg)
{
	(void)arg;
	for (int i = 0; i < 25; i++) {
		struct ph_spawn_options options = { .directory = i % 5 ? "/" : "/nowhere" };
		struct ph_process *process = NULL;
		int out = -1;
		char byte;

		options.out = PH_PIPE(&out);
		if (i % 5 == 0) {
			ck_assert_int_eq(ph_spawn(SPAWNED("args"), &options, &process), -ENOENT);
			continue;
		}
		process = spawned(SPAWNED("args"), &options);
		/* the pipe ends with its own child, not with those of others */
		while (read(out, &byte, 1) > 0)
			;
		must(close(out));
		expect_exit(process, PH_EXITED, 0);
		process = ph_unref(process);
	}
	return NULL;
}

TEST(threads_spawn_side_by_side)
{
	enum { THREADS = 4 };
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, spawn_some, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

static void *change_ids(void *arg)
{
	const _Atomic int *stop = arg;

	while (!*stop) {
		must(seteuid(65534));
		must(seteuid(0));
	}
	return NULL;
}

TEST(another_thread_may_change_the_user)
{
	_Atomic int stop = 0;
	pthread_t thread;

	need_to_run_as_others();
	ck_assert_int_eq(pthread_create(&thread, NULL, change_ids, &stop), 0);
	for (int i = 0; i < 25; i++) {
		struct ph_process *process = spawned(SPAWNED("exit", "4"), NULL);

		expect_exit(process, PH_EXITED, 4);
		process = ph_unref(process);
	}
	stop = 1;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	/* that was the other thread */
	must(prctl(PR_SET_DUMPABLE, 1));
}

static void *be_cancelled(void *arg)
{
	struct ph_process **process = arg;

	/* it is pending when the call comes, which is no point to be cancelled at */
	(void)pthread_cancel(pthread_self());
	(void)ph_spawn(SPAWNED("exit", "0"), NULL, process);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return NULL;
}

/* With no other thread there, too, and whatever comes of it. */
TEST(to_be_cancelled_can_wait)
{
	char *const nowhere[] = { (char *)"/nowhere/at/all", NULL };
	struct ph_process *process = NULL, *none = NULL;

	(void)pthread_cancel(pthread_self());
	(void)ph_spawn(SPAWNED("exit", "7"), NULL, &process);
	(void)ph_spawn(nowhere, NULL, &none);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	ck_assert_ptr_null(none);
	ck_assert_uint_eq(metric("/prochandle/spawns/failed/exec:spawns"), 1);
	expect_exit(process, PH_EXITED, 7);
	process = ph_unref(process);
}

TEST(a_cancelled_thread_leaves_nothing_half_done)
{
	struct ph_process *process = NULL;
	pthread_t thread;
	void *result = &thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, be_cancelled, &process), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_null(result);
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

TEST(the_handle_is_good_for_all_that_handles_are_good_for)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_NEW_GROUP };
	struct held held = hold(&options);
	struct ph_process *other = NULL;
	struct ph_exit record;

	ck_assert_int_eq(ph_find(held.pid, &other), 0);
	ck_assert_int_eq(ph_same(held.process, other), 1);
	other = ph_unref(other);
	ck_assert_int_eq(ph_kill(held.process, SIGTERM, PH_GROUP), 0);
	ck_assert_int_eq(ph_wait(held.process, 10000, &record), 0);
	ck_assert_int_eq(record.how, PH_SIGNALED);
	ck_assert_int_eq(record.value, SIGTERM);
	ck_assert_uint_eq(record.flags, PH_HAS_USAGE);
	held.process = ph_unref(held.process);
	end(&held);
}
