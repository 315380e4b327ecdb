/* SPDX-License-Identifier: MIT */

/*
 * Where /proc has a process, to read something there and to prove afterwards
 * that it was the process's own.
 */

#ifndef PH_HANDLE_PLACE_H
#define PH_HANDLE_PLACE_H

#include "handle/process.h"
#include "proc/facts.h"

/* Reads something below the directory. Return: 0 or more, or -errno */
typedef ssize_t ph_reader(const struct ph_proc_place *place, void *arg);

/*
 * Calls @reader, again while the process changes under our eyes, and proves
 * that it read of this process. Return: what @reader returned; -ENOTSUP there
 * is no /proc, or it hides the process; -ESRCH, -EREMOTE, -EPERM it cannot be
 * proved; -EMFILE, -ENFILE, -ENOMEM
 */
ssize_t ph_place_read(struct ph_process *process, ph_reader *reader, void *arg);

#endif
