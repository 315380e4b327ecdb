/* SPDX-License-Identifier: MIT */

/*
 * How the process ended, told once and the same to everybody for ever.
 *
 * Any number of threads may find it out at once. The first to publish decides,
 * with one compare-and-swap; the others take what stands there. Nobody waits
 * for anybody, so a fork in the middle leaves no lock behind.
 */

#ifndef PH_HANDLE_RECORD_H
#define PH_HANDLE_RECORD_H

#include "handle/process.h"

/* Return: true if there is a record, and then it is in *ret_exit if not NULL */
bool ph_record_read(const struct ph_process *process, struct ph_exit *ret_exit);

/* By somebody who looked at the child before it was reaped: with usage. */
void ph_record_own(struct ph_process *process, const struct ph_status *status);

/* PH_STOLEN if it was seen to be a child, else PH_FOREIGN */
unsigned ph_record_others_flag(const struct ph_process *process);

/*
 * By somebody who learnt of the end in another way. @status NULL: how it ended
 * cannot be known. @flags: PH_FOREIGN or PH_STOLEN.
 */
void ph_record_others(struct ph_process *process, const struct ph_status *status, unsigned flags);

#endif
