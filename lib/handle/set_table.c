/* SPDX-License-Identifier: MIT */

/* Open addressing, one slot after the other; a gap is closed when it is made. */

#include "handle/set_table.h"

#include <errno.h>
#include <stdlib.h>

enum {
	LEAST_CAPACITY = 4,
	/* it shrinks when there is less than one in so many slots */
	SPARSE = 4,
};

static size_t home_of(const struct ph_set_table *table, const struct ph_process *process)
{
	/* the golden ratio spreads what malloc() puts at regular distances */
	uint64_t hash = (uint64_t)(uintptr_t)process * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 32) & (table->capacity - 1);
}

static size_t after(const struct ph_set_table *table, size_t index)
{
	return (index + 1) & (table->capacity - 1);
}

struct ph_set_slot *ph_set_table_find(const struct ph_set_table *table,
				      const struct ph_process *process)
{
	size_t index;

	if (table->capacity == 0)
		return NULL;
	for (index = home_of(table, process); table->slots[index].key != 0;
	     index = after(table, index))
		if (ph_set_slot_process(&table->slots[index]) == process)
			return &table->slots[index];
	return NULL;
}

static void put(struct ph_set_table *table, struct ph_set_slot slot)
{
	size_t index = home_of(table, ph_set_slot_process(&slot));

	while (table->slots[index].key != 0)
		index = after(table, index);
	table->slots[index] = slot;
}

static int move_to(struct ph_set_table *table, size_t capacity)
{
	struct ph_set_table bigger = { .capacity = capacity, .count = table->count };

	bigger.slots = calloc(capacity, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->capacity; i++)
		if (table->slots[i].key != 0)
			put(&bigger, table->slots[i]);
	free(table->slots);
	*table = bigger;
	return 0;
}

int ph_set_table_reserve(struct ph_set_table *table)
{
	if (table->count < table->capacity - table->capacity / 4)
		return 0;
	return move_to(table, table->capacity == 0 ? LEAST_CAPACITY : table->capacity * 2);
}

void ph_set_table_insert(struct ph_set_table *table, struct ph_process *process, void *data)
{
	put(table, (struct ph_set_slot){ .key = (uintptr_t)process, .data = data });
	table->count++;
}

static void close_gap(struct ph_set_table *table, size_t gap)
{
	const size_t mask = table->capacity - 1;

	for (size_t i = after(table, gap); table->slots[i].key != 0; i = after(table, i)) {
		size_t home = home_of(table, ph_set_slot_process(&table->slots[i]));

		/* it may go no further forward than to where it belongs */
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		table->slots[gap] = table->slots[i];
		gap = i;
	}
	table->slots[gap] = (struct ph_set_slot){ .key = 0 };
}

void ph_set_table_erase(struct ph_set_table *table, struct ph_set_slot *slot)
{
	close_gap(table, (size_t)(slot - table->slots));
	table->count--;
	/* without memory for a smaller one the large one stays */
	if (table->capacity > LEAST_CAPACITY && table->count < table->capacity / SPARSE)
		(void)move_to(table, table->capacity / 2);
}
