/* SPDX-License-Identifier: MIT */

/*
 * The pid file of the command of ph run: there from its start to its end, and
 * locked, for those who ask by the lock whether anybody is alive.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "pidfile.h"
#include "run.h"
#include "status.h"

static int is_held(const struct run *run)
{
	pid_t pid = pidfile_number(run->options->pidfile);

	/* also with -q: the command itself may exit so */
	if (pid > 0)
		message(run->call, "%s: already held by PID %d", run->options->pidfile, (int)pid);
	else
		message(run->call, "%s: already held", run->options->pidfile);
	return STATUS_REFUSED;
}

static int fail(const struct run *run, int error)
{
	int status;

	if (error == -EBUSY)
		return is_held(run);
	status = pidfile_refuse(run->call, run->options->pidfile, error);
	return status == STATUS_REFUSED ? status : STATUS_FAILED;
}

/* what a writer leaves that does not write whole files */
static bool is_empty(const char *path)
{
	struct stat stat;

	return lstat(path, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size == 0;
}

int run_pidfile_check(const struct run *run)
{
	PH_AUTO struct ph_process *holder = NULL;
	int r;

	if (!run->options->pidfile)
		return STATUS_OK;
	r = ph_find_pidfile(run->options->pidfile, &holder);
	if (r >= 0)
		return is_held(run);
	if (r == -ENOENT || r == -ESRCH || r == -ESTALE)
		return STATUS_OK;
	return r == -EINVAL && is_empty(run->options->pidfile) ? STATUS_OK : fail(run, r);
}

/* Others may look at it at this moment; then the identity has to do. */
static void lock(struct run *run)
{
	run->pidfile = open(run->options->pidfile,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (run->pidfile >= 0)
		(void)flock(run->pidfile, LOCK_EX | LOCK_NB);
}

int run_pidfile_write(struct run *run)
{
	int r;

	run->pidfile = -1;
	if (!run->options->pidfile)
		return STATUS_OK;
	r = ph_pidfile_write(run->process, run->options->pidfile);
	/* it was quick, and nobody needs to find it any more */
	if (r == -ESRCH)
		return STATUS_OK;
	if (r < 0) {
		(void)ph_kill(run->process, SIGKILL, PH_ONE);
		(void)ph_wait(run->process, -1, &run->how);
		return fail(run, r);
	}
	lock(run);
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
