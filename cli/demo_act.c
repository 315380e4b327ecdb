/* SPDX-License-Identifier: MIT */

/* The play in five steps. Every line of it happens, and is looked at. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "demo.h"
#include "facts.h"

enum { PATIENCE_MS = 5000 };

static const char pidfile[] = "backup.pid";

static int write_pidfile(const struct demo *demo, pid_t pid)
{
	FILE *file = fopen(pidfile, "we");

	if (!file)
		return demo_fail(demo, -errno, "%s: %s", pidfile, strerror(errno));
	(void)fprintf(file, "%d\n", (int)pid);
	/* one that others may write to is believed by nobody */
	(void)fchmod(fileno(file), 0644);
	if (fclose(file) != 0)
		return demo_fail(demo, -errno, "%s: %s", pidfile, strerror(errno));
	return 0;
}

/* Starts "backup" or "payroll" and takes a handle on it. */
static int start(struct demo *demo, const char *name, struct demo_reuse *reuse,
		 struct ph_process **ret_process)
{
	pid_t pid = demo_start(demo, name, demo->facts->pid, reuse);
	int r;

	if (pid < 0)
		return (int)pid;
	demo->facts->pid = pid;
	r = ph_find(pid, ret_process);
	if (r == 0)
		r = handle_text(*ret_process, reuse->handle);
	if (r < 0)
		return demo_fail(demo, r, "no handle on PID %d: %s", (int)pid, ph_strerror(r));
	return 0;
}

/* Step 1 and 2: "backup" starts, writes its pidfile, and crashes. */
static int start_and_crash(struct demo *demo)
{
	PH_AUTO struct ph_process *backup = NULL;
	struct demo_reuse first = { 0 };
	int r;

	r = start(demo, "backup", &first, &backup);
	if (r < 0)
		return r;
	memcpy(demo->facts->handle, first.handle, sizeof(first.handle));
	r = write_pidfile(demo, demo->facts->pid);
	if (r < 0)
		return r;
	r = ph_kill(backup, SIGSEGV, PH_ONE);
	if (r == 0)
		r = ph_wait(backup, PATIENCE_MS, &demo->facts->crash);
	if (r < 0)
		return demo_fail(demo, r, "backup does not crash: %s", ph_strerror(r));
	/*
	 * Without inodes the start time tells processes apart, in steps of 10 ms,
	 * and a pid file from the start of another process, in 20 ms: what happens
	 * in the same step with the same number cannot be told apart.
	 */
	(void)nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	return 0;
}

static int exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Runs a program, with its stderr into @said. Returns its exit status, or -errno. */
static int run_program(const char *path, char *const argv[], char *said, size_t size)
{
	PH_CLEANUP(ph_closep) int read_end = -1;
	size_t length = 0;
	int ends[2];
	ssize_t n;
	int status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	read_end = ends[0];
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)execv(path, argv);
		_exit(127);
	}
	(void)close(ends[1]);
	if (pid < 0)
		return -errno;
	while (length < size - 1 && (n = read(read_end, said + length, size - 1 - length)) > 0)
		length += (size_t)n;
	said[length] = '\0';
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return exit_status(status);
}

/* Step 3 and 4: "payroll" gets the number, and the shell ends it. */
static int kill_by_number(struct demo *demo)
{
	char *const argv[] = { "sh", "-c", "kill $(cat backup.pid)", NULL };
	PH_AUTO struct ph_process *payroll = NULL;
	char said[256];
	int r;

	r = start(demo, "payroll", &demo->facts->reuse[0], &payroll);
	if (r < 0)
		return r;
	r = run_program("/bin/sh", argv, said, sizeof(said));
	if (r < 0)
		return demo_fail(demo, r, "/bin/sh: %s", strerror(-r));
	demo->facts->shell_status = r;
	if (ph_wait(payroll, PATIENCE_MS, &demo->facts->shell_end) == 0)
		return 0;
	(void)ph_kill(payroll, SIGKILL, PH_ONE);
	(void)ph_wait(payroll, PATIENCE_MS, NULL);
	return demo_fail(demo, -EIO, "kill $(cat backup.pid) hit nobody: exit %d, %s", r, said);
}

/* Runs "ph VERB SELECTOR", and keeps what it said about the selector. */
static int run_ph(struct demo *demo, char *verb, char *selector, struct demo_answer *answer)
{
	char *const argv[] = { "ph", verb, selector, NULL };
	const char *text;
	char said[512];
	int r;

	r = run_program(demo->program, argv, said, sizeof(said));
	if (r < 0)
		return demo_fail(demo, r, "ph: %s", strerror(-r));
	answer->status = r;
	text = strstr(said, selector);
	text = text ? text + strlen(selector) : said;
	text += strspn(text, ": ");
	(void)snprintf(answer->message, sizeof(answer->message), "%.*s", (int)strcspn(text, "\n"),
		       text);
	return 0;
}

/* A plain pid file is known to be stale where start times can be read. */
static bool is_stale(void)
{
	PH_AUTO struct ph_process *process = NULL;

	return ph_find_pidfile(pidfile, &process) == -ESTALE;
}

/* Step 5: another "payroll" gets it, and ph is asked to signal "backup". */
static int ask_ph(struct demo *demo)
{
	/* long enough for a signal to have had its effect */
	enum { EFFECT_MS = 50 };
	char selector[] = "@backup.pid";
	PH_AUTO struct ph_process *payroll = NULL;
	int r;

	r = start(demo, "payroll", &demo->facts->reuse[1], &payroll);
	if (r < 0)
		return r;
	r = run_ph(demo, "kill", demo->facts->handle, &demo->facts->killed);
	demo->facts->stopped.status = -1;
	if (r == 0 && is_stale())
		r = run_ph(demo, "stop", selector, &demo->facts->stopped);
	if (r < 0)
		return r;
	demo->facts->is_alive = ph_wait(payroll, EFFECT_MS, NULL) == -ETIMEDOUT;
	(void)ph_kill(payroll, SIGKILL, PH_ONE);
	(void)ph_wait(payroll, PATIENCE_MS, NULL);
	return 0;
}

void demo_remove(const struct demo *demo)
{
	char path[sizeof(demo->directory) + sizeof(pidfile)];

	(void)snprintf(path, sizeof(path), "%s/%s", demo->directory, pidfile);
	(void)unlink(path);
	(void)rmdir(demo->directory);
}

int demo_act(struct demo *demo)
{
	int r;

	if (chdir(demo->directory) < 0)
		return demo_fail(demo, -errno, "%s: %s", demo->directory, strerror(errno));
	r = start_and_crash(demo);
	if (r == 0)
		r = kill_by_number(demo);
	if (r == 0)
		r = ask_ph(demo);
	demo->facts->is_complete = r == 0;
	return r;
}
