/* SPDX-License-Identifier: MIT */

/*
 * Who has got the signal of a step, by number: one who is a member of several
 * targets gets it once. Nothing is held for it.
 */

#ifndef PH_HANDLE_STOP_SENT_H
#define PH_HANDLE_STOP_SENT_H

#include <stddef.h>
#include <sys/types.h>

/* the member of a target; number 0: a slot that is free */
struct ph_stop_sent_slot {
	pid_t pid;
	size_t index;
	size_t place;
	size_t step;
};

struct ph_stop_sent {
	struct ph_stop_sent_slot *slots;
	/* a power of 2, at least half of them free */
	size_t room;
	size_t count;
};

/*
 * The last one with that number is this one. Where there is no memory for that
 * it is not noted.
 */
void ph_stop_sent_note(struct ph_stop_sent *sent, const struct ph_stop_sent_slot *slot);

/* Return: the last one with that number, or NULL */
const struct ph_stop_sent_slot *ph_stop_sent_find(const struct ph_stop_sent *sent, pid_t pid);

void ph_stop_sent_end(const struct ph_stop_sent *sent);

#endif
