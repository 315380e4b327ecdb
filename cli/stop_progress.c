/* SPDX-License-Identifier: MIT */

/*
 * The library sleeps until something happens, so that a second thread counts the
 * seconds. There is none without a terminal.
 *
 * Who interrupts ph stop wants his prompt back, as from kill(1) and timeout(1):
 * nothing more is sent. The line is wiped first, and who runs on is named.
 */

#include "stop_progress.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/signals.h"
#include "duration.h"
#include "stop.h"

static volatile sig_atomic_t is_on_terminal;
static volatile sig_atomic_t is_quiet;

/*
 * What an interruption says. The handler finds one that is whole, for it runs in
 * the thread that writes the other one and then turns to it.
 */
static char interruptions[2][224] = { "ph: stop: interrupted; nothing more is sent\n" };
static volatile sig_atomic_t interruption;

static void say_interrupted(int signo, siginfo_t *info, void *context)
{
	static const char wipe[] = "\r\033[K";
	const char *text = interruptions[interruption];
	ssize_t n = 0;

	(void)context;
	if (is_on_terminal)
		n = write(STDERR_FILENO, wipe, sizeof(wipe) - 1);
	/* with --force it may be its own signal, and the work is done */
	if (n >= 0 && !is_quiet && info->si_pid != getpid())
		n = write(STDERR_FILENO, text, strlen(text));
	(void)n;
	/* its effect is the default again, and comes with the return */
	(void)raise(signo);
}

static void be_interruptible(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction action = { .sa_sigaction = say_interrupted };
	struct sigaction old;

	action.sa_flags = (int)SA_RESETHAND | SA_SIGINFO;
	for (size_t i = 0; i < LENGTH(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &action, NULL);
}

/* Whole seconds, so that a line does not flicker: "8s", "1m03s" */
static void seconds_text(int64_t ms, char buffer[DURATION_SIZE])
{
	if (ms < 60000)
		(void)snprintf(buffer, DURATION_SIZE, "%ds", (int)((ms + 999) / 1000));
	else
		duration_text(ms, buffer);
}

/* "KILL in 8s", "giving up in 3s", "12s" */
static void then_text(const struct stop_progress *progress, char *buffer, size_t size)
{
	int left_ms = ph_deadline_left_ms(progress->deadline);
	char time[DURATION_SIZE];
	char name[32];

	if (left_ms < 0) {
		seconds_text(now_ms() - progress->line.started_ms, time);
		(void)snprintf(buffer, size, "%s", time);
		return;
	}
	seconds_text(left_ms, time);
	if (progress->step + 1 == progress->steps->count) {
		(void)snprintf(buffer, size, "giving up in %s", time);
		return;
	}
	(void)ph_signal_name(progress->steps->all[progress->step + 1].signo, name, sizeof(name));
	(void)snprintf(buffer, size, "%s in %s", name, time);
}

static void show(struct stop_progress *progress)
{
	char more[40] = "";
	char name[32];
	char then[80];

	if (progress->step >= progress->steps->count || progress->living == 0)
		return;
	(void)ph_signal_name(progress->steps->all[progress->step].signo, name, sizeof(name));
	if (progress->living > 1)
		(void)snprintf(more, sizeof(more), " and %zu more", progress->living - 1);
	then_text(progress, then, sizeof(then));
	progress_show(&progress->line, "stop: SIG%s sent to %s%s, %s", name, progress->first, more,
		      then);
}

static void *draw(void *arg)
{
	struct stop_progress *progress = arg;

	(void)pthread_mutex_lock(&progress->lock);
	while (!progress->is_over) {
		int due_ms = progress_due_ms(&progress->line);
		struct timespec until;

		if (due_ms == 0) {
			show(progress);
			due_ms = 1000;
		}
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += due_ms / 1000;
		until.tv_nsec += (long)(due_ms % 1000) * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		(void)pthread_cond_timedwait(&progress->over, &progress->lock, &until);
	}
	(void)pthread_mutex_unlock(&progress->lock);
	return NULL;
}

/* All signals go to the thread that stops. */
static bool start_thread(struct stop_progress *progress)
{
	sigset_t all;
	sigset_t old;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &old);
	r = pthread_create(&progress->thread, NULL, draw, progress);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r == 0;
}

void stop_progress_begin(struct stop_progress *progress, const struct call *call,
			 const struct stop_steps *steps)
{
	pthread_condattr_t monotonic;

	*progress = (struct stop_progress){
		.line = progress_begin(call),
		.steps = steps,
		.step = steps->count,
		.told = SIZE_MAX,
	};
	(void)pthread_mutex_init(&progress->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&progress->over, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	is_on_terminal = progress->line.is_wanted;
	is_quiet = call->quiet;
	be_interruptible();
	if (progress->line.is_wanted)
		progress->has_thread = start_thread(progress);
}

void stop_progress_lock(struct stop_progress *progress)
{
	(void)pthread_mutex_lock(&progress->lock);
	progress_clear(&progress->line);
}

void stop_progress_unlock(struct stop_progress *progress)
{
	(void)pthread_mutex_unlock(&progress->lock);
}

void stop_progress_step(struct stop_progress *progress, uint64_t index)
{
	/* each step is told to one target after the other */
	if (progress->step == progress->steps->count)
		progress->step = 0;
	else if (index <= progress->told)
		progress->step++;
	progress->told = (size_t)index;
	if (progress->step < progress->steps->count)
		progress->deadline =
			ph_deadline_after(progress->steps->all[progress->step].wait_ms);
}

void stop_progress_left(const struct stop_progress *progress)
{
	sig_atomic_t other = !interruption;
	char more[40] = "";
	char left[160] = "";

	if (progress->living > 1)
		(void)snprintf(more, sizeof(more), " and %zu more", progress->living - 1);
	if (progress->living > 0)
		(void)snprintf(left, sizeof(left), "; %s%s still run%s", progress->first, more,
			       progress->living == 1 ? "s" : "");
	(void)snprintf(interruptions[other], sizeof(interruptions[other]),
		       "ph: stop: interrupted; nothing more is sent%s\n", left);
	interruption = other;
}

void stop_progress_end(struct stop_progress *progress)
{
	stop_progress_lock(progress);
	progress->is_over = true;
	(void)pthread_cond_signal(&progress->over);
	stop_progress_unlock(progress);
	if (progress->has_thread)
		(void)pthread_join(progress->thread, NULL);
	(void)pthread_cond_destroy(&progress->over);
	(void)pthread_mutex_destroy(&progress->lock);
}
