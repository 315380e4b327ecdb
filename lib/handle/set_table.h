/* SPDX-License-Identifier: MIT */

/*
 * What a set watches: a handle, and the pointer that came with it. They take 16
 * bytes in a table that is at most 3/4 full, and 3/8 after it has grown: 22 to
 * 43 for each, and 64 while one table moves to the next. As others leave it may
 * be 64, and then the table becomes smaller.
 */

#ifndef PH_HANDLE_SET_TABLE_H
#define PH_HANDLE_SET_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handle/process.h"

struct ph_set_slot {
	/* a pointer to the process, and a bit: it is in the hands of a waiter */
	uintptr_t key;
	void *data;
};

struct ph_set_table {
	struct ph_set_slot *slots;
	/* a power of two, or 0 without slots */
	size_t capacity;
	size_t count;
};

static inline struct ph_process *ph_set_slot_process(const struct ph_set_slot *slot)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the bit is free in what malloc() returns */
	return (struct ph_process *)(slot->key & ~(uintptr_t)1);
}

static inline bool ph_set_slot_is_in_hand(const struct ph_set_slot *slot)
{
	return slot->key & 1;
}

static inline void ph_set_slot_take(struct ph_set_slot *slot)
{
	slot->key |= 1;
}

static inline void ph_set_slot_put_back(struct ph_set_slot *slot)
{
	slot->key &= ~(uintptr_t)1;
}

/* Return: its slot, or NULL */
struct ph_set_slot *ph_set_table_find(const struct ph_set_table *table,
				      const struct ph_process *process);

/* Makes room for one more. Return: 0 or -ENOMEM */
int ph_set_table_reserve(struct ph_set_table *table);

/* For one that is not there yet, and that there is room for. */
void ph_set_table_insert(struct ph_set_table *table, struct ph_process *process, void *data);

/* Moves others: no slot that was found before is valid after it. */
void ph_set_table_erase(struct ph_set_table *table, struct ph_set_slot *slot);

#endif
