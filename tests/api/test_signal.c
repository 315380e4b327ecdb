/* SPDX-License-Identifier: MIT */

/* ph_kill and ph_queue to one process: that one, or nobody. */

#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"

TEST(a_signal_reaches_the_process)
{
	static const int signals[] = { SIGTERM, SIGKILL, SIGUSR1, SIGHUP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct child child = child_start();
		struct ph_process *process = found(child.pid);
		int status;

		ck_assert_int_eq(ph_kill(process, signals[i], PH_ONE), 0);
		status = child_reap(&child);
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), signals[i]);
		process = ph_unref(process);
	}
}

TEST(the_last_realtime_signal_is_a_signal)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	not_in_valgrind("keeps the last realtime signal for itself");
	ck_assert_int_eq(ph_kill(process, SIGRTMAX, PH_ONE), 0);
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGRTMAX);
	process = ph_unref(process);
}

TEST(signal_0_asks_and_sends_nothing)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	ck_assert_int_eq(ph_queue(process, 0, 1), 0);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
}

TEST(what_is_no_signal_and_no_scope_is_refused)
{
	static const int refused[] = { -1, -SIGKILL, INT_MIN, INT_MAX };
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		ck_assert_int_eq(ph_kill(process, refused[i], PH_ONE), -EINVAL);
		ck_assert_int_eq(ph_kill(process, refused[i], PH_GROUP), -EINVAL);
		ck_assert_int_eq(ph_queue(process, refused[i], 0), -EINVAL);
	}
	ck_assert_int_eq(ph_kill(process, SIGRTMAX + 1, PH_ONE), -EINVAL);
	ck_assert_int_eq(ph_queue(process, SIGRTMAX + 1, 0), -EINVAL);
	ck_assert_int_eq(ph_kill(process, SIGKILL, -1), -EINVAL);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP + 1), -EINVAL);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_FORCE | (PH_CGROUP + 1)), -EINVAL);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_FORCE << 1), -EINVAL);
	ck_assert_int_eq(ph_kill(process, SIGKILL, INT_MAX), -EINVAL);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_zombie_takes_any_signal)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_become_zombie(&child, 4);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	ck_assert_int_eq(ph_queue(process, SIGTERM, 1), 0);
	/* and nothing comes of it */
	expect_end(process, 0, PH_EXITED, 4, PH_HAS_USAGE);
	process = ph_unref(process);
}

TEST(after_the_reap_there_is_nobody_to_signal)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_kill(&child, SIGKILL);
	expect_end(process, 0, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	child_forget(&child);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -ESRCH);
		ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -ESRCH);
		ck_assert_int_eq(ph_queue(process, SIGKILL, 0), -ESRCH);
	}
	process = ph_unref(process);
}

TEST(after_a_reap_by_somebody_else_there_is_nobody_to_signal)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -ESRCH);
	ck_assert_int_eq(ph_queue(process, SIGKILL, 0), -ESRCH);
	process = ph_unref(process);
}

static void signal_as_nobody(void *arg)
{
	struct ph_process *process = arg;

	become_nobody();
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -EPERM);
	ck_assert_int_eq(ph_kill(process, SIGTERM, PH_ONE), -EPERM);
	ck_assert_int_eq(ph_queue(process, SIGTERM, 7), -EPERM);
}

TEST(without_the_right_a_signal_is_refused)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	in_a_child(signal_as_nobody, process);
	ck_assert(is_running(child.pid));
	/* also to a zombie */
	child_become_zombie(&child, 0);
	in_a_child(signal_as_nobody, process);
	(void)child_reap(&child);
	process = ph_unref(process);
}

struct mail {
	int signo;
	int ends[2];
};

static void block(void *arg)
{
	const struct mail *mail = arg;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, mail->signo);
	must(sigprocmask(SIG_BLOCK, &set, NULL));
}

/* A child that reports the signal that it takes, and exits. */
static struct child child_taking(struct mail *mail)
{
	struct child child;
	int ready[2];
	char byte;

	must(pipe2(mail->ends, 0));
	must(pipe2(ready, 0));
	child.leash = -1;
	child.pid = fork_mortal();
	if (child.pid == 0) {
		siginfo_t info;
		sigset_t set;

		block(mail);
		sigemptyset(&set);
		sigaddset(&set, mail->signo);
		must(write(ready[1], "", 1));
		must(sigwaitinfo(&set, &info));
		must(write(mail->ends[1], &info, sizeof(info)));
		_exit(EXIT_SUCCESS);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	must(close(ready[0]));
	must(close(ready[1]));
	must(close(mail->ends[1]));
	return child;
}

static siginfo_t receive(struct mail *mail, struct child *child)
{
	siginfo_t info;

	ck_assert_int_eq(read(mail->ends[0], &info, sizeof(info)), sizeof(info));
	must(close(mail->ends[0]));
	ck_assert_int_eq(child_reap(child), 0);
	return info;
}

TEST(a_queued_value_arrives)
{
	static const int values[] = { 0, 1, -1, 42, INT_MAX, INT_MIN };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct mail mail = { .signo = i % 2 ? SIGUSR1 : SIGRTMIN };
		struct child child = child_taking(&mail);
		struct ph_process *process = found(child.pid);
		siginfo_t info;

		ck_assert_int_eq(ph_queue(process, mail.signo, values[i]), 0);
		info = receive(&mail, &child);
		ck_assert_int_eq(info.si_signo, mail.signo);
		ck_assert_int_eq(info.si_code, SI_QUEUE);
		ck_assert_int_eq(info.si_value.sival_int, values[i]);
		ck_assert_int_eq(info.si_pid, getpid());
		ck_assert_uint_eq(info.si_uid, getuid());
		process = ph_unref(process);
	}
}

TEST(a_signal_that_is_sent_says_who_sent_it)
{
	struct mail mail = { .signo = SIGUSR2 };
	struct child child = child_taking(&mail);
	struct ph_process *process = found(child.pid);
	siginfo_t info;

	ck_assert_int_eq(ph_kill(process, SIGUSR2, PH_ONE), 0);
	info = receive(&mail, &child);
	ck_assert_int_eq(info.si_code, SI_USER);
	ck_assert_int_eq(info.si_pid, getpid());
	process = ph_unref(process);
}

static void have_no_queue(void *arg)
{
	struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

	block(arg);
	must(setrlimit(RLIMIT_SIGPENDING, &none));
}

TEST(a_full_queue_is_an_error)
{
	struct mail mail = { .signo = SIGRTMIN };
	struct child child = child_start_with(have_no_queue, &mail);
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_queue(process, SIGRTMIN, 1), -EAGAIN);
	ck_assert_int_eq(ph_queue(process, SIGRTMIN, 1), -EAGAIN);
	process = ph_unref(process);
	child_end(&child);
}

static struct ph_process *shared;
static volatile sig_atomic_t answer;

static void kill_shared(int signo)
{
	(void)signo;
	answer = ph_queue(shared, 0, 0);
	if (answer == 0)
		answer = ph_kill(shared, SIGKILL, PH_ONE);
}

TEST(a_signal_handler_may_signal_if_the_handle_is_pinned)
{
	struct child child = child_start();

	if (!is_pinned_here())
		skip("promised of pinned handles only");
	shared = found(child.pid);
	answer = 1;
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = kill_shared }, NULL));
	must(raise(SIGUSR1));
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
	ck_assert_int_eq(answer, 0);
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGKILL);
	shared = ph_unref(shared);
}

/* The number is compared with something that has to be opened. */
static bool opens_to_compare(void)
{
	return !has(PH_FEATURE_PIDFD) && has(PH_FEATURE_PROC);
}

TEST(without_a_descriptor_to_compare_with_nothing_is_sent)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct rlimit before = descriptors_leave(0);
	int killed = ph_kill(process, 0, PH_ONE);
	int queued = ph_queue(process, 0, 0);

	descriptors_restore(before);
	ck_assert_int_eq(killed, opens_to_compare() ? -EMFILE : 0);
	ck_assert_int_eq(queued, opens_to_compare() ? -EMFILE : 0);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
}

TEST(an_inherited_handle_signals_the_same_process)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	pid_t pid = fork_mortal();
	int status;

	if (pid == 0) {
		/* its own reference, to its own copy */
		int r = ph_kill(process, SIGUSR1, PH_ONE);

		_exit(ph_unref(process) == NULL && r == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	expect_end(process, -1, PH_SIGNALED, SIGUSR1, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(sent_and_refused_signals_are_counted)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	ck_assert_int_eq(ph_queue(process, 0, 0), 0);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals"), 2);
	ck_assert_uint_eq(metric("/prochandle/signals/refused:signals"), 0);
	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -ESRCH);
	ck_assert_int_eq(ph_queue(process, SIGKILL, 0), -ESRCH);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -ESRCH);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals"), 2);
	ck_assert_uint_eq(metric("/prochandle/signals/refused:signals"), 3);
	process = ph_unref(process);
}
