/* SPDX-License-Identifier: MIT */

/* What the tests of running say often. */

#ifndef RUN_H
#define RUN_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <prochandle.h>

#include "configuration.h"
#include "harness.h"

/* argv of the program that the tests run */
#define RAN(...)                                    \
	(char *const[])                             \
	{                                           \
		(char *)RAN_PATH, __VA_ARGS__, NULL \
	}

enum { MB = 1024 * 1024 };

/* The test has a deadline of its own, and that is shorter. */
enum { NEVER_MS = 3600 * 1000 };

/* in tests of what has to be given up, as short as can be told apart from at once */
enum { SHORT_MS = 20 };

/* It ends by itself, with 0 and nothing out of the ordinary. */
static inline void ran(char *const argv[], const struct ph_spawn_options *options,
		       struct ph_output *output)
{
	int r = ph_run(argv, options, output);

	ck_assert_msg(r == 0, "%s", ph_strerror(r));
	ck_assert_int_eq(output->exit.how, PH_EXITED);
	ck_assert_int_eq(output->exit.value, 0);
	ck_assert_uint_eq(output->exit.flags & (PH_FOREIGN | PH_STOLEN | PH_PENDING), 0);
}

static inline void expect_flags(const struct ph_output *output, unsigned flags)
{
	ck_assert_uint_eq(output->flags, flags);
}

static inline void expect_signaled(const struct ph_output *output, int signo)
{
	ck_assert_int_eq(output->exit.how, PH_SIGNALED);
	ck_assert_int_eq(output->exit.value, signo);
}

static inline void expect_empty(const struct ph_output *output)
{
	ck_assert_ptr_null(output->out);
	ck_assert_ptr_null(output->err);
	ck_assert_uint_eq(output->out_size, 0);
	ck_assert_uint_eq(output->err_size, 0);
	ck_assert_int_eq(output->exit.how, PH_UNKNOWN);
	ck_assert_uint_eq(output->flags, 0);
}

/* A pipe that a process left behind waits for, as its descriptor 3, and never sees the end of. */
struct gate {
	int ends[2];
	struct ph_fd_map map;
};

static inline struct gate gate_make(struct ph_spawn_options *options)
{
	struct gate gate;

	must(pipe2(gate.ends, O_CLOEXEC));
	gate.map = (struct ph_fd_map){ .child = 3, .from = gate.ends[0] };
	*options = (struct ph_spawn_options){ .fds_count = 1 };
	return gate;
}

static inline void gate_open(struct gate *gate)
{
	must(close(gate->ends[0]));
	must(close(gate->ends[1]));
}

static inline int64_t now_ms(void)
{
	struct timespec now;

	must(clock_gettime(CLOCK_MONOTONIC, &now));
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline uint64_t metric(const char *name)
{
	uint64_t value = 0;

	ck_assert_int_eq(ph_metric_read(name, &value), 0);
	return value;
}

#endif
