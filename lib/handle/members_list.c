/* SPDX-License-Identifier: MIT */

#include "handle/members_list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "handle/late.h"

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

	/* its number is another's from now on, and nothing is below it */
	ph_members_forget(members, index);
	member->has_ended = true;
	member->is_met = false;
	ph_process_unref(member->process);
	member->process = NULL;
}

/*
 * A parent that was found in an earlier round comes first anyway. What was read
 * while processes came and went need not be a tree: a way up that is longer than
 * there are members goes in a circle.
 */
static size_t depth_of(const struct ph_members *members, size_t index, size_t first)
{
	size_t depth = 0;

	while (depth < members->count - first) {
		index = ph_members_find(members, members->list[index].parent);
		if (index == PH_NOBODY || index < first)
			break;
		depth++;
	}
	return depth;
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
	for (size_t i = first; i < members->count; i++)
		members->list[i].depth = depth_of(members, i, first);
	qsort(members->list + first, members->count - first, sizeof(*members->list), compare);
	fill_slots(members);
}
