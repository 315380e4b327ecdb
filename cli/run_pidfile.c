/* SPDX-License-Identifier: MIT */

/*
 * The pid file of the command of ph run: there from its start to its end, and
 * locked, for those who ask by the lock whether anybody is alive.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "message.h"
#include "pidfile.h"
#include "run.h"
#include "status.h"

static int fail(const struct run *run, int error)
{
	int status;

	if (error == -EBUSY)
		return pidfile_is_held(run->call, run->options->pidfile);
	status = pidfile_refuse(run->call, run->options->pidfile, error);
	return status == STATUS_REFUSED ? status : STATUS_FAILED;
}

/* A stale one goes now: the command, which runs before there is a new one, is not to read it. */
static int make_room(const struct run *run)
{
	int r = pidfile_clear(run->options->pidfile);

	return r == -ENOENT ? 0 : r;
}

int run_pidfile_check(const struct run *run)
{
	int r;

	if (!run->options->pidfile)
		return STATUS_OK;
	r = make_room(run);
	if (r == 0)
		r = pidfile_directory(run->options->pidfile);
	return r < 0 ? fail(run, r) : STATUS_OK;
}

/* "/run/.ph.1234.run" for "/run/x.pid": of one process, and renamed at once */
static char *name_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name;

	if (asprintf(&name, "%.*s.ph.%d.run", slash ? (int)(slash - path) + 1 : 0, path,
		     (int)getpid()) < 0)
		abort();
	return name;
}

/* Not every file system can rename without replacing. Return: 0 or -errno */
static int give_name(const char *beside, const char *path)
{
	int r = ph_name_anew(AT_FDCWD, beside, path);

	if (r > 0)
		(void)unlink(beside);
	return r < 0 ? r : 0;
}

/* Locked under a name that nobody knows, so that it is from the moment it has its own. */
static int publish(struct run *run, const char *beside)
{
	int r;

	run->pidfile = open(beside, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (run->pidfile < 0 || flock(run->pidfile, LOCK_EX) < 0)
		return -errno;
	/* each round, another has come first, and has ended */
	do {
		r = give_name(beside, run->options->pidfile);
		if (r == -EEXIST && make_room(run) < 0)
			return -EBUSY;
	} while (r == -EEXIST);
	return r;
}

static int write_file(struct run *run)
{
	PH_CLEANUP(ph_freep) char *beside = name_beside(run->options->pidfile);
	int r = ph_pidfile_write(run->process, beside);

	if (r < 0)
		return r;
	r = publish(run, beside);
	if (r < 0)
		(void)unlink(beside);
	return r;
}

int run_pidfile_write(struct run *run)
{
	int r;

	run->pidfile = -1;
	if (!run->options->pidfile)
		return STATUS_OK;
	r = write_file(run);
	/* it was quick, and nobody needs to find it any more */
	if (r == -ESRCH)
		return STATUS_OK;
	if (r < 0) {
		(void)ph_kill(run->process, SIGKILL, PH_ONE);
		(void)ph_wait(run->process, -1, &run->how);
		return fail(run, r);
	}
	return STATUS_OK;
}

void run_pidfile_remove(struct run *run)
{
	int r;

	if (!run->options->pidfile)
		return;
	if (run->pidfile >= 0)
		(void)close(run->pidfile);
	r = ph_pidfile_remove(run->process, run->options->pidfile);
	if (r < 0 && r != -ENOENT && r != -ESTALE)
		message(run->call, "%s: cannot remove it: %s", run->options->pidfile,
			ph_strerror(r));
}
