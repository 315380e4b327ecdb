/* SPDX-License-Identifier: MIT */

/* "@FILE": the process that a pid file names, and what is the matter with it. */

#ifndef PH_CLI_PIDFILE_H
#define PH_CLI_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "targets.h"

/* Is the selector a pid file? What follows the first byte is its path. */
bool is_pidfile(const char *selector);

/*
 * Opens the target whose selector is a pid file. Return: STATUS_OK, perhaps with
 * target->error; STATUS_USAGE, STATUS_REFUSED after a message
 */
int pidfile_open(const struct call *call, struct target *target);

/* Says why the file cannot be used at all. Return: the exit status for it */
int pidfile_refuse(const struct call *call, const char *path, int error);

/* The same, in these words. */
int pidfile_fail(const struct call *call, const char *path, int error, const char *reason);

/* Says who holds it. Return: STATUS_REFUSED */
int pidfile_is_held(const struct call *call, const char *path);

/* ph_pidfile_write() and ph_pidfile_clear(), in which no signal ends ph: no file stays beside. */
int pidfile_write(struct ph_process *process, const char *path);
int pidfile_clear(const char *path);

/* Can files be made and removed where it is? Return: 0, or -errno */
int pidfile_directory(const char *path);

/* The number that stands in the file, for messages only; 0: none */
pid_t pidfile_number(const char *path);

/* Is an identity stored with the file, so that not only times speak? */
bool pidfile_has_identity(const char *path);

/* What is the matter with the target of a pid file; NULL: the same as with any */
const char *pidfile_reason(int error);

#endif
