/* SPDX-License-Identifier: MIT */

/* The tables in .def files keep what the engines over them rely on. */

#include <stdbool.h>
#include <string.h>

#include <prochandle.h>

#include "harness.h"
#include "state/metrics.h"
#include "state/settings.h"

TEST(settings_are_sorted_and_unique)
{
	for (int id = 1; id < PH_SETTING_COUNT; id++)
		ck_assert_str_lt(ph_setting_rows[id - 1].name, ph_setting_rows[id].name);
}

TEST(a_setting_says_everything_about_itself)
{
	for (int id = 0; id < PH_SETTING_COUNT; id++) {
		const struct ph_setting_row *row = &ph_setting_rows[id];

		ck_assert_uint_eq(strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789"),
				  strlen(row->name));
		ck_assert_int_ge(ph_setting_parse(row->initial, strlen(row->initial)), 0);
		ck_assert_int_ge(ph_setting_parse(row->old, strlen(row->old)), 0);
		ck_assert_str_ne(row->initial, row->old);
		ck_assert_ptr_nonnull(row->changed);
		ck_assert_int_eq(row->help[strlen(row->help) - 1], '.');
	}
}

TEST(metrics_are_sorted_and_unique)
{
	const struct ph_metric_row *before = ph_metric_at(0);

	ck_assert_ptr_nonnull(before);
	for (size_t i = 1; ph_metric_at(i); i++) {
		ck_assert_str_lt(before->name, ph_metric_at(i)->name);
		before = ph_metric_at(i);
	}
}

TEST(every_metric_has_a_cell_of_its_own)
{
	for (size_t i = 0; ph_metric_at(i); i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_ptr_ne(ph_metric_at(i)->value, ph_metric_at(j)->value);
}

TEST(every_setting_that_counts_has_its_metric)
{
	for (int id = 0; id < PH_SETTING_COUNT; id++) {
		const struct ph_metric_row *row;
		bool is_there = false;

		for (size_t i = 0; (row = ph_metric_at(i)); i++)
			is_there |= row->value == &ph_setting_events[id];
		ck_assert_msg(is_there != ph_setting_rows[id].opaque, "%s",
			      ph_setting_rows[id].name);
	}
}
