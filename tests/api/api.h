/* SPDX-License-Identifier: MIT */

/* What the tests of the header say often. */

#ifndef API_H
#define API_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <prochandle.h>

#include "child.h"
#include "configuration.h"
#include "harness.h"

/* A handle on a process that is there. */
static inline struct ph_process *found(pid_t pid)
{
	struct ph_process *process = NULL;

	ck_assert_int_eq(ph_find(pid, &process), 0);
	ck_assert_ptr_nonnull(process);
	ck_assert_int_eq(ph_pid(process), pid);
	return process;
}

/* A find that makes no handle. */
static inline void expect_not_found(pid_t pid, int error)
{
	struct ph_process *process = (struct ph_process *)&process;

	ck_assert_int_eq(ph_find(pid, &process), error);
	ck_assert_ptr_null(process);
}

static inline void expect_record(const struct ph_exit *record, int how, int value, unsigned flags)
{
	ck_assert_int_eq(record->how, how);
	ck_assert_int_eq(record->value, value);
	ck_assert_uint_eq(record->flags, flags);
	if (flags & PH_HAS_USAGE) {
		ck_assert_int_ge(record->user_us, 0);
		ck_assert_int_ge(record->sys_us, 0);
		/* the kernel's count of a short life may be 0 */
		ck_assert_int_ge(record->maxrss_kb, 0);
	} else {
		ck_assert_int_eq(record->user_us, 0);
		ck_assert_int_eq(record->sys_us, 0);
		ck_assert_int_eq(record->maxrss_kb, 0);
	}
}

/* It has ended, this way. */
static inline void expect_end(struct ph_process *process, int64_t timeout_ms, int how, int value,
			      unsigned flags)
{
	struct ph_exit record;

	ck_assert_int_eq(ph_wait(process, timeout_ms, &record), 0);
	expect_record(&record, how, value, flags);
}

/* It has not ended, and no record is written. */
static inline void expect_running(struct ph_process *process, int64_t timeout_ms)
{
	struct ph_exit record = { .value = 4711 };

	ck_assert_int_eq(ph_wait(process, timeout_ms, &record), -ETIMEDOUT);
	ck_assert_int_eq(record.value, 4711);
}

static inline uint64_t metric(const char *name)
{
	uint64_t value = 0;

	ck_assert_int_eq(ph_metric_read(name, &value), 0);
	return value;
}

/* How often a setting has made a difference. */
static inline uint64_t events(const char *setting)
{
	char name[96];

	(void)snprintf(name, sizeof(name), "/prochandle/non-default-behavior/%s:events", setting);
	return metric(name);
}

static inline void set(const char *setting, const char *value)
{
	ck_assert_int_eq(ph_setting_set(setting, value), 0);
}

static inline int64_t now_ms(void)
{
	struct timespec now;

	must(clock_gettime(CLOCK_MONOTONIC, &now));
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The library knows its kernel already: no probing in what follows. */
static inline void probe_first(void)
{
	(void)ph_features();
}

/*
 * Leaves @free descriptors to be had; give what it returns to
 * descriptors_restore().
 */
static inline struct rlimit descriptors_leave(int free)
{
	struct rlimit before, tight;
	int lowest = must(dup(STDERR_FILENO));

	must(getrlimit(RLIMIT_NOFILE, &before));
	/* the lowest that is free, and as many above it as asked for */
	must(close(lowest));
	tight = before;
	tight.rlim_cur = (rlim_t)(lowest + free);
	must(setrlimit(RLIMIT_NOFILE, &tight));
	return before;
}

static inline void descriptors_restore(struct rlimit before)
{
	must(setrlimit(RLIMIT_NOFILE, &before));
}

/* For what valgrind itself takes away from a program: a descriptor, a signal … */
static inline void not_in_valgrind(const char *reason)
{
	if (getenv("PH_TEST_VALGRIND"))
		skip("valgrind %s", reason);
}

static inline bool is_slow(void)
{
	return getenv("PH_TEST_SLOW") != NULL;
}

/* No setting and no filter: the run that has time for more. */
static inline bool is_plain(void)
{
	return !getenv("PHDEBUG") && !getenv("PH_TEST_FILTER") && !is_slow();
}

#endif
