/* SPDX-License-Identifier: MIT */

/*
 * Signals are blocked before the command is started, and taken one by one: so
 * none gets lost, SIGCHLD among them, which tells of the end also where there is
 * no pidfd. As pid 1 of a namespace ph gets in this way what the kernel would
 * throw away: it does so with what is neither handled nor blocked.
 */

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/signals.h"
#include "duration.h"
#include "message.h"
#include "run.h"

enum {
	HIGHEST_SIGNAL = 64,
	/* between the two signals of a sender who means one: see is_echo() */
	ECHO_MS = 500,
};

static bool is_in(uint64_t set, int signo)
{
	return signo <= HIGHEST_SIGNAL && (set & PH_SIGNAL_BIT(signo));
}

void run_signals_begin(struct run *run)
{
	sigset_t old;

	(void)sigfillset(&run->taken);
	(void)sigprocmask(SIG_BLOCK, &run->taken, &old);
	for (int signo = 1; signo <= HIGHEST_SIGNAL; signo++) {
		struct sigaction action;

		if (sigismember(&old, signo) == 1)
			run->blocked |= PH_SIGNAL_BIT(signo);
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			run->ignored |= PH_SIGNAL_BIT(signo);
	}
	/* ignored, it would take the exit status away */
	(void)signal(SIGCHLD, SIG_DFL);
}

static void send_signal(struct run *run, int signo, const siginfo_t *info)
{
	char name[32];
	int r;

	if (info && info->si_code == SI_QUEUE)
		r = ph_queue(run->process, signo, info->si_value.sival_int);
	else
		r = ph_kill(run->process, signo, PH_ONE);
	if (r >= 0 || r == -ESRCH || run->has_complained)
		return;
	/* a program of another user: once is enough */
	run->has_complained = true;
	(void)ph_signal_name(signo, name, sizeof(name));
	message(run->call, "cannot send SIG%s to %s: %s", name, run->handle, ph_strerror(r));
}

static void say_sent(const struct run *run, int signo, const char *why)
{
	char after[DURATION_SIZE];
	char name[32];

	if (run->call->verbose == 0)
		return;
	(void)ph_signal_name(signo, name, sizeof(name));
	duration_text(now_ms() - run->start_ms, after);
	message(run->call, "%s: SIG%s sent after %s: %s", run->handle, name, after, why);
}

/* The grace starts once, with the first reason. */
static void start_grace(struct run *run)
{
	if (run->is_stopping)
		return;
	run->is_stopping = true;
	run->grace = ph_deadline_after(run->options->grace_ms);
}

static void kill_command(struct run *run, const char *why)
{
	run->grace = ph_deadline_after(-1);
	run->escalated = true;
	say_sent(run, SIGKILL, why);
	send_signal(run, SIGKILL, NULL);
}

static void keep_deadlines(struct run *run)
{
	int signo = run->options->signo;

	if (ph_deadline_left_ms(run->timeout) == 0) {
		run->timeout = ph_deadline_after(-1);
		run->timed_out = true;
		say_sent(run, signo, "the time is up");
		send_signal(run, signo, NULL);
		/* one that is stopped would not see it */
		if (signo != SIGKILL && signo != SIGCONT)
			send_signal(run, SIGCONT, NULL);
		start_grace(run);
	}
	if (run->is_stopping && ph_deadline_left_ms(run->grace) == 0)
		kill_command(run, "the grace is over");
}

/* A signal that the kernel sends to the whole group in the foreground, or of a hangup. */
static bool is_of_terminal(int signo)
{
	switch (signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH:
	case SIGHUP:
	case SIGCONT:
		return true;
	default:
		return false;
	}
}

/* Has the command got this signal by itself? */
static bool has_it_already(const struct run *run, const siginfo_t *info)
{
	int signo = info->si_signo;

	if (run->has_ended || info->si_code != SI_KERNEL || !is_of_terminal(signo))
		return false;
	/* of a hangup only the leader of the session is told */
	if ((signo == SIGHUP || signo == SIGCONT) && getsid(0) == getpid())
		return false;
	/* not reaped, so that the number is its own */
	return getpgid(ph_pid(run->process)) == getpgrp();
}

static bool is_from(const siginfo_t *info, pid_t pid)
{
	return info->si_code == SI_USER && info->si_pid == pid;
}

/* the SIGCONT that came while ph was stopped, or about to be */
static siginfo_t continued;
static volatile sig_atomic_t is_continued;

static void note_continued(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	continued = *info;
	is_continued = 1;
}

/*
 * Does what the signal would have done to ph: stops it, so that a shell notices.
 * Unless it is to be continued already: what is raised here would discard a SIGCONT
 * that is pending, which is therefore taken as it comes. One that comes later
 * discards the stop.
 *
 * Return: has *ret_info to be taken?
 */
static bool suspend(int signo, siginfo_t *ret_info)
{
	static const struct timespec at_once;
	struct sigaction action = { .sa_sigaction = note_continued, .sa_flags = SA_SIGINFO };
	struct sigaction old;
	sigset_t go;
	sigset_t stop;

	(void)sigemptyset(&go);
	(void)sigaddset(&go, SIGCONT);
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, signo);
	is_continued = 0;
	(void)sigaction(SIGCONT, &action, &old);
	(void)sigprocmask(SIG_UNBLOCK, &go, NULL);
	(void)raise(signo);
	if (is_continued) {
		(void)sigtimedwait(&stop, NULL, &at_once);
	} else {
		(void)sigprocmask(SIG_UNBLOCK, &stop, NULL);
		(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	}
	(void)sigprocmask(SIG_BLOCK, &go, NULL);
	(void)sigaction(SIGCONT, &old, NULL);
	*ret_info = continued;
	return is_continued;
}

/* timeout(1) signals its command, and then its group, and asks for an end once. */
static bool is_echo(struct run *run, const siginfo_t *info)
{
	siginfo_t last = run->wish;
	int64_t since = now_ms() - run->wish_ms;

	run->wish = *info;
	run->wish_ms = now_ms();
	return info->si_code == SI_USER && info->si_pid != 0 && is_from(&last, info->si_pid) &&
	       last.si_signo == info->si_signo && since < ECHO_MS;
}

/* Somebody wants an end: not the command, which may have sent it to its group. */
static void note_wish(struct run *run, const siginfo_t *info)
{
	int signo = info->si_signo;

	if (is_in(run->ignored, signo) || (!run->has_ended && is_from(info, ph_pid(run->process))))
		return;
	start_grace(run);
	if (signo != SIGTERM && signo != SIGINT)
		return;
	if (is_echo(run, info) || ++run->asked < 2)
		return;
	run->is_hurried = true;
	if (!run->has_ended)
		kill_command(run, "asked for a second time");
}

static void take(struct run *run, const siginfo_t *info)
{
	int signo = info->si_signo;
	bool has_it = has_it_already(run, info);
	siginfo_t next;

	/* SIGPIPE, for a message that nobody reads */
	if (is_from(info, getpid()))
		return;
	if (!has_it && !run->has_ended)
		send_signal(run, signo, info);
	switch (signo) {
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		if (suspend(signo, &next))
			take(run, &next);
		break;
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGTERM:
		/*
		 * What the terminal has told the command is left to it: it may
		 * be a shell, or an editor. Unless it is to end anyway.
		 */
		if (!has_it || run->is_stopping)
			note_wish(run, info);
		break;
	default:
		break;
	}
}

/* Children of ph that are not the command: orphans of it, or older than ph. */
static void reap_others(const struct run *run)
{
	for (;;) {
		siginfo_t info = { .si_pid = 0 };

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 ||
		    info.si_pid == ph_pid(run->process))
			return;
		/* nobody else reaps: the number is still that of this child */
		(void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Return: false if it was not a signal that ended the wait */
static bool wait_for_signal(const struct run *run, siginfo_t *ret_info)
{
	int left = sooner(ph_deadline_left_ms(run->timeout), ph_deadline_left_ms(run->grace));
	struct timespec time = {
		.tv_sec = left / 1000,
		.tv_nsec = (long)(left % 1000) * 1000000,
	};

	return sigtimedwait(&run->taken, ret_info, left < 0 ? NULL : &time) > 0;
}

void run_take_signals(struct run *run)
{
	const struct timespec at_once = { 0 };
	sigset_t set = run->taken;
	siginfo_t info;

	(void)sigdelset(&set, SIGCHLD);
	while (sigtimedwait(&set, &info, &at_once) > 0)
		take(run, &info);
}

int run_until_end(struct run *run)
{
	for (;;) {
		siginfo_t info;
		int r;

		reap_others(run);
		r = ph_wait(run->process, 0, &run->how);
		if (r != -ETIMEDOUT)
			return r;
		keep_deadlines(run);
		if (wait_for_signal(run, &info) && info.si_signo != SIGCHLD)
			take(run, &info);
	}
}
