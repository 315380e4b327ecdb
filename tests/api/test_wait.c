/* SPDX-License-Identifier: MIT */

/* ph_wait for children of the caller: reaped once, told to everybody. */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "api.h"

TEST(every_exit_code_is_told)
{
	static const int codes[] = { 0, 1, 2, 3, 42, 126, 127, 128, 129, 137, 255 };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct child child = child_start();
		struct ph_process *process = found(child.pid);

		child_exit(&child, codes[i]);
		expect_end(process, -1, PH_EXITED, codes[i], PH_HAS_USAGE);
		process = ph_unref(process);
	}
}

TEST(every_signal_that_kills_is_told)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1, SIGPIPE, SIGALRM };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct child child = child_start();
		struct ph_process *process = found(child.pid);

		must(kill(child.pid, signals[i]));
		expect_end(process, -1, PH_SIGNALED, signals[i], PH_HAS_USAGE);
		process = ph_unref(process);
		child_forget(&child);
	}
}

static void want_a_core(void *arg)
{
	struct rlimit core;

	(void)arg;
	must(chdir("/tmp"));
	must(getrlimit(RLIMIT_CORE, &core));
	core.rlim_cur = core.rlim_max;
	must(setrlimit(RLIMIT_CORE, &core));
}

/* What the kernel says of the end, before the library has asked. */
static bool has_dumped(pid_t pid)
{
	siginfo_t info;

	must(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	return info.si_code == CLD_DUMPED;
}

TEST(a_core_dump_is_told)
{
	char core[32] = "/tmp/core";
	struct child child = child_start_with(want_a_core, NULL);
	struct ph_process *process = found(child.pid);
	bool is_dumped;

	child_kill(&child, SIGABRT);
	is_dumped = has_dumped(child.pid);
	expect_end(process, 0, PH_SIGNALED, SIGABRT,
		   PH_HAS_USAGE | (is_dumped ? (unsigned)PH_CORE : 0));
	process = ph_unref(process);
	child_forget(&child);
	(void)unlink(core);
	(void)snprintf(core, sizeof(core), "/tmp/core.%d", (int)child.pid);
	(void)unlink(core);
	if (!is_dumped)
		skip("no core is dumped on this machine");
}

static void *burn(void *arg)
{
	struct rusage usage;

	do
		must(getrusage(RUSAGE_SELF, &usage));
	while (usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec < 20000);
	return arg;
}

static void burn_and_touch(void *arg)
{
	size_t size = 8 << 20;
	char *memory = malloc(size);

	(void)burn(arg);
	ck_assert_ptr_nonnull(memory);
	memset(memory, 1, size);
	/* let nobody think that it could be left out */
	must(write(*(int *)arg, memory, 1));
	free(memory);
}

TEST(usage_is_that_of_the_child)
{
	int sink = must(open("/dev/null", O_WRONLY | O_CLOEXEC));
	struct child child = child_start_with(burn_and_touch, &sink);
	struct ph_process *process = found(child.pid);
	struct ph_exit record;

	child_exit(&child, 0);
	ck_assert_int_eq(ph_wait(process, -1, &record), 0);
	expect_record(&record, PH_EXITED, 0, PH_HAS_USAGE);
	ck_assert_int_ge(record.user_us, 20000);
	ck_assert_int_lt(record.user_us, 60 * 1000000);
	ck_assert_int_ge(record.maxrss_kb, 8 << 10);
	process = ph_unref(process);
	must(close(sink));
}

static void expect_same(const struct ph_exit *a, const struct ph_exit *b)
{
	ck_assert_int_eq(a->how, b->how);
	ck_assert_int_eq(a->value, b->value);
	ck_assert_uint_eq(a->flags, b->flags);
	ck_assert_int_eq(a->user_us, b->user_us);
	ck_assert_int_eq(a->sys_us, b->sys_us);
	ck_assert_int_eq(a->maxrss_kb, b->maxrss_kb);
}

TEST(every_later_call_gets_the_same_record)
{
	static const int64_t timeouts[] = { 0, 1, 1000, -1, INT64_MAX };
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit first, later;

	child_exit(&child, 11);
	ck_assert_int_eq(ph_wait(process, -1, &first), 0);
	expect_record(&first, PH_EXITED, 11, PH_HAS_USAGE);
	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		ck_assert_int_eq(ph_wait(process, timeouts[i], &later), 0);
		expect_same(&later, &first);
	}
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	process = ph_unref(process);
}

TEST(the_record_is_not_needed)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_exit(&child, 11);
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	expect_end(process, 0, PH_EXITED, 11, PH_HAS_USAGE);
	process = ph_unref(process);
}

TEST(a_child_is_reaped_once)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_exit(&child, 0);
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(ph_exists(child.pid), 0);
	process = ph_unref(process);
}

TEST(only_the_child_that_was_named_is_reaped)
{
	struct child one = child_start(), other = child_start();
	struct ph_process *process = found(one.pid);

	child_become_zombie(&other, 2);
	child_exit(&one, 1);
	expect_end(process, -1, PH_EXITED, 1, PH_HAS_USAGE);
	ck_assert_int_eq(child_reap(&other), 2 << 8);
	process = ph_unref(process);
}

/* A child that ends without a signal: fork(2) does not make one, clone(2) does. */
static pid_t start_silent_child(int leash[2])
{
	char code = 0;
	pid_t pid;

	must(pipe2(leash, O_CLOEXEC));
	/* all zero: the order of the arguments, which differs, does not matter */
	pid = must(syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L));
	if (pid != 0)
		return pid;
	(void)close(leash[1]);
	(void)!read(leash[0], &code, 1);
	_exit(code);
}

TEST(a_child_that_sends_no_signal_at_its_end_is_reaped)
{
	for (int timeout = -1; timeout <= 0; timeout++) {
		int leash[2];
		pid_t pid = start_silent_child(leash);
		struct ph_process *process = found(pid);

		expect_running(process, 0);
		ck_assert_int_eq(write(leash[1], "\5", 1), 1);
		child_await_end(pid);
		expect_end(process, timeout, PH_EXITED, 5, PH_HAS_USAGE);
		process = ph_unref(process);
		must(close(leash[0]));
		must(close(leash[1]));
	}
}

/* With a pidfd, and yet a child like any other: asked for by its number. */
static void go_by_number(void)
{
	set("pidfdsignal", "0");
	set("pidfdwait", "0");
}

TEST(without_proc_a_child_is_reaped_by_number_all_the_same)
{
	struct child child = child_start();
	struct ph_process *process;

	if (has(PH_FEATURE_PIDFD) && !has(PH_FEATURE_INFO))
		skip("without /proc only Linux 6.13 tells that the number is its own");
	go_by_number();
	set("procfs", "0");
	process = found(child.pid);
	expect_running(process, 0);
	child_become_zombie(&child, 5);
	expect_end(process, 0, PH_EXITED, 5, PH_HAS_USAGE);
	process = ph_unref(process);
}

TEST(a_timeout_below_minus_one_is_refused)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_wait(process, -2, NULL), -EINVAL);
	ck_assert_int_eq(ph_wait(process, INT64_MIN, NULL), -EINVAL);
	child_become_zombie(&child, 0);
	ck_assert_int_eq(ph_wait(process, -2, NULL), -EINVAL);
	(void)child_reap(&child);
	process = ph_unref(process);
}

TEST(zero_looks_and_does_not_wait)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	expect_running(process, 0);
	expect_running(process, 0);
	child_become_zombie(&child, 6);
	expect_end(process, 0, PH_EXITED, 6, PH_HAS_USAGE);
	process = ph_unref(process);
}

/* Nobody can promise how late a machine is, only that nobody is early. */
TEST(a_deadline_is_kept)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int64_t start = now_ms();

	expect_running(process, 60);
	ck_assert_int_ge(now_ms() - start, 60);
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_very_long_timeout_is_one)
{
	static const int64_t timeouts[] = { INT32_MAX, (int64_t)INT32_MAX + 1, INT64_MAX / 1000000,
					    INT64_MAX / 1000, INT64_MAX };

	for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
		struct child child = child_start();
		struct ph_process *process = found(child.pid);

		child_exit(&child, 1);
		expect_end(process, timeouts[i], PH_EXITED, 1, PH_HAS_USAGE);
		process = ph_unref(process);
	}
}

struct waiter {
	pthread_t thread;
	struct ph_process *process;
	int64_t timeout_ms;
	int result;
	struct ph_exit record;
};

static void *wait_for_it(void *arg)
{
	struct waiter *waiter = arg;

	waiter->result = ph_wait(waiter->process, waiter->timeout_ms, &waiter->record);
	return NULL;
}

static void start_waiter(struct waiter *waiter, struct ph_process *process, int64_t timeout_ms)
{
	waiter->process = process;
	waiter->timeout_ms = timeout_ms;
	ck_assert_int_eq(pthread_create(&waiter->thread, NULL, wait_for_it, waiter), 0);
}

TEST(sixteen_waiters_get_the_same_record)
{
	enum { WAITERS = 16 };
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct waiter waiters[WAITERS];

	/* for ever, and longer than any test */
	for (int i = 0; i < WAITERS; i++)
		start_waiter(&waiters[i], process, i % 2 ? -1 : TEST_SECONDS * 1000);
	child_exit(&child, 23);
	for (int i = 0; i < WAITERS; i++) {
		ck_assert_int_eq(pthread_join(waiters[i].thread, NULL), 0);
		ck_assert_int_eq(waiters[i].result, 0);
		expect_record(&waiters[i].record, PH_EXITED, 23, PH_HAS_USAGE);
		expect_same(&waiters[i].record, &waiters[0].record);
	}
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	process = ph_unref(process);
}

TEST(a_thread_that_is_not_the_parent_may_wait)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct waiter waiter;

	child_exit(&child, 24);
	start_waiter(&waiter, process, -1);
	ck_assert_int_eq(pthread_join(waiter.thread, NULL), 0);
	ck_assert_int_eq(waiter.result, 0);
	expect_record(&waiter.record, PH_EXITED, 24, PH_HAS_USAGE);
	process = ph_unref(process);
}

TEST(a_reference_may_be_given_back_while_others_wait)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct waiter waiter;

	start_waiter(&waiter, ph_ref(process), -1);
	process = ph_unref(process);
	child_exit(&child, 25);
	ck_assert_int_eq(pthread_join(waiter.thread, NULL), 0);
	expect_record(&waiter.record, PH_EXITED, 25, PH_HAS_USAGE);
	waiter.process = ph_unref(waiter.process);
}

TEST(stops_and_continues_are_no_end)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	siginfo_t info;

	for (int round = 0; round < 2; round++) {
		must(kill(child.pid, SIGSTOP));
		must(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT));
		expect_running(process, 0);
		expect_running(process, 5);
		must(kill(child.pid, SIGCONT));
		must(waitid(P_PID, (id_t)child.pid, &info, WCONTINUED | WNOWAIT));
		expect_running(process, 0);
		expect_running(process, 5);
	}
	must(kill(child.pid, SIGKILL));
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

static pthread_t first;
static int gone;

static void *outlive(void *arg)
{
	unsigned char code;

	(void)pthread_join(first, NULL);
	(void)!write(gone, "", 1);
	(void)!read(*(int *)arg, &code, 1);
	_exit(code);
}

TEST(the_end_of_the_first_thread_is_not_the_end)
{
	struct child child;
	struct ph_process *process;
	int leash[2], ready[2];
	char byte;

	not_in_valgrind("minds the stack of a thread that has ended");
	must(pipe2(leash, O_CLOEXEC));
	must(pipe2(ready, O_CLOEXEC));
	child.pid = fork_mortal();
	if (child.pid == 0) {
		pthread_t other;

		first = pthread_self();
		gone = ready[1];
		(void)pthread_create(&other, NULL, outlive, &leash[0]);
		pthread_exit(NULL);
	}
	child.leash = leash[1];
	must(close(leash[0]));
	must(close(ready[1]));
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	must(close(ready[0]));

	process = found(child.pid);
	expect_running(process, 0);
	expect_running(process, 20);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	child_exit(&child, 31);
	expect_end(process, -1, PH_EXITED, 31, PH_HAS_USAGE);
	process = ph_unref(process);
}

/* The exit status of a child that the kernel, or somebody else, has reaped. */
static void expect_stolen_end(struct ph_process *process, int64_t timeout_ms, int how, int value)
{
	if (tells_after_reap())
		expect_end(process, timeout_ms, how, value, PH_STOLEN);
	else
		expect_end(process, timeout_ms, PH_UNKNOWN, 0, PH_STOLEN);
}

TEST(a_child_that_somebody_else_reaped_is_stolen)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	/* seen to be a child */
	expect_running(process, 0);
	child_exit(&child, 17);
	ck_assert_int_eq(waitpid(-1, NULL, 0), child.pid);
	expect_stolen_end(process, -1, PH_EXITED, 17);
	expect_stolen_end(process, 0, PH_EXITED, 17);
	process = ph_unref(process);
}

static void *steal(void *arg)
{
	ck_assert_int_eq(waitpid(-1, NULL, 0), *(pid_t *)arg);
	return NULL;
}

TEST(a_thief_in_another_thread_takes_nothing_but_the_zombie)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit record;
	pthread_t thief;

	expect_running(process, 0);
	ck_assert_int_eq(pthread_create(&thief, NULL, steal, &child.pid), 0);
	child_exit(&child, 18);
	/* the thief has waited longer: the one who is here next time is he */
	ck_assert_int_eq(pthread_join(thief, NULL), 0);
	ck_assert_int_eq(ph_wait(process, -1, &record), 0);
	expect_record(&record, tells_after_reap() ? PH_EXITED : PH_UNKNOWN,
		      tells_after_reap() ? 18 : 0, PH_STOLEN);
	process = ph_unref(process);
}

/* The kernel reaps it at once, yet for a moment it is a zombie, which /proc may show. */
static void expect_end_at_once(struct ph_process *process, int value, unsigned allowed)
{
	struct ph_exit record;

	ck_assert_int_eq(ph_wait(process, -1, &record), 0);
	if (record.how != PH_UNKNOWN || tells_after_reap()) {
		ck_assert_int_eq(record.how, PH_EXITED);
		ck_assert_int_eq(record.value, value);
	}
	/* one of the two */
	ck_assert(record.flags == PH_STOLEN || record.flags == PH_FOREIGN);
	ck_assert_uint_eq(record.flags & ~allowed, 0);
}

static void with_sigchld(const struct sigaction *action)
{
	struct sigaction before;
	struct child child;
	struct ph_process *process;

	must(sigaction(SIGCHLD, action, &before));
	/* a look first, and a wait for ever at once */
	for (int looks = 0; looks < 2; looks++) {
		child = child_start();
		process = found(child.pid);
		for (int i = 0; i < looks; i++)
			expect_running(process, 0);
		child_exit(&child, 19);
		/* it may have been gone before it was seen to be a child */
		expect_end_at_once(process, 19, looks == 0 ? PH_STOLEN | PH_FOREIGN : PH_STOLEN);
		process = ph_unref(process);
	}
	must(sigaction(SIGCHLD, &before, NULL));
}

TEST(with_sigchld_ignored_the_end_is_learnt)
{
	with_sigchld(&(struct sigaction){ .sa_handler = SIG_IGN });
}

TEST(with_sa_nocldwait_the_end_is_learnt)
{
	with_sigchld(&(struct sigaction){ .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT });
}

static volatile sig_atomic_t fired, enough;
static pid_t victim;

static void fire(int signo)
{
	(void)signo;
	fired++;
	if (fired == enough)
		(void)kill(victim, SIGKILL);
}

static void start_timer(int flags, long us)
{
	struct itimerval often = { .it_interval.tv_usec = us, .it_value.tv_usec = us };

	fired = 0;
	must(sigaction(SIGALRM, &(struct sigaction){ .sa_handler = fire, .sa_flags = flags }, NULL));
	must(setitimer(ITIMER_REAL, &often, NULL));
}

static void stop_timer(void)
{
	must(setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_sec = 0 }, NULL));
	must(sigaction(SIGALRM, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
}

static void interrupt_a_deadline(int flags)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int64_t start;

	enough = -1;
	start_timer(flags, 5000);
	start = now_ms();
	expect_running(process, 100);
	ck_assert_int_ge(now_ms() - start, 100);
	stop_timer();
	ck_assert_int_gt(fired, 0);
	process = ph_unref(process);
	child_end(&child);
}

TEST(interruptions_do_not_move_a_deadline)
{
	not_in_valgrind("takes longer for a signal than it is until the next one");
	interrupt_a_deadline(0);
	interrupt_a_deadline(SA_RESTART);
}

static void interrupt_for_ever(int flags)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	victim = child.pid;
	enough = 20;
	start_timer(flags, 2000);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	ck_assert_int_ge(fired, 20);
	stop_timer();
	process = ph_unref(process);
	child_forget(&child);
}

TEST(interruptions_do_not_end_a_wait)
{
	not_in_valgrind("takes longer for a signal than it is until the next one");
	interrupt_for_ever(0);
	interrupt_for_ever(SA_RESTART);
}

TEST(two_handles_on_one_child_both_learn_of_the_end)
{
	struct child child = child_start();
	struct ph_process *one = found(child.pid), *other = found(child.pid);

	child_exit(&child, 27);
	expect_end(one, -1, PH_EXITED, 27, PH_HAS_USAGE);
	/* the other has not seen that it was a child, and does not claim it */
	if (tells_after_reap())
		expect_end(other, -1, PH_EXITED, 27, PH_FOREIGN);
	else
		expect_end(other, -1, PH_UNKNOWN, 0, PH_FOREIGN);
	one = ph_unref(one);
	other = ph_unref(other);
}

TEST(the_caller_itself_has_not_ended)
{
	struct ph_process *process = found(getpid());

	expect_running(process, 0);
	expect_running(process, 10);
	process = ph_unref(process);
}

/* The end of a child is looked at by number, and compared by a file. */
static bool opens_to_compare(void)
{
	return !has(PH_FEATURE_PIDFD) && has(PH_FEATURE_PROC);
}

TEST(without_a_descriptor_to_look_with_a_checked_wait_says_so)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit record = { .value = 4711 };
	struct rlimit before = descriptors_leave(0);
	int r = ph_wait(process, 0, &record);

	descriptors_restore(before);
	ck_assert_int_eq(r, opens_to_compare() ? -EMFILE : -ETIMEDOUT);
	ck_assert_int_eq(record.value, 4711);
	child_exit(&child, 3);
	expect_end(process, -1, PH_EXITED, 3, PH_HAS_USAGE);
	process = ph_unref(process);
}

/*
 * Nothing has to be opened for a child that runs, but perhaps for the end: the
 * timer fires for the fourth time long after the wait has gone to sleep.
 */
static void fill_table_in_the_middle(void)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit record;
	struct rlimit before;
	int r;

	victim = child.pid;
	enough = 4;
	before = descriptors_leave(0);
	start_timer(0, 2000);
	r = ph_wait(process, TEST_SECONDS * 1000, &record);
	stop_timer();
	descriptors_restore(before);
	if (r == 0) {
		expect_record(&record, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	} else {
		ck_assert_int_eq(r, -EMFILE);
		/* it may run still: the first look was one too many */
		must(kill(child.pid, SIGKILL));
	}
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(a_table_that_is_full_at_the_end_of_a_wait_spoils_no_record)
{
	not_in_valgrind("has descriptors of its own");
	fill_table_in_the_middle();
	go_by_number();
	fill_table_in_the_middle();
}

/* poll(2) refuses even one descriptor then. */
TEST(where_no_descriptor_is_allowed_a_wait_says_so)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct rlimit before, none;
	int r, signalled;

	must(getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 0;
	must(setrlimit(RLIMIT_NOFILE, &none));
	r = ph_wait(process, 5, NULL);
	signalled = ph_kill(process, 0, PH_ONE);
	descriptors_restore(before);
	ck_assert_int_eq(r, is_bare_here() ? -ETIMEDOUT : -EMFILE);
	/* a signal through a pidfd needs none */
	if (is_pinned_here() || is_bare_here())
		ck_assert_int_eq(signalled, 0);
	else
		ck_assert(signalled == 0 || signalled == -EMFILE);
	child_exit(&child, 3);
	expect_end(process, -1, PH_EXITED, 3, PH_HAS_USAGE);
	process = ph_unref(process);
}

static void count_chld(int signo)
{
	(void)signo;
	fired++;
}

TEST(no_extra_sigchld_is_made)
{
	struct child child;
	struct ph_process *process;

	fired = 0;
	must(sigaction(SIGCHLD,
		       &(struct sigaction){ .sa_handler = count_chld, .sa_flags = SA_RESTART },
		       NULL));
	child = child_start();
	process = found(child.pid);
	child_exit(&child, 0);
	expect_end(process, -1, PH_EXITED, 0, PH_HAS_USAGE);
	ck_assert_int_eq(fired, 1);
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
	process = ph_unref(process);
}

TEST(ends_of_children_are_counted_once)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_exit(&child, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	ck_assert_uint_eq(metric("/prochandle/exits/own:exits"), 1);
	ck_assert_uint_eq(metric("/prochandle/exits/foreign:exits"), 0);
	ck_assert_uint_eq(metric("/prochandle/exits/stolen:exits"), 0);
	ck_assert_uint_eq(metric("/prochandle/exits/unknown:exits"), 0);
	process = ph_unref(process);
}
