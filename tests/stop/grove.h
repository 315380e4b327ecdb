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

#endif
