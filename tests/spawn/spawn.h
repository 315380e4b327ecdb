/* SPDX-License-Identifier: MIT */

/* What the tests of spawning say often. */

#ifndef SPAWN_H
#define SPAWN_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prochandle.h>

#include "configuration.h"
#include "harness.h"

/* argv of the program that the tests start */
#define SPAWNED(...)                                    \
	(char *const[])                                 \
	{                                               \
		(char *)SPAWNED_PATH, __VA_ARGS__, NULL \
	}

static inline void expect_exit(struct ph_process *process, int how, int value)
{
	struct ph_exit record;

	ck_assert_int_eq(ph_wait(process, -1, &record), 0);
	ck_assert_int_eq(record.how, how);
	ck_assert_int_eq(record.value, value);
	ck_assert_uint_eq(record.flags & (PH_FOREIGN | PH_STOLEN | PH_PENDING), 0);
}

static inline struct ph_process *spawned(char *const argv[], struct ph_spawn_options *options)
{
	struct ph_failure failure = { 0 };
	struct ph_process *process = NULL;
	int r;

	if (options)
		options->failure = &failure;
	r = ph_spawn(argv, options, &process);
	ck_assert_msg(r == 0, "%s: cannot %s (%d)", ph_strerror(r), ph_step_text(failure.step),
		      failure.index);
	ck_assert_ptr_nonnull(process);
	return process;
}

/* It fails, at this step, and leaves nothing: the harness looks after that. */
static inline void expect_failure(char *const argv[], struct ph_spawn_options *options, int error,
				  int step, int which)
{
	struct ph_failure failure = { 0 };
	struct ph_process *process = (struct ph_process *)&failure;
	int r;

	options->failure = &failure;
	r = ph_spawn(argv, options, &process);
	ck_assert_ptr_null(process);
	ck_assert_msg(r == error && failure.err == error && failure.step == step &&
			      failure.index == which,
		      "%d, %d: cannot %s (%d)", r, failure.err, ph_step_text(failure.step),
		      failure.index);
	options->failure = NULL;
}

/* All that comes out of a descriptor, which is closed. */
static inline char *read_all(int fd, char *buffer, size_t size)
{
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, buffer + length, size - 1 - length)) > 0)
		length += (size_t)n;
	buffer[length] = '\0';
	must(close(fd));
	return buffer;
}

/* What the program says, which exits with 0. */
static inline char *output_of(char *const argv[], struct ph_spawn_options *options, char *buffer,
			      size_t size)
{
	struct ph_process *process;
	int out = -1;

	options->out = PH_PIPE(&out);
	process = spawned(argv, options);
	(void)read_all(out, buffer, size);
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	return buffer;
}

/* A child that waits, to be looked at from outside. */
struct held {
	struct ph_process *process;
	pid_t pid;
	int in;
	int out;
};

static inline struct held hold(struct ph_spawn_options *options)
{
	struct held held = { .in = -1, .out = -1 };
	char byte = 0;

	options->in = PH_PIPE(&held.in);
	options->out = PH_PIPE(&held.out);
	held.process = spawned(SPAWNED("wait"), options);
	held.pid = ph_pid(held.process);
	ck_assert_int_eq(read(held.out, &byte, 1), 1);
	ck_assert_int_eq(byte, '.');
	return held;
}

static inline void let_go(struct held *held)
{
	must(close(held->in));
	must(close(held->out));
	expect_exit(held->process, PH_EXITED, 0);
	held->process = ph_unref(held->process);
}

/* A file of /proc, up to the size of the buffer. */
static inline char *proc_file(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	return read_all(must(open(path, O_RDONLY | O_CLOEXEC)), buffer, size);
}

static inline char *proc_link(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	int length;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	length = must(readlink(path, buffer, size - 1));
	buffer[length] = '\0';
	return buffer;
}

/* "Key:\tvalue" of /proc/PID/status, up to the end of the line */
static inline char *status_of(pid_t pid, const char *key, char *value, size_t size)
{
	char text[8192], start[64];
	const char *at;

	(void)proc_file(pid, "status", text, sizeof(text));
	(void)snprintf(start, sizeof(start), "\n%s:\t", key);
	at = strstr(text, start);
	ck_assert_ptr_nonnull(at);
	at += strlen(start);
	(void)snprintf(value, size, "%.*s", (int)strcspn(at, "\n"), at);
	return value;
}

static inline uint64_t signals_of(pid_t pid, const char *key)
{
	char value[64];

	return strtoull(status_of(pid, key, value, sizeof(value)), NULL, 16);
}

static inline uint64_t metric(const char *name)
{
	uint64_t value = 0;

	ck_assert_int_eq(ph_metric_read(name, &value), 0);
	return value;
}

static inline void need_root(void)
{
	if (geteuid() != 0)
		skip("not root");
}

/* A tree in the home of root is closed to others. */
static inline void need_to_run_as_others(void)
{
	int status = 0;
	pid_t pid;

	need_root();
	pid = must(fork());
	if (pid == 0)
		_exit(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
				      setresuid(65534, 65534, 65534) == 0 &&
				      access(SPAWNED_PATH, X_OK) == 0
			      ? 0
			      : 1);
	must(waitpid(pid, &status, 0));
	if (status != 0)
		skip("nobody cannot run %s", SPAWNED_PATH);
}

#endif
