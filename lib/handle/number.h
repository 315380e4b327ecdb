/* SPDX-License-Identifier: MIT */

/*
 * Acting on a process by its number, for handles that are not pinned.
 *
 * The number is set free by the reap. So those who act on it prove first that
 * it still belongs to the process, and take turns with those who reap. What
 * remains is a reap by somebody else, between the proof and the act.
 */

#ifndef PH_HANDLE_NUMBER_H
#define PH_HANDLE_NUMBER_H

#include "base/cancel.h"
#include "handle/backend.h"

/* a turn at the number: held across calls that do not sleep */
struct ph_turn {
	struct ph_process *process;
	bool is_locked;
	struct ph_cancel cancel;
};

struct ph_turn ph_turn_begin(struct ph_process *process);

void ph_turn_end(const struct ph_turn *turn);

/*
 * Asks the backend whether the number is still the process's, and remembers a
 * no. Return: as struct ph_backend says
 */
int ph_prove(struct ph_process *process);

int ph_number_kill(struct ph_process *process, int signo);

int ph_number_queue(struct ph_process *process, int signo, int value);

/*
 * Reaps the process if it is a child and has ended, and publishes how.
 * Return: PH_LOOK_ENDED and there is a record, PH_LOOK_RUNS, PH_LOOK_STOPPED,
 * -ECHILD not a child, -ESRCH gone, or -errno
 */
int ph_number_reap(struct ph_process *process);

/* The same for one whose end is on record: it may have become a child since. */
void ph_number_reap_again(struct ph_process *process);

/*
 * Takes the last change of a child's state. Return: PH_LOOK_STOPPED, and it has
 * been taken, PH_LOOK_ENDED, PH_LOOK_RUNS, -ECHILD not a child, -ESRCH gone,
 * or -errno
 */
int ph_number_take_change(struct ph_process *process, unsigned changes,
			  struct ph_status *ret_status);

/*
 * Has the end been published? Asked by somebody who has seen the reap: whoever
 * reaped may be about to, and is waited for.
 */
bool ph_number_has_record(struct ph_process *process);

#endif
