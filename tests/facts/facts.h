/* SPDX-License-Identifier: MIT */

/* What the tests of facts share: /proc, read by ways that the library does not go. */

#ifndef FACTS_H
#define FACTS_H

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "api.h"

#define BY_KERNEL (PH_INFO_PID | PH_INFO_PARENT | PH_INFO_USER | PH_INFO_REAL_USER | PH_INFO_CGROUP)
#define BY_STAT                                                                            \
	(PH_INFO_PID | PH_INFO_PARENT | PH_INFO_GROUP | PH_INFO_SESSION | PH_INFO_TTY |    \
	 PH_INFO_START | PH_INFO_STATE | PH_INFO_THREADS | PH_INFO_MEMORY | PH_INFO_TIME | \
	 PH_INFO_COMM)
#define BY_PROC (BY_STAT | PH_INFO_USER | PH_INFO_REAL_USER)

static inline bool asks_here(void)
{
	return has(PH_FEATURE_PIDFD | PH_FEATURE_INFO);
}

static inline struct ph_info info_of(struct ph_process *process, uint64_t want)
{
	struct ph_info info;
	int r;

	memset(&info, 0xff, sizeof(info));
	r = ph_info(process, want, &info);
	ck_assert_msg(r == 0, "ph_info: %d", r);
	return info;
}

static inline void need_proc(void)
{
	if (!has(PH_FEATURE_PROC))
		skip("that is told by /proc alone");
}

/* Return: bytes read, and a NUL behind them */
static inline size_t read_proc(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = must(open(path, O_RDONLY | O_CLOEXEC));
	n = must((int)read(fd, text, size - 1));
	text[n] = '\0';
	must(close(fd));
	return (size_t)n;
}

/* A field of the stat by its number in proc_pid_stat(5), from 3 on. */
static inline long long stat_field(pid_t pid, int field)
{
	char text[4096];
	char *at;

	(void)read_proc(pid, "stat", text, sizeof(text));
	at = strrchr(text, ')') + 2;
	for (int i = 3; i < field; i++)
		at = strchr(at, ' ') + 1;
	return field == 3 ? *at : strtoll(at, NULL, 10);
}

/* The number in a line of the status, the one in that place. */
static inline unsigned long status_number(pid_t pid, const char *name, int place)
{
	char text[4096];
	char *at;

	(void)read_proc(pid, "status", text, sizeof(text));
	at = strstr(text, name);
	ck_assert_ptr_nonnull(at);
	at += strlen(name);
	for (int i = 0; i < place; i++)
		(void)strtoul(at, &at, 10);
	return strtoul(at, NULL, 10);
}

/* Of the calling process, by /proc and the mounts; 0: none is shown. */
static inline uint64_t cgroup_inode(void)
{
	char line[8192], root[4096], where[4096], path[12288], cgroup[4096] = "";
	FILE *file = fopen("/proc/self/cgroup", "re");
	struct stat st = { .st_ino = 0 };

	while (file && fgets(line, sizeof(line), file))
		(void)sscanf(line, "0::%4095s", cgroup);
	if (file)
		must(fclose(file));
	file = fopen("/proc/self/mountinfo", "re");
	while (file && st.st_ino == 0 && fgets(line, sizeof(line), file)) {
		size_t length;

		if (!strstr(line, " - cgroup2 ") ||
		    sscanf(line, "%*d %*d %*s %4095s %4095s", root, where) != 2)
			continue;
		length = strcmp(root, "/") == 0 ? 0 : strlen(root);
		if (cgroup[0] == '\0' || strncmp(cgroup, root, length) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", where, cgroup + length);
		if (stat(path, &st) < 0)
			st.st_ino = 0;
	}
	if (file)
		must(fclose(file));
	return st.st_ino;
}

static inline void stop(pid_t pid)
{
	siginfo_t info;

	must(kill(pid, SIGSTOP));
	must(waitid(P_PID, (id_t)pid, &info, WSTOPPED));
}

/* a shell that has begun, and waits for its input to end */
struct shell {
	struct ph_process *process;
	int leash;
};

#define SHELL_SCRIPT "echo; read line"

/*
 * argv has SHELL_SCRIPT. That a program has been found is known before its name
 * and its arguments are to be seen; that it runs, it says itself.
 */
static inline struct shell shell_start(char *const argv[])
{
	struct shell shell = { .process = NULL, .leash = -1 };
	int out = -1;
	struct ph_spawn_options options = { .in = PH_PIPE(&shell.leash), .out = PH_PIPE(&out) };
	char byte;

	ck_assert_int_eq(ph_spawn(argv, &options, &shell.process), 0);
	ck_assert_int_eq(must((int)read(out, &byte, 1)), 1);
	must(close(out));
	return shell;
}

static inline void shell_end(struct shell *shell)
{
	must(close(shell->leash));
	ck_assert_int_eq(ph_wait(shell->process, -1, NULL), 0);
	shell->process = ph_unref(shell->process);
}

#endif
