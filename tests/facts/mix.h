/* SPDX-License-Identifier: MIT */

/* Processes of all kinds, whose facts are known or stand still. */

#ifndef MIX_H
#define MIX_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "facts.h"
#include "namespace.h"

enum {
	MIX_USER = 4711,
	MIX_GROUP = 4712,
	MIX_OTHER_USER = 4713,
	MIX_OTHER_GROUP = 4714,
	MIX_MOST = 16,
	MIX_MEMORY = 32 << 20,
};

/* who is being watched */
struct mix {
	struct child children[MIX_MOST];
	pid_t busy;
	struct shell shell;
	struct ph_process *processes[MIX_MOST];
	int count;
	char pids[16 * MIX_MOST];
};

static inline void add(struct mix *mix, pid_t pid)
{
	size_t length = strlen(mix->pids);

	ck_assert_int_lt(mix->count, MIX_MOST);
	mix->processes[mix->count++] = found(pid);
	(void)snprintf(mix->pids + length, sizeof(mix->pids) - length, "%s%d",
		       length > 0 ? "," : "", (int)pid);
}

static inline struct child *add_child(struct mix *mix, void (*body)(void *arg), void *arg)
{
	struct child *child = &mix->children[mix->count];

	*child = body ? child_start_with(body, arg) : child_start();
	add(mix, child->pid);
	return child;
}

static inline void *idle(void *arg)
{
	for (;;)
		(void)pause();
	return arg;
}

static inline void have_threads(void *arg)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, idle, arg) != 0)
			_exit(EXIT_FAILURE);
}

static inline void have_memory(void *arg)
{
	char *memory = malloc(MIX_MEMORY);

	(void)arg;
	if (memory)
		memset(memory, 1, MIX_MEMORY);
}

static inline void be_nice(void *arg)
{
	(void)arg;
	(void)nice(7);
}

static inline void lead_session(void *arg)
{
	(void)arg;
	(void)setsid();
}

static inline void lead_group(void *arg)
{
	(void)arg;
	(void)setpgid(0, 0);
}

static inline void take_name(void *arg)
{
	(void)prctl(PR_SET_NAME, arg);
}

static inline void become_others(void *arg)
{
	(void)arg;
	if (setregid(MIX_GROUP, MIX_OTHER_GROUP) < 0 || setreuid(MIX_USER, MIX_OTHER_USER) < 0)
		_exit(EXIT_FAILURE);
}

static inline void open_terminal(void *arg)
{
	(void)setsid();
	if (open(arg, O_RDWR) < 0)
		_exit(EXIT_FAILURE);
}

/* Return: the other end of a terminal that somebody is controlled by, or -1 */
static inline int add_with_terminal(struct mix *mix)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];

	if (terminal < 0)
		return -1;
	if (grantpt(terminal) == 0 && unlockpt(terminal) == 0 &&
	    ptsname_r(terminal, name, sizeof(name)) == 0 && access(name, R_OK | W_OK) == 0)
		(void)add_child(mix, open_terminal, name);
	return terminal;
}

/* Return: a child that works as long as it lives */
static inline pid_t start_busy(void)
{
	pid_t pid = fork_mortal();

	if (pid == 0)
		for (;;)
			(void)getppid();
	return pid;
}

static inline void mix_start(struct mix *mix)
{
	static char *const argv[] = { "sh", "-c", SHELL_SCRIPT, "one", "two  three", NULL };

	(void)add_child(mix, NULL, NULL);
	(void)add_child(mix, have_threads, NULL);
	(void)add_child(mix, have_memory, NULL);
	(void)add_child(mix, be_nice, NULL);
	(void)add_child(mix, lead_session, NULL);
	(void)add_child(mix, lead_group, NULL);
	(void)add_child(mix, take_name, "15 (bytes) of )");
	stop(add_child(mix, NULL, NULL)->pid);
	child_become_zombie(add_child(mix, take_name, "z) Z 1"), 3);
	if (can_become(MIX_USER))
		(void)add_child(mix, become_others, NULL);
	mix->busy = start_busy();
	add(mix, mix->busy);
	mix->shell = shell_start(argv);
	add(mix, ph_pid(mix->shell.process));
}

static inline void mix_end(struct mix *mix)
{
	for (int i = 0; i < mix->count; i++) {
		mix->processes[i] = ph_unref(mix->processes[i]);
		if (mix->children[i].pid > 0)
			child_end(&mix->children[i]);
	}
	shell_end(&mix->shell);
	must(kill(mix->busy, SIGKILL));
	ck_assert_int_eq(waitpid(mix->busy, NULL, 0), mix->busy);
}

#endif
