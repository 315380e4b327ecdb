/* SPDX-License-Identifier: MIT */

/*
 * The stage: a pid namespace, in which pid 1 is the director. When it goes, the
 * kernel ends everybody in it, so nothing is left behind, whatever happens.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "demo.h"
#include "namespace.h"

static int unshare_stage(const struct demo *demo, enum demo_stage stage)
{
	int flags = CLONE_NEWPID | CLONE_NEWNS | (stage == DEMO_USER ? CLONE_NEWUSER : 0);
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	if (unshare(flags) < 0)
		return demo_fail(demo, -errno, "no pid namespace (%s)", strerror(errno));
	if (stage != DEMO_USER)
		return 0;
	/* root inside is the caller outside */
	r = namespace_map_ids(0, uid, 0, gid);
	if (r < 0)
		return demo_fail(demo, r, "no user namespace (%s)", strerror(-r));
	return 0;
}

static int direct(struct demo *demo, enum demo_stage stage)
{
	int r = demo_choose_method(demo, stage);

	if (r == 0)
		r = demo_act(demo);
	return r;
}

/* pid 1 of the namespace. @parent is closed at the other end when that has ended. */
static int direct_inside(struct demo *demo, enum demo_stage stage, int parent)
{
	struct pollfd fd = { .fd = parent };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* it may have ended before, and its number is not seen from here */
	if (poll(&fd, 1, 0) > 0)
		return -EINTR;
	/* without it the play goes on with what there is */
	if (namespace_hide_mounts())
		(void)namespace_mount_proc();
	return direct(demo, stage);
}

/* unshare() gives the namespace to the next child, so one more is needed. */
static int enter(struct demo *demo, enum demo_stage stage)
{
	int status = 0;
	int ends[2];
	pid_t pid;
	int r;

	if (stage == DEMO_HOST)
		return direct(demo, stage);
	r = unshare_stage(demo, stage);
	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return demo_fail(demo, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return demo_fail(demo, -errno, "cannot start a process: %s", strerror(errno));
	if (pid == 0) {
		(void)close(ends[1]);
		_exit(direct_inside(demo, stage, ends[0]) < 0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : -EIO;
}

void demo_hold_signals(struct demo *demo)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

	/* an ignored SIGCHLD, inherited, would take the ends away */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&demo->watched);
	(void)sigaddset(&demo->watched, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &demo->watched, &demo->blocked);
	for (size_t i = 0; i < LENGTH(ends); i++) {
		struct sigaction action;

		/* who started ph does not want it to end by these */
		if (sigismember(&demo->blocked, ends[i]) == 1 ||
		    (sigaction(ends[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN))
			continue;
		(void)sigaddset(&demo->watched, ends[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &demo->watched, NULL);
}

void demo_release_signals(const struct demo *demo)
{
	if (demo->signo > 0)
		(void)raise(demo->signo);
	(void)sigprocmask(SIG_SETMASK, &demo->blocked, NULL);
}

/*
 * Waits for the end of the stage, and ends it when somebody wants to end ph.
 * The child is ours and not reaped, so its number is still its own.
 */
static int watch(struct demo *demo, pid_t pid, int seconds_left)
{
	int status;

	for (;;) {
		const struct timespec second = { .tv_sec = 1 };
		int signo;

		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		signo = sigtimedwait(&demo->watched, NULL, &second);
		if (signo == SIGCHLD || (signo < 0 && errno == EINTR))
			continue;
		if (signo < 0 && --seconds_left > 0)
			continue;
		demo->signo = signo < 0 ? 0 : signo;
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return demo_fail(demo, -EINTR, "it took too long, and was stopped");
	}
	return demo->facts->is_complete ? 0 : -EIO;
}

/* Waits until nobody has the other end of a pipe any more. */
static void wait_until_closed(int read_end)
{
	char byte;

	while (read(read_end, &byte, 1) < 0 && errno == EINTR)
		;
}

int demo_on_stage(struct demo *demo, enum demo_stage stage)
{
	PH_CLEANUP(ph_closep) int everybody = -1;
	/* all numbers of a system take a while, and there is progress to look at */
	int patience = stage == DEMO_HOST ? 600 : 60;
	pid_t ph = getpid();
	int ends[2];
	pid_t pid;
	int r;

	/* who is on the stage has the end to write to, and whoever is told to go takes his time */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return demo_fail(demo, -errno, "pipe: %s", strerror(errno));
	everybody = ends[0];
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != ph)
			_exit(1);
		(void)sigprocmask(SIG_SETMASK, &demo->blocked, NULL);
		_exit(enter(demo, stage) < 0);
	}
	(void)close(ends[1]);
	if (pid < 0)
		return demo_fail(demo, -errno, "cannot start a process: %s", strerror(errno));
	r = watch(demo, pid, patience);
	wait_until_closed(everybody);
	return r;
}
