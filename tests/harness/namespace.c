/* SPDX-License-Identifier: MIT */

#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "harness.h"
#include "pidfd.h"

struct plan {
	int namespaces;
	/* what is to be on /proc; NULL: what is there already */
	const char *mounted;
	const char *options;
	void (*body)(void *arg);
	void *arg;
};

static void write_file(const char *path, const char *text)
{
	int fd = must(open(path, O_WRONLY | O_CLOEXEC));

	if (write(fd, text, strlen(text)) < 0)
		skip("%s cannot be written: %s", path, strerror(errno));
	must(close(fd));
}

static void map_ids(uid_t user, gid_t group)
{
	char map[64];

	write_file("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "0 %u 1", user);
	write_file("/proc/self/uid_map", map);
	(void)snprintf(map, sizeof(map), "0 %u 1", group);
	write_file("/proc/self/gid_map", map);
}

static void unshare_as_anybody(int namespaces)
{
	uid_t user = geteuid();
	gid_t group = getegid();

	if (unshare(namespaces) == 0)
		return;
	if (unshare(namespaces | CLONE_NEWUSER) < 0)
		skip("no namespaces to be had here: %s", strerror(errno));
	map_ids(user, group);
}

static void mount_proc(const struct plan *plan)
{
	if (!plan->mounted)
		return;
	if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/proc", plan->mounted, 0, plan->options) < 0)
		skip("%s cannot be mounted on /proc here: %s", plan->mounted, strerror(errno));
}

static void unshared(void *arg)
{
	const struct plan *plan = arg;

	mount_proc(plan);
	plan->body(plan->arg);
}

/* in a child, since a process cannot come back from a pid namespace */
static void unsharing(void *arg)
{
	const struct plan *plan = arg;

	unshare_as_anybody(plan->namespaces);
	if (plan->namespaces & CLONE_NEWPID)
		in_a_child(unshared, arg);
	else
		unshared(arg);
}

void in_own_pid_namespace(void (*body)(void *arg), void *arg)
{
	struct plan plan = {
		.namespaces = CLONE_NEWPID | CLONE_NEWNS,
		.mounted = "proc",
		.body = body,
		.arg = arg,
	};

	in_a_child(unsharing, &plan);
}

void in_own_pid_namespace_with_foreign_proc(void (*body)(void *arg), void *arg)
{
	struct plan plan = { .namespaces = CLONE_NEWPID, .body = body, .arg = arg };

	in_a_child(unsharing, &plan);
}

void without_proc(void (*body)(void *arg), void *arg)
{
	/* in a user namespace /proc may be covered, but not unmounted */
	struct plan plan = {
		.namespaces = CLONE_NEWNS,
		.mounted = "tmpfs",
		.body = body,
		.arg = arg,
	};

	in_a_child(unsharing, &plan);
}

void with_hidden_processes(void (*body)(void *arg), void *arg)
{
	struct plan plan = {
		.namespaces = CLONE_NEWPID | CLONE_NEWNS,
		.mounted = "proc",
		.options = "hidepid=2",
		.body = body,
		.arg = arg,
	};

	if (geteuid() != 0)
		skip("needs root: processes of two users");
	in_a_child(unsharing, &plan);
}

/*
 * Such a child is born without the library of C and a sanitizer below it
 * knowing: a lock that another thread held stays locked in it. It makes system
 * calls, and nothing else.
 */
#define BY_SYSTEM_CALLS __attribute__((no_sanitize("thread")))

BY_SYSTEM_CALLS static pid_t clone_as(pid_t pid)
{
	/* struct clone_args: exit_signal is the fifth, set_tid the ninth */
	uint64_t args[10] = {
		[4] = SIGCHLD,
		[8] = (uintptr_t)&pid,
		[9] = 1,
	};
	long r = syscall(SYS_clone3, args, sizeof(args));

	if (r == 0) {
		(void)syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
		return 0;
	}
	if (r < 0 && (errno == ENOSYS || errno == EPERM || errno == E2BIG))
		skip("no clone3 with set_tid here: %s", strerror(errno));
	must(r);
	ck_assert_int_eq(r, pid);
	return (pid_t)r;
}

BY_SYSTEM_CALLS pid_t child_born_as(pid_t pid)
{
	pid_t child = clone_as(pid);

	if (child == 0)
		for (;;)
			(void)syscall(SYS_ppoll, NULL, 0L, NULL, NULL, 0L);
	return child;
}

BY_SYSTEM_CALLS pid_t child_born_as_exiting(pid_t pid, int code)
{
	pid_t child = clone_as(pid);

	if (child == 0)
		for (;;)
			(void)syscall(SYS_exit_group, code);
	return child;
}

pid_t foster_born_as(pid_t pid, int answer)
{
	pid_t foster = clone_as(pid);

	if (foster == 0) {
		if (fork() == 0) {
			pid_t ward = getpid();

			(void)!write(answer, &ward, sizeof(ward));
		}
		for (;;)
			(void)pause();
	}
	return foster;
}

bool can_become(uid_t user)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return false;
	pid = fork_mortal();
	if (pid == 0)
		_exit(setgroups(0, NULL) < 0 || setresgid(user, user, user) < 0 ||
		      setresuid(user, user, user) < 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status == 0;
}

void become_nobody(void)
{
	if (!can_become(NOBODY))
		skip("needs root, and to become another user");
	must(setgroups(0, NULL));
	must(setresgid(NOBODY, NOBODY, NOBODY));
	must(setresuid(NOBODY, NOBODY, NOBODY));
	/* as it was: a change of the user takes the own /proc away */
	must(prctl(PR_SET_DUMPABLE, 1));
}
