/* SPDX-License-Identifier: MIT */

#include "handle/members_list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "handle/late.h"
#include "handle/members_lost.h"

enum { FIRST_ROOM = 16 };

/* Neighbouring numbers, of which there are many, go to neighbouring slots. */
static size_t slot_of(const struct ph_members *members, pid_t pid)
{
	size_t slot = (size_t)pid & (members->slot_count - 1);

	while (members->slots[slot] != 0 && members->list[members->slots[slot] - 1].pid != pid)
		slot = (slot + 1) & (members->slot_count - 1);
	return slot;
}

size_t ph_members_find(const struct ph_members *members, pid_t pid)
{
	size_t slot;

	if (members->slot_count == 0)
		return PH_NOBODY;
	slot = members->slots[slot_of(members, pid)];
	return slot == 0 || members->list[slot - 1].is_forgotten ? PH_NOBODY : slot - 1;
}

/* The slots are a function of the list: later ones take the place of earlier ones. */
static void fill_slots(struct ph_members *members)
{
	memset(members->slots, 0, members->slot_count * sizeof(*members->slots));
	for (size_t i = 0; i < members->count; i++)
		members->slots[slot_of(members, members->list[i].pid)] = i + 1;
}

static int grow(struct ph_members *members)
{
	size_t room = members->room > 0 ? members->room * 2 : FIRST_ROOM;
	struct ph_member *list;
	size_t *slots;

	list = reallocarray(members->list, room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	members->list = list;
	/* at least half of them stay free */
	slots = reallocarray(members->slots, room * 2, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	members->slots = slots;
	members->slot_count = room * 2;
	members->room = room;
	fill_slots(members);
	return 0;
}

int ph_members_add(struct ph_members *members, struct ph_process *process, pid_t parent)
{
	if (members->count == members->room && grow(members) < 0)
		return -ENOMEM;
	members->list[members->count] = (struct ph_member){
		.process = process,
		.pid = process->pid,
		.parent = parent,
		.named_at = members->now,
	};
	members->count++;
	members->slots[slot_of(members, process->pid)] = members->count;
	return 0;
}

void ph_members_cut(struct ph_members *members, size_t count)
{
	if (members->count == count)
		return;
	while (members->count > count)
		ph_process_unref(members->list[--members->count].process);
	fill_slots(members);
}

void ph_members_forget(struct ph_members *members, size_t index)
{
	members->list[index].is_forgotten = true;
}

void ph_members_let_go(struct ph_members *members, size_t index)
{
	struct ph_member *member = &members->list[index];

	if (!member->has_ended)
		ph_lost_note_member(members, member);
	/* its number is another's from now on, and nothing is below it */
	ph_members_forget(members, index);
	member->has_ended = true;
	ph_process_unref(member->process);
	member->process = NULL;
}

/* not known yet */
#define NO_DEPTH SIZE_MAX

/* Return: the index of its parent among those who were found together, or PH_NOBODY */
static size_t parent_of(const struct ph_members *members, size_t index, size_t first)
{
	size_t parent = ph_members_find(members, members->list[index].parent);

	return parent == PH_NOBODY || parent < first ? PH_NOBODY : parent;
}

/*
 * Up to one whose depth is known, and the same way once more with the depths: so
 * each is passed twice, and not once for each that is below it. What was read
 * while processes came and went need not be a tree: a way up that is longer than
 * there are members goes in a circle, and is cut where it began.
 */
static void find_depth(struct ph_members *members, size_t index, size_t first)
{
	size_t most = members->count - first, length = 0, above = 0;
	size_t at = index;

	while (at != PH_NOBODY && members->list[at].depth == NO_DEPTH && length < most) {
		at = parent_of(members, at, first);
		length++;
	}
	if (at != PH_NOBODY && members->list[at].depth != NO_DEPTH)
		above = members->list[at].depth + 1;
	for (at = index; length > 0; length--) {
		members->list[at].depth = above + length - 1;
		at = parent_of(members, at, first);
	}
}

static int compare(const void *a, const void *b)
{
	const struct ph_member *one = a, *other = b;

	if (one->depth != other->depth)
		return one->depth < other->depth ? -1 : 1;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

void ph_members_order(struct ph_members *members, size_t first)
{
	if (members->count - first < 2)
		return;
	/* a parent that was found in an earlier round comes first anyway */
	for (size_t i = first; i < members->count; i++)
		members->list[i].depth = NO_DEPTH;
	for (size_t i = first; i < members->count; i++)
		find_depth(members, i, first);
	qsort(members->list + first, members->count - first, sizeof(*members->list), compare);
	fill_slots(members);
}
