/* SPDX-License-Identifier: MIT */

/*
 * Processes that belong together, in whatever way, for tests that end all of
 * them. Each holds the pipe "life", so that it is to be seen that none is left,
 * and ends by itself when the test is gone, whose end of "leash" it reads.
 */

#ifndef GROVE_H
#define GROVE_H

#include <poll.h>

#include "stop.h"

struct grove {
	/* read by the test; written by nobody, but held */
	int life[2];
	/* held by the test; read by the processes */
	int leash[2];
	/* a byte for each that is where it is to be */
	int ready[2];
};

static inline void grove_begin(struct grove *grove)
{
	must(pipe2(grove->life, O_CLOEXEC));
	must(pipe2(grove->leash, O_CLOEXEC));
	must(pipe2(grove->ready, O_CLOEXEC));
}

/* The first process; it is no mortal one, for its end is not to be that of others. */
static inline pid_t grove_plant(struct grove *grove, void (*body)(struct grove *grove, void *arg),
				void *arg)
{
	pid_t pid = must(fork());

	if (pid == 0) {
		(void)close(grove->leash[1]);
		body(grove, arg);
		_exit(0);
	}
	must(close(grove->life[1]));
	return pid;
}

/* In a process: it is where it is to be. */
static inline void grove_ready(struct grove *grove)
{
	(void)!write(grove->ready[1], "", 1);
}

/* In a process: does nothing until the test is gone. */
static inline void grove_stay(struct grove *grove)
{
	char byte;

	grove_ready(grove);
	while (read(grove->leash[0], &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static inline void grove_await(struct grove *grove, int count)
{
	char byte;

	for (int i = 0; i < count; i++)
		ck_assert_int_eq(read(grove->ready[0], &byte, 1), 1);
}

/* Who has ended holds nothing any more. */
static inline bool grove_is_empty(struct grove *grove)
{
	struct pollfd life = { .fd = grove->life[0] };

	return must(poll(&life, 1, 0)) == 1 && life.revents & POLLHUP;
}

static inline void grove_end(struct grove *grove)
{
	must(close(grove->life[0]));
	for (int i = 0; i < 2; i++) {
		must(close(grove->leash[i]));
		must(close(grove->ready[i]));
	}
}

/* What is left after all, if a test lets some live: they end, and are waited for. */
static inline void grove_cut(struct grove *grove)
{
	char byte;

	must(close(grove->leash[1]));
	ck_assert_int_eq(read(grove->life[0], &byte, 1), 0);
	must(close(grove->life[0]));
	must(close(grove->leash[0]));
	must(close(grove->ready[0]));
	must(close(grove->ready[1]));
}

/* What is left, where orphans come to the test. */
static inline void reap_orphans(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* A bare number does not tell what hangs below it. */
static inline void need_members(void)
{
	if (is_bare_here() || !has(PH_FEATURE_PROC))
		skip("the members of a scope are not to be found here");
}

static inline void need_user(uid_t user)
{
	if (!can_become(user))
		skip("needs root, and user %lu", (unsigned long)user);
}

static inline void have_child(struct grove *grove, void (*before)(void))
{
	if (fork() == 0) {
		if (before)
			before();
		grove_stay(grove);
	}
}

static inline void ignore_terms(void)
{
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
}

static inline void leave_session(void)
{
	(void)setsid();
}

static const struct ph_stop_step leftovers[] = { { .signo = SIGTERM, .wait_ms = SHORT_MS },
						 { .signo = SIGKILL, .wait_ms = NEVER_MS } };

/* The same with as much time for SIGKILL as it takes on a machine that is busy. */
static inline int stop_firmly(struct ph_process *process, int scope)
{
	const struct ph_stop_options options = {
		.steps = leftovers,
		.steps_count = 2,
		.scope = scope,
	};

	return ph_stop_all(&process, 1, &options, NULL);
}

static inline struct ph_process *
planted(struct grove *grove, void (*body)(struct grove *grove, void *arg), void *arg, int count)
{
	pid_t pid;

	grove_begin(grove);
	pid = grove_plant(grove, body, arg);
	grove_await(grove, count);
	return found(pid);
}

/* A chain, so that all but the first are somebody else's children. */
static inline void have_chain(struct grove *grove, void *arg)
{
	int *depth = arg;

	while (--*depth > 0 && fork() == 0)
		;
	grove_stay(grove);
}

#endif
