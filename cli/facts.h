/* SPDX-License-Identifier: MIT */

/* What messages say about processes and about the kernel, beside the handle. */

#ifndef PH_CLI_FACTS_H
#define PH_CLI_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <prochandle.h>

/* The comm of a process: 15 bytes, raw, and a NUL. */
#define COMM_SIZE 16

/* Enough for an end in words. */
#define END_TEXT_SIZE 256

/* The handle as text, "PID:INODE", without the boot. Return: 0 or as ph_id() */
int handle_text(struct ph_process *process, char buffer[PH_ID_SIZE]);

/* "pinned", "checked", "unchecked", or what the error means, if it is one */
const char *guarantee_text(int guarantee);

/* What a state letter means. */
const char *state_name(char state);

/* Has it been reaped? A zombie has not. */
bool is_reaped(struct ph_process *process);

/* Its comm, raw; "" if it cannot be read or may be that of a successor. */
void comm_of(struct ph_process *process, char comm[COMM_SIZE]);

/* Both of a process that is looked at for the first time; the number alone if need be. */
void handle_and_comm(struct ph_process *process, char handle[PH_ID_SIZE], char comm[COMM_SIZE]);

/* The process that the thread @tid belongs to, for a hint; 0: unknown. */
pid_t leader_of_thread(pid_t tid);

/* Is @id ("…@BOOTID") from another boot than this one? */
bool is_of_another_boot(const char *id);

/* The release of this kernel, as in "6.12.3-amd64". */
const char *kernel_release(void);

/* Is this kernel at least "6.15"? */
bool kernel_is_at_least(const char *version);

/* Enough for the state of a process in words. */
#define STATE_TEXT_SIZE 128

/*
 * What a process is busy with, to be appended: " (state D, uninterruptible
 * sleep, in do_exit)"; "" if that is not known.
 */
void state_text(struct ph_process *process, char buffer[STATE_TEXT_SIZE]);

/* What a process is to ph: "it is ph itself", "it is process 1", … or NULL */
const char *tie_to_ph(struct ph_process *process);

/* How @process ended, as ph wait says it: "exited 3", "exited, status unknown (…)" */
void end_text(struct ph_process *process, const struct ph_exit *how, char buffer[END_TEXT_SIZE]);

/* Why the status in @how, a PH_UNKNOWN, is not known. */
void unknown_reason(struct ph_process *process, const struct ph_exit *how,
		    char buffer[END_TEXT_SIZE]);

#endif
