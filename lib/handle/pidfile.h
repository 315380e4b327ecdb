/* SPDX-License-Identifier: MIT */

/*
 * Pid files: a number for every reader there is, and beside it what tells the
 * process from the next one that gets the number.
 */

#ifndef PH_HANDLE_PIDFILE_H
#define PH_HANDLE_PIDFILE_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "handle/identity.h"

#define PH_PIDFILE_ATTRIBUTE "user.ph.handle"

/* the identities of a process, with a blank between two */
enum { PH_PIDFILE_IDENTITY_SIZE = 256 };

struct ph_pidfile {
	/* that of the file; it is looked up only below it */
	int directory;
	/* -1: not open */
	int fd;
	/* the last component of the caller's path */
	const char *name;
	struct stat stat;
	/* what it says; 0: it is empty */
	pid_t pid;
	/* as it stands there, "" if there is none; anybody's bytes */
	char identity[PH_PIDFILE_IDENTITY_SIZE];
};

/* what pidfile.h itself answers, where there is no error to say it with */
enum { PH_PIDFILE_IS_ANOTHER = 1 };

#define PH_PIDFILE_NONE                   \
	{                                 \
		.directory = -1, .fd = -1 \
	}

void ph_pidfile_closep(const struct ph_pidfile *file);

/* Opens the directory. Return: 0, -EINVAL there is no name in it, or -errno */
int ph_pidfile_begin(struct ph_pidfile *file, const char *path);

/*
 * Opens the file, never waiting. Return: 0, -ENOENT, -ELOOP, -EINVAL it is no regular
 * file, or -errno
 */
int ph_pidfile_open(struct ph_pidfile *file);

/*
 * Locks it, unless somebody else has. Return: 0, -EBUSY, -errno, or
 * PH_PIDFILE_IS_ANOTHER: its name is another file's or nobody's by now
 */
int ph_pidfile_lock(const struct ph_pidfile *file);

/* Opens and locks what has the name now. Return: 0, or as the two */
int ph_pidfile_open_locked(struct ph_pidfile *file);

/*
 * Does the process with that number hold a write lock of fcntl(2) on it? Return:
 * 1, 0, or a shortage
 */
int ph_pidfile_is_locked_by(const struct ph_pidfile *file, pid_t pid);

/* Reads what it says. Return: 0, -EINVAL it is no pid file, or -errno */
int ph_pidfile_read(struct ph_pidfile *file);

/* Return: as ph_find_pidfile() of a file that has been read; empty is -EINVAL */
int ph_pidfile_find(const struct ph_pidfile *file, struct ph_process **ret_process);

/* Return: 0 it names the process, which may have ended, -ESTALE not so, or -errno */
int ph_pidfile_names(const struct ph_pidfile *file, struct ph_process *process);

/* Return: as the calls of these names */
int ph_pidfile_put(struct ph_process *process, const char *path);
int ph_pidfile_take_away(struct ph_process *process, const char *path);
int ph_pidfile_take_away_stale(const char *path);

#endif
