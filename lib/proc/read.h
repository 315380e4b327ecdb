/* SPDX-License-Identifier: MIT */

/*
 * The few readers that feed the parsers. A process is read through a
 * descriptor of its directory: that stays its own when the number does not,
 * and answers -ESRCH once the process has been reaped.
 */

#ifndef PH_PROC_READ_H
#define PH_PROC_READ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/stat.h"
#include "proc/status.h"
#include "sys/process.h"

/*
 * Return: a descriptor of /proc/PID, close-on-exec; -ENOENT if /proc does not
 * show that process; -ENOTSUP if there is no /proc, or one of another pid
 * namespace, or its setting forbids it; -EMFILE, -ENFILE, -ENOMEM
 */
int ph_proc_open(pid_t pid);

/*
 * Is this the directory of a process in a /proc whose numbers are ours? A
 * handle may have come along into another pid namespace. Return: 1, 0, or a
 * shortage
 */
int ph_proc_counts_as_we_do(int directory);

/*
 * All but the name. Return: 0, -ESRCH it has been reaped or is not shown any
 * more, -EBADMSG, or as open(2) and read(2)
 */
int ph_proc_read_stat(int directory, struct ph_proc_stat *ret_stat);

/*
 * The same of whoever has the number now, without a descriptor left open. Only
 * where ph_proc_check() has said that the numbers are ours.
 */
int ph_proc_read_stat_of(pid_t pid, struct ph_proc_stat *ret_stat);

/*
 * The id of the process that the thread or process of this directory is of.
 * Return: 0, -ESRCH also while it is being reaped, or as for the stat
 */
int ph_proc_read_tgid(int directory, pid_t *ret_pid);

/* Its users and groups. Return: 0, -ESRCH, -EBADMSG, or -errno */
int ph_proc_read_ids(int directory, struct ph_proc_ids *ret_ids);

/*
 * How a zombie ended, for readers that may know.
 * Return: 0, -ESRCH, -EACCES if this reader may not, -EAGAIN if it still runs, or
 * a shortage
 */
int ph_proc_read_exit(int directory, struct ph_status *ret_status);

/*
 * The number of the process behind one of our own pidfds.
 * Return: 0; -ESRCH it has been reaped; -EREMOTE it is outside our pid
 * namespace; -EBADF this is no pidfd; -ENOTSUP without /proc; -EMFILE, -ENFILE,
 * -ENOMEM
 */
int ph_proc_read_pidfd(int pidfd, pid_t *ret_pid);

/*
 * The number of the last process or thread that was born in our pid namespace, 0
 * if that is not told. Return: 0, -EMFILE, -ENFILE, -ENOMEM
 */
int ph_proc_last_pid(pid_t *ret_pid);

/* 36 characters and a NUL */
enum { PH_BOOT_ID_SIZE = 37 };

/* Return: 0, -ENOTSUP without /proc, -EMFILE, -ENFILE, -ENOMEM */
int ph_proc_read_boot_id(char buffer[PH_BOOT_ID_SIZE]);

/*
 * Calls back with each pid that /proc shows; a value other than 0 ends the
 * walk. Return: 0, what @callback returned, -ENOTSUP, -EMFILE, -ENFILE, -ENOMEM
 */
int ph_proc_each(int (*callback)(pid_t pid, void *arg), void *arg);

/*
 * For who is about to read it by number. Counts an event of the setting if that
 * is why not. Return: 0, -ENOTSUP, -EMFILE, -ENFILE, -ENOMEM
 */
int ph_proc_check(void);

/* The same, with a descriptor of /proc, and the name of the process in it. */
int ph_proc_walk(int (*callback)(int proc, const char *name, pid_t pid, void *arg), void *arg);

/*
 * /proc is mounted, for our pid namespace, and its setting allows it. Return: 1,
 * 0, or a shortage
 */
int ph_proc_is_there(void);

#endif
