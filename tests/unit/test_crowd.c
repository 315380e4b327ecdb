/* SPDX-License-Identifier: MIT */

/* The table of a set: who is in it, and what that costs. */

#include <stdlib.h>

#include "harness.h"

#include "handle/set_table.h"

enum { MANY = 5000, BYTES_OF_ONE = 64 };

/* What stands there is compared, and never looked at. */
static struct ph_process *nth(char *crowd, int n)
{
	return (struct ph_process *)(void *)&crowd[(size_t)n * sizeof(struct ph_process)];
}

static void expect_cheap(const struct ph_set_table *table)
{
	size_t bytes = table->capacity * sizeof(struct ph_set_slot);

	ck_assert_msg(table->count == 0 || bytes <= BYTES_OF_ONE * table->count,
		      "%zu bytes for %zu", bytes, table->count);
}

TEST(one_that_is_watched_costs_64_bytes_at_most)
{
	char *crowd = malloc(MANY * sizeof(struct ph_process));
	struct ph_set_table table = { .count = 0 };

	ck_assert_ptr_nonnull(crowd);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(ph_set_table_reserve(&table), 0);
		ph_set_table_insert(&table, nth(crowd, i), crowd);
		expect_cheap(&table);
	}
	/* those who are left pay for nobody who has gone */
	for (int i = 0; i < MANY; i++) {
		for (int k = i; k < MANY; k += MANY / 10)
			ck_assert_ptr_nonnull(ph_set_table_find(&table, nth(crowd, k)));
		ph_set_table_erase(&table, ph_set_table_find(&table, nth(crowd, i)));
		ck_assert_ptr_null(ph_set_table_find(&table, nth(crowd, i)));
		expect_cheap(&table);
	}
	ck_assert_uint_eq(table.count, 0);
	free(table.slots);
	free(crowd);
}
