/* SPDX-License-Identifier: MIT */

#include "child.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "pidfd.h"

static void die_with(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* it may have been too late */
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
}

pid_t fork_mortal(void)
{
	pid_t parent = getpid();
	pid_t pid = must(fork());

	if (pid == 0)
		die_with(parent);
	return pid;
}

static void read_byte(int fd, unsigned char *byte)
{
	ssize_t n;

	do
		n = read(fd, byte, 1);
	while (n < 0 && errno == EINTR);
	ck_assert_msg(n == 1, "the other end of a pipe is gone");
}

static void write_byte(int fd, unsigned char byte)
{
	ssize_t n;

	do
		n = write(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	/* no lock of Check where all is well: this may be a process forked from threads */
	if (n != 1)
		ck_abort_msg("a byte cannot be written: %s", strerror(errno));
}

static _Noreturn void obey(int leash)
{
	unsigned char code = 0;
	ssize_t n;

	do
		n = read(leash, &code, 1);
	while (n < 0 && errno == EINTR);
	_exit(code);
}

struct child child_start(void)
{
	struct child child;
	int leash[2];

	must(pipe2(leash, O_CLOEXEC));
	child.pid = fork_mortal();
	if (child.pid == 0) {
		(void)close(leash[1]);
		obey(leash[0]);
	}
	must(close(leash[0]));
	child.leash = leash[1];
	return child;
}

struct child child_start_with(void (*body)(void *arg), void *arg)
{
	struct child child;
	int leash[2], ready[2];
	unsigned char byte;

	must(pipe2(leash, O_CLOEXEC));
	must(pipe2(ready, O_CLOEXEC));
	child.pid = fork_mortal();
	if (child.pid == 0) {
		(void)close(leash[1]);
		(void)close(ready[0]);
		body(arg);
		write_byte(ready[1], 0);
		(void)close(ready[1]);
		obey(leash[0]);
	}
	must(close(leash[0]));
	must(close(ready[1]));
	read_byte(ready[0], &byte);
	must(close(ready[0]));
	child.leash = leash[1];
	return child;
}

static void join_group(void *arg)
{
	must(setpgid(0, *(pid_t *)arg));
}

struct child child_start_leader(void)
{
	return child_start_member(0);
}

struct child child_start_member(pid_t group)
{
	return child_start_with(join_group, &group);
}

struct child child_start_with_pidfd(int *ret_pidfd)
{
	/* struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal … */
	uint64_t args[8] = { 0x1000, (uintptr_t)ret_pidfd, 0, 0, SIGCHLD };
	pid_t parent = getpid();
	struct child child;
	int leash[2];
	long pid;

	must(pipe2(leash, O_CLOEXEC));
	pid = syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0) {
		die_with(parent);
		(void)close(leash[1]);
		obey(leash[0]);
	}
	if (pid < 0)
		skip("no clone3 with a pidfd here: %s", strerror(errno));
	must(close(leash[0]));
	child.pid = (pid_t)pid;
	child.leash = leash[1];
	return child;
}

void child_exit(struct child *child, int code)
{
	write_byte(child->leash, (unsigned char)code);
	child_forget(child);
}

void child_await_end(pid_t pid)
{
	siginfo_t info;
	int r;

	do
		r = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL);
	while (r < 0 && errno == EINTR);
	ck_assert_msg(r == 0, "waitid %d: %s", (int)pid, strerror(errno));
}

void child_become_zombie(struct child *child, int code)
{
	child_exit(child, code);
	child_await_end(child->pid);
}

void child_kill(struct child *child, int signo)
{
	must(kill(child->pid, signo));
	child_await_end(child->pid);
}

int child_reap(struct child *child)
{
	int status;
	pid_t r;

	do
		r = waitpid(child->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	ck_assert_int_eq(r, child->pid);
	child_forget(child);
	return status;
}

void child_forget(struct child *child)
{
	if (child->leash >= 0)
		must(close(child->leash));
	child->leash = -1;
}

void child_end(struct child *child)
{
	must(kill(child->pid, SIGKILL));
	(void)child_reap(child);
}

bool is_running(pid_t child)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT | WNOHANG | __WALL) == 0 &&
	       info.si_pid == 0;
}

enum {
	AWAIT = 'a',
	REAP = 'r',
};

static _Noreturn void be_foster(pid_t ward, int ask, int answer)
{
	unsigned char command;
	int status = 0;

	for (;;) {
		read_byte(ask, &command);
		if (command == AWAIT)
			child_await_end(ward);
		else if (waitpid(ward, &status, 0) != ward)
			_exit(EXIT_FAILURE);
		if (write(answer, &status, sizeof(status)) != sizeof(status))
			_exit(EXIT_FAILURE);
	}
}

static int hear(const struct foster *foster)
{
	int status = 0;
	ssize_t n;

	do
		n = read(foster->answer, &status, sizeof(status));
	while (n < 0 && errno == EINTR);
	ck_assert_int_eq(n, sizeof(status));
	return status;
}

struct foster foster_start(void)
{
	struct foster foster;
	int leash[2], ask[2], answer[2];

	must(pipe2(leash, O_CLOEXEC));
	must(pipe2(ask, O_CLOEXEC));
	must(pipe2(answer, O_CLOEXEC));
	foster.pid = fork_mortal();
	if (foster.pid == 0) {
		pid_t ward = fork_mortal();

		(void)close(leash[1]);
		if (ward != 0) {
			(void)close(leash[0]);
			be_foster(ward, ask[0], answer[1]);
		}
		/* from now on it dies with the foster */
		ward = getpid();
		if (write(answer[1], &ward, sizeof(ward)) != sizeof(ward))
			_exit(EXIT_FAILURE);
		(void)close(answer[1]);
		obey(leash[0]);
	}
	must(close(leash[0]));
	must(close(ask[0]));
	must(close(answer[1]));
	foster.ask = ask[1];
	foster.answer = answer[0];
	foster.ward.leash = leash[1];
	foster.ward.pid = hear(&foster);
	return foster;
}

void foster_await_zombie(struct foster *foster)
{
	write_byte(foster->ask, AWAIT);
	(void)hear(foster);
}

void foster_let_exit(struct foster *foster, int code)
{
	child_exit(&foster->ward, code);
	foster_await_zombie(foster);
}

void foster_kill(struct foster *foster, int signo)
{
	must(kill(foster->ward.pid, signo));
	foster_await_zombie(foster);
}

void foster_tell_reap(struct foster *foster)
{
	write_byte(foster->ask, REAP);
}

int foster_join(struct foster *foster)
{
	return hear(foster);
}

int foster_reap(struct foster *foster)
{
	foster_tell_reap(foster);
	return foster_join(foster);
}

void foster_end(struct foster *foster)
{
	must(kill(foster->pid, SIGKILL));
	ck_assert_int_eq(waitpid(foster->pid, NULL, 0), foster->pid);
	child_forget(&foster->ward);
	must(close(foster->ask));
	must(close(foster->answer));
}

struct start {
	int stop;
	int id;
};

static void *idle(void *arg)
{
	struct start start = *(struct start *)arg;
	pid_t id = (pid_t)syscall(SYS_gettid);
	unsigned char byte;

	ck_assert_int_eq(write(start.id, &id, sizeof(id)), sizeof(id));
	(void)!read(start.stop, &byte, 1);
	return NULL;
}

struct idle_thread idle_thread_start(void)
{
	struct idle_thread thread;
	struct start start;
	int id[2];

	must(pipe2(thread.stop, O_CLOEXEC));
	must(pipe2(id, O_CLOEXEC));
	start = (struct start){ .stop = thread.stop[0], .id = id[1] };
	ck_assert_int_eq(pthread_create(&thread.thread, NULL, idle, &start), 0);
	ck_assert_int_eq(read(id[0], &thread.id, sizeof(thread.id)), sizeof(thread.id));
	must(close(id[0]));
	must(close(id[1]));
	return thread;
}

void idle_thread_end(struct idle_thread *thread)
{
	must(close(thread->stop[1]));
	ck_assert_int_eq(pthread_join(thread->thread, NULL), 0);
	must(close(thread->stop[0]));
}

pid_t missing_pid(void)
{
	pid_t pid = fork_mortal();

	if (pid == 0)
		_exit(EXIT_SUCCESS);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return pid;
}
