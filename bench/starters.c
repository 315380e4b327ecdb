/* SPDX-License-Identifier: MIT */

#include "starters.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prochandle.h>

#if HAVE_LIBUV
#include <uv.h>
#endif
#if HAVE_GLIB
#include <glib.h>
#endif

static char *const program[] = { (char *)TRUE_PATH, NULL };

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND UINT64_C(0x100000000)
#endif

/* struct clone_args as Linux 5.3 had it */
struct start {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
};

/* The child executes and does nothing else, on the stack of its parent. */
#if defined(__x86_64__) && defined(__LP64__)

static long start_bare(const struct start *start)
{
	long r;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "movl %[execve], %%eax\n\t"
			 "movq %[path], %%rdi\n\t"
			 "movq %[argv], %%rsi\n\t"
			 "movq %[envp], %%rdx\n\t"
			 "syscall\n\t"
			 "movl %[exit], %%eax\n\t"
			 "movl $127, %%edi\n\t"
			 "syscall\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(r)
			 : "0"((long)SYS_clone3), "D"(start),
			   "S"(sizeof(*start)), [path] "r"(program[0]), [argv] "r"(program),
			   [envp] "r"(environ), [execve] "i"(SYS_execve), [exit] "i"(SYS_exit_group)
			 : "rdx", "rcx", "r11", "memory", "cc");
	return r;
}

#elif defined(__aarch64__)

static long start_bare(const struct start *start)
{
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)start;
	register long x1 __asm__("x1") = sizeof(*start);

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x0, %[path]\n\t"
			 "mov x1, %[argv]\n\t"
			 "mov x2, %[envp]\n\t"
			 "mov x8, %[execve]\n\t"
			 "svc #0\n\t"
			 "mov x0, #127\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc #0\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0), "+r"(x1), "+r"(x8)
			 : [path] "r"(program[0]), [argv] "r"(program), [envp] "r"(environ),
			   [execve] "i"(SYS_execve), [exit] "i"(SYS_exit_group)
			 : "x2", "memory", "cc");
	return x0;
}

#else

static long start_bare(const struct start *start)
{
	pid_t pid = vfork();

	if (pid == 0) {
		(void)execve(program[0], program, environ);
		_exit(127);
	}
	if (pid > 0)
		*(int *)(uintptr_t)start->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pid;
}

#endif

static bool by_floor(const int *streams)
{
	int pidfd = -1;
	struct start start = {
		.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	siginfo_t info;

	(void)streams;
	if (start_bare(&start) < 0 || waitid((idtype_t)3 /* P_PIDFD */, pidfd, &info, WEXITED) < 0)
		return false;
	return close(pidfd) == 0 && info.si_code == CLD_EXITED && info.si_status == 0;
}

static bool by_library(const int *streams)
{
	struct ph_process *process;
	struct ph_exit how;
	int r;

	if (streams) {
		struct ph_spawn_options options = {
			.in = PH_FD(streams[0]),
			.out = PH_FD(streams[1]),
			.err = PH_FD(streams[2]),
		};

		r = ph_spawn(program, &options, &process);
	} else {
		r = ph_spawn(program, NULL, &process);
	}
	if (r < 0)
		return false;
	r = ph_wait(process, -1, &how);
	ph_unref(process);
	return r == 0 && how.how == PH_EXITED && how.value == 0;
}

static bool wait_by_number(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int redirect(posix_spawn_file_actions_t *actions, const int *streams)
{
	int r = 0;

	for (int i = 0; r == 0 && i < 3; i++)
		r = posix_spawn_file_actions_adddup2(actions, streams[i], i);
	return r;
}

static bool by_posix_spawn(const int *streams)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	if (!streams)
		return posix_spawn(&pid, program[0], NULL, NULL, program, environ) == 0 &&
		       wait_by_number(pid);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	r = redirect(&actions, streams);
	if (r == 0)
		r = posix_spawn(&pid, program[0], &actions, NULL, program, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r == 0 && wait_by_number(pid);
}

#if HAVE_PIDFD_SPAWN
static bool by_pidfd_spawn(const int *streams)
{
	siginfo_t info;
	int pidfd;

	(void)streams;
	if (pidfd_spawn(&pidfd, program[0], NULL, NULL, program, environ) != 0 ||
	    waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		return false;
	return close(pidfd) == 0 && info.si_code == CLD_EXITED && info.si_status == 0;
}
#endif

static bool by_fork(const int *streams)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; streams && i < 3; i++)
			(void)dup2(streams[i], i);
		(void)execve(program[0], program, environ);
		_exit(127);
	}
	return pid > 0 && wait_by_number(pid);
}

#if HAVE_LIBUV
static void note_exit(uv_process_t *process, int64_t status, int signo)
{
	*(bool *)process->data = status == 0 && signo == 0;
	uv_close((uv_handle_t *)process, NULL);
}

static bool by_libuv(const int *streams)
{
	static _Thread_local uv_loop_t loop;
	static _Thread_local bool is_ready;
	uv_process_options_t options = {
		.exit_cb = note_exit,
		.file = program[0],
		.args = (char **)program,
	};
	uv_process_t process;
	bool is_right = false;

	(void)streams;
	if (!is_ready && uv_loop_init(&loop) != 0)
		return false;
	is_ready = true;
	process.data = &is_right;
	if (uv_spawn(&loop, &process, &options) != 0)
		return false;
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	return is_right;
}
#endif

#if HAVE_GLIB
static bool by_glib(const int *streams)
{
	GPid pid;

	(void)streams;
	return g_spawn_async(NULL, (char **)program, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
			     &pid, NULL) &&
	       wait_by_number(pid);
}
#endif

const struct starter_row starters[STARTERS] = {
	[START_FLOOR] = { "floor", by_floor, false },
	[START_LIBRARY] = { "library", by_library, true },
	[START_POSIX_SPAWN] = { "posix_spawn", by_posix_spawn, true },
#if HAVE_PIDFD_SPAWN
	[START_PIDFD_SPAWN] = { "pidfd_spawn", by_pidfd_spawn, false },
#else
	[START_PIDFD_SPAWN] = { "pidfd_spawn", NULL, false },
#endif
#if HAVE_LIBUV
	[START_LIBUV] = { "libuv", by_libuv, false },
#else
	[START_LIBUV] = { "libuv", NULL, false },
#endif
#if HAVE_GLIB
	[START_GLIB] = { "GLib", by_glib, false },
#else
	[START_GLIB] = { "GLib", NULL, false },
#endif
	[START_FORK] = { "fork", by_fork, true },
};
