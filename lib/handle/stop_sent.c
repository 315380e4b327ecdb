/* SPDX-License-Identifier: MIT */

#include "handle/stop_sent.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

/* Return: the slot with that number, or the free one where it belongs */
static struct ph_stop_sent_slot *slot_of(const struct ph_stop_sent *sent, pid_t pid)
{
	size_t slot = (size_t)pid & (sent->room - 1);

	while (sent->slots[slot].pid != 0 && sent->slots[slot].pid != pid)
		slot = (slot + 1) & (sent->room - 1);
	return &sent->slots[slot];
}

static void grow(struct ph_stop_sent *sent)
{
	struct ph_stop_sent wider = {
		.room = sent->room > 0 ? sent->room * 2 : FIRST_ROOM,
		.count = sent->count,
	};

	wider.slots = reallocarray(NULL, wider.room, sizeof(*wider.slots));
	if (!wider.slots)
		return;
	memset(wider.slots, 0, wider.room * sizeof(*wider.slots));
	for (size_t i = 0; i < sent->room; i++)
		if (sent->slots[i].pid != 0)
			*slot_of(&wider, sent->slots[i].pid) = sent->slots[i];
	free(sent->slots);
	*sent = wider;
}

void ph_stop_sent_note(struct ph_stop_sent *sent, const struct ph_stop_sent_slot *slot)
{
	struct ph_stop_sent_slot *mine;

	if (sent->count >= sent->room / 2)
		grow(sent);
	if (sent->count >= sent->room / 2)
		return;
	mine = slot_of(sent, slot->pid);
	sent->count += mine->pid == 0;
	*mine = *slot;
}

const struct ph_stop_sent_slot *ph_stop_sent_find(const struct ph_stop_sent *sent, pid_t pid)
{
	const struct ph_stop_sent_slot *slot = sent->room > 0 ? slot_of(sent, pid) : NULL;

	return slot && slot->pid == pid ? slot : NULL;
}

void ph_stop_sent_end(const struct ph_stop_sent *sent)
{
	free(sent->slots);
}
