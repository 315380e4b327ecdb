/* SPDX-License-Identifier: MIT */

/*
 * signal_at COUNT DIRECTORY PROGRAM [ARGUMENT...]: runs a program, and sends it SIGTERM at the
 * COUNT-th begin or end of a system call at which there is something in the directory. Exit status:
 * that of the program, 128 and more for a signal, or one of these.
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CANNOT_BE_TRACED = 77,
	HAS_NO_SUCH_CALL = 124,
	CALL_STOP = SIGTRAP | 0x80,
};

static _Noreturn void run(char *const argv[])
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(CANNOT_BE_TRACED);
	(void)raise(SIGSTOP);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static bool is_empty(const char *path)
{
	DIR *directory = opendir(path);
	int entries = 0;

	if (!directory)
		exit(2);
	while (readdir(directory))
		entries++;
	(void)closedir(directory);
	return entries <= 2;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			exit(2);
	return status;
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Goes on to the next call. Return: true if it is there, false if the program has ended */
static bool next_call(pid_t pid, int *ret_status)
{
	int signo = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (long)signo) < 0)
			exit(2);
		*ret_status = wait_for(pid);
		if (!WIFSTOPPED(*ret_status))
			return false;
		signo = WSTOPSIG(*ret_status);
		if (signo == CALL_STOP)
			return true;
		/* of exec */
		if (signo == SIGTRAP)
			signo = 0;
	}
}

static int signal_at(pid_t pid, long count, const char *directory)
{
	int status = wait_for(pid);
	bool had_something = false;
	bool is_sent = false;

	if (!WIFSTOPPED(status))
		return exit_status(status);
	(void)ptrace(PTRACE_SETOPTIONS, pid, NULL,
		     (long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	while (!is_sent && next_call(pid, &status)) {
		bool has_something = !is_empty(directory);

		if (had_something && !has_something)
			break;
		had_something = has_something;
		is_sent = has_something && --count == 0 && kill(pid, SIGTERM) == 0;
	}
	if (WIFSTOPPED(status)) {
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
		status = wait_for(pid);
	}
	return is_sent ? exit_status(status) : HAS_NO_SUCH_CALL;
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc < 4)
		return 2;
	pid = fork();
	if (pid == 0)
		run(argv + 3);
	return pid < 0 ? 2 : signal_at(pid, strtol(argv[1], NULL, 10), argv[2]);
}
