/* SPDX-License-Identifier: MIT */

/* ph_spawn: what signals do in the child, and what they do to the caller. */

#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "spawn.h"

static void ignore(int signo)
{
	must(sigaction(signo, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
}

static void restore(int signo)
{
	must(sigaction(signo, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
}

static void block(int how, int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	must(sigprocmask(how, &set, NULL));
}

static volatile sig_atomic_t caught;

static void catch (int signo)
{
	(void)signo;
	caught++;
}

TEST(nothing_is_blocked_or_ignored)
{
	struct ph_spawn_options options = { 0 };
	struct held held;

	ignore(SIGPIPE);
	ignore(SIGHUP);
	ignore(SIGRTMIN + 3);
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = catch }, NULL));
	block(SIG_BLOCK, SIGUSR2);
	held = hold(&options);
	ck_assert_uint_eq(signals_of(held.pid, "SigBlk"), 0);
	ck_assert_uint_eq(signals_of(held.pid, "SigIgn"), 0);
	ck_assert_uint_eq(signals_of(held.pid, "SigCgt"), 0);
	let_go(&held);
	/* and the caller has what he had */
	block(SIG_UNBLOCK, SIGUSR2);
	must(raise(SIGUSR1));
	ck_assert_int_eq(caught, 1);
	must(raise(SIGPIPE));
	restore(SIGPIPE);
	restore(SIGHUP);
	restore(SIGRTMIN + 3);
	restore(SIGUSR1);
}

static void *stand_by(void *arg)
{
	const int *ends = arg;
	char byte;

	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	return NULL;
}

TEST(nothing_is_ignored_whoever_else_could_change_that)
{
	pthread_t thread;
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	ignore(SIGPIPE);
	ignore(SIGRTMAX);
	block(SIG_BLOCK, SIGUSR2);
	for (int threads = 1; threads <= 2; threads++) {
		struct ph_spawn_options options = { 0 };
		struct held held;

		if (threads == 2)
			ck_assert_int_eq(pthread_create(&thread, NULL, stand_by, ends), 0);
		held = hold(&options);
		ck_assert_uint_eq(signals_of(held.pid, "SigBlk"), 0);
		ck_assert_uint_eq(signals_of(held.pid, "SigIgn"), 0);
		let_go(&held);
	}
	must(close(ends[1]));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	must(close(ends[0]));
	restore(SIGPIPE);
	restore(SIGRTMAX);
	block(SIG_UNBLOCK, SIGUSR2);
}

/* A thread that libc does not know of. */
static int stand_by_unknown(void *arg)
{
	static char byte;

	while (syscall(SYS_read, *(const int *)arg, &byte, 1) > 0)
		;
	(void)syscall(SYS_exit, 0);
	return 0;
}

TEST(a_thread_that_libc_does_not_know_of_is_one_too)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			  CLONE_SYSVSEM;
	static _Alignas(16) char stack[16384];
	struct ph_spawn_options options = { 0 };
	struct held held;
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	ignore(SIGPIPE);
	must(clone(stand_by_unknown, stack + sizeof(stack), flags, ends));
	held = hold(&options);
	ck_assert_uint_eq(signals_of(held.pid, "SigIgn"), 0);
	let_go(&held);
	must(close(ends[1]));
	restore(SIGPIPE);
	/* the descriptor is left to the thread: close it when it is gone */
	while (signals_of(getpid(), "Threads") != 1)
		must(sched_yield());
	must(close(ends[0]));
}

TEST(what_is_asked_for_is_blocked_and_ignored)
{
	struct ph_spawn_options options = {
		.blocked = PH_SIGNAL_BIT(SIGUSR1) | PH_SIGNAL_BIT(SIGTERM),
		.ignored = PH_SIGNAL_BIT(SIGHUP) | PH_SIGNAL_BIT(SIGINT),
	};
	struct held held = hold(&options);

	ck_assert_uint_eq(signals_of(held.pid, "SigBlk"), options.blocked);
	ck_assert_uint_eq(signals_of(held.pid, "SigIgn"), options.ignored);
	let_go(&held);
}

TEST(what_the_caller_has_can_be_kept)
{
	struct ph_spawn_options options = {
		.flags = PH_SPAWN_KEEP_BLOCKED | PH_SPAWN_KEEP_IGNORED,
		.blocked = PH_SIGNAL_BIT(SIGTERM),
		.ignored = PH_SIGNAL_BIT(SIGINT),
		.reset = PH_SIGNAL_BIT(SIGPIPE),
	};
	struct held held;

	ignore(SIGPIPE);
	ignore(SIGHUP);
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = catch }, NULL));
	block(SIG_BLOCK, SIGUSR2);
	held = hold(&options);
	ck_assert_uint_eq(signals_of(held.pid, "SigBlk"),
			  PH_SIGNAL_BIT(SIGUSR2) | PH_SIGNAL_BIT(SIGTERM));
	ck_assert_uint_eq(signals_of(held.pid, "SigIgn"),
			  PH_SIGNAL_BIT(SIGHUP) | PH_SIGNAL_BIT(SIGINT));
	let_go(&held);
	block(SIG_UNBLOCK, SIGUSR2);
	restore(SIGPIPE);
	restore(SIGHUP);
	restore(SIGUSR1);
}

TEST(all_signals_are_as_many_as_can_be)
{
	struct ph_spawn_options options = { .blocked = PH_SIGNAL_ALL, .ignored = PH_SIGNAL_ALL };
	uint64_t never = PH_SIGNAL_BIT(SIGKILL) | PH_SIGNAL_BIT(SIGSTOP);
	struct held held = hold(&options);

	ck_assert_uint_eq(signals_of(held.pid, "SigBlk"), ~never);
	ck_assert_uint_eq(signals_of(held.pid, "SigIgn"), ~never);
	let_go(&held);
}

TEST(each_child_sends_one_sigchld)
{
	struct ph_process *process;
	sigset_t set;

	caught = 0;
	(void)ph_features();
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = catch }, NULL));
	for (int i = 1; i <= 20; i++) {
		process = spawned(SPAWNED("exit", "0"), NULL);
		expect_exit(process, PH_EXITED, 0);
		process = ph_unref(process);
		ck_assert_int_eq(caught, i);
	}
	sigemptyset(&set);
	must(sigpending(&set));
	ck_assert_int_eq(sigismember(&set, SIGCHLD), 0);
	restore(SIGCHLD);
}

static void be_reaped_by_the_kernel(void)
{
	struct ph_spawn_options options = { .directory = "/nowhere" };
	struct ph_process *process;
	struct ph_exit record;

	expect_failure(SPAWNED("exit", "0"), &options, -ENOENT, PH_STEP_DIRECTORY, 0);
	process = spawned(SPAWNED("exit", "5"), NULL);
	ck_assert_int_eq(ph_wait(process, -1, &record), 0);
	if (tells_after_reap()) {
		ck_assert_int_eq(record.how, PH_EXITED);
		ck_assert_int_eq(record.value, 5);
	} else {
		ck_assert_int_eq(record.how == PH_UNKNOWN || record.value == 5, 1);
	}
	process = ph_unref(process);
	ck_assert_uint_eq(metric("/prochandle/spawns/late/left:processes"), 0);
}

TEST(a_host_that_ignores_its_children_spawns_all_the_same)
{
	ignore(SIGCHLD);
	be_reaped_by_the_kernel();
	restore(SIGCHLD);
	must(sigaction(SIGCHLD,
		       &(struct sigaction){ .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT },
		       NULL));
	be_reaped_by_the_kernel();
	restore(SIGCHLD);
}

TEST(a_child_can_be_tied_to_its_parent)
{
	struct ph_spawn_options options = { .death_signal = SIGUSR1 };
	char text[64];

	ck_assert_str_eq(output_of(SPAWNED("death"), &options, text, sizeof(text)), "10\n");
	if (geteuid() == 0) {
		need_to_run_as_others();
		/* a change of the user takes it away, if it comes later */
		options.flags = PH_SPAWN_UID;
		options.uid = 65534;
		ck_assert_str_eq(output_of(SPAWNED("death"), &options, text, sizeof(text)), "10\n");
	}
}

TEST(a_traced_child_stops_at_its_first_instruction)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_TRACED };
	struct ph_process *process;
	int status = 0;

	process = spawned(SPAWNED("exit", "3"), &options);
	ck_assert_int_eq(must(waitpid(ph_pid(process), &status, 0)), ph_pid(process));
	ck_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	ck_assert_int_eq(ph_wait(process, 0, NULL), -ETIMEDOUT);
	must((int)ptrace(PTRACE_CONT, ph_pid(process), NULL, NULL));
	expect_exit(process, PH_EXITED, 3);
	process = ph_unref(process);
}

static pid_t tracee;
static volatile sig_atomic_t shown;

/* A tracer that handles stops whenever it is told to look for one. */
static void let_go_on(int signo)
{
	int status = 0;

	(void)signo;
	shown = waitpid(tracee, &status, WNOHANG | __WALL);
	(void)ptrace(PTRACE_CONT, tracee, NULL, NULL);
}

/* Sends the signal when the tracer sleeps. */
static _Noreturn void tell(pid_t tracer)
{
	char path[32], text[512], *state;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)tracer);
	do {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		(void)read_all(fd, text, sizeof(text));
		state = strrchr(text, ')');
	} while (state && state[2] != 'S');
	(void)kill(tracer, SIGUSR1);
	_exit(0);
}

TEST(a_wait_for_a_traced_child_leaves_its_stops_to_the_tracer)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_TRACED };
	struct ph_process *process = spawned(SPAWNED("exit", "3"), &options);
	siginfo_t info;
	pid_t teller;

	if (!has(PH_FEATURE_PROC))
		skip("whether somebody sleeps is told by /proc alone");
	tracee = ph_pid(process);
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = let_go_on }, NULL));
	/* it has stopped */
	must(waitid(P_PID, (id_t)tracee, &info, WEXITED | WSTOPPED | WNOWAIT));
	teller = must(fork());
	if (teller == 0)
		tell(getppid());
	expect_exit(process, PH_EXITED, 3);
	ck_assert_int_eq(shown, tracee);
	process = ph_unref(process);
	must(waitpid(teller, NULL, 0));
	restore(SIGUSR1);
}

static void *storm(void *arg)
{
	const _Atomic int *stop = arg;

	while (!*stop)
		(void)kill(getpid(), SIGUSR1);
	return NULL;
}

TEST(handlers_of_the_host_do_not_run_in_the_child)
{
	_Atomic int stop = 0;
	pthread_t thread;

	caught = 0;
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = catch, .sa_flags = SA_RESTART },
		       NULL));
	ck_assert_int_eq(pthread_create(&thread, NULL, storm, &stop), 0);
	for (int i = 0; i < 50; i++) {
		struct ph_process *process = spawned(SPAWNED("exit", "4"), NULL);

		expect_exit(process, PH_EXITED, 4);
		process = ph_unref(process);
	}
	stop = 1;
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	restore(SIGUSR1);
}
