/* SPDX-License-Identifier: MIT */

/*
 * The stage: a pid namespace, in which pid 1 is the director. When it goes, the
 * kernel ends everybody in it, so nothing is left behind, whatever happens.
 */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/* pid 1 of the namespace */
static int direct_inside(struct demo *demo, enum demo_stage stage)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* without it the play goes on with what there is */
	if (namespace_hide_mounts())
		(void)namespace_mount_proc();
	return direct(demo, stage);
}

/* unshare() gives the namespace to the next child, so one more is needed. */
static int enter(struct demo *demo, enum demo_stage stage)
{
	int status = 0;
	pid_t pid;
	int r;

	if (stage == DEMO_HOST)
		return direct(demo, stage);
	r = unshare_stage(demo, stage);
	if (r < 0)
		return r;
	pid = fork();
	if (pid < 0)
		return demo_fail(demo, -errno, "cannot start a process: %s", strerror(errno));
	if (pid == 0)
		_exit(direct_inside(demo, stage) < 0);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : -EIO;
}

/* The signals that would end ph, and the one that tells of the end of the stage. */
static sigset_t watched_signals(void)
{
	static const int all[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < LENGTH(all); i++)
		(void)sigaddset(&set, all[i]);
	return set;
}

/*
 * Waits for the end of the stage, and ends it when somebody wants to end ph.
 * The child is ours and not reaped, so its number is still its own.
 */
static int watch(struct demo *demo, pid_t pid, int seconds_left, const sigset_t *watched,
		 int *ret_signo)
{
	int status;

	for (;;) {
		const struct timespec second = { .tv_sec = 1 };
		int signo;

		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		signo = sigtimedwait(watched, NULL, &second);
		if (signo == SIGCHLD || (signo < 0 && errno == EINTR))
			continue;
		if (signo < 0 && --seconds_left > 0)
			continue;
		*ret_signo = signo < 0 ? 0 : signo;
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return demo_fail(demo, -EINTR, "it took too long, and was stopped");
	}
	return demo->facts->is_complete ? 0 : -EIO;
}

int demo_on_stage(struct demo *demo, enum demo_stage stage)
{
	/* all numbers of a system take a while, and there is progress to look at */
	int patience = stage == DEMO_HOST ? 600 : 60;
	sigset_t watched = watched_signals();
	int signo = 0;
	sigset_t old;
	pid_t pid;
	int r;

	/* an ignored SIGCHLD, inherited, would take the ends away */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigprocmask(SIG_BLOCK, &watched, &old);
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)sigprocmask(SIG_SETMASK, &old, NULL);
		_exit(enter(demo, stage) < 0);
	}
	if (pid < 0)
		r = demo_fail(demo, -errno, "cannot start a process: %s", strerror(errno));
	else
		r = watch(demo, pid, patience, &watched, &signo);
	if (signo > 0) {
		/* leave as anybody would expect, after the directory is gone */
		demo_remove(demo);
		(void)signal(signo, SIG_DFL);
		(void)raise(signo);
	}
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
