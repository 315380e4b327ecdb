/* SPDX-License-Identifier: MIT */

/*
 * Settings that are changed between any two loads of a look at them, as
 * another thread may do: the engine is compiled in here, with loads that can
 * be interrupted.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <prochandle.h>

#include "harness.h"

static void load(void);

#undef atomic_load
/* first which one, then the moment, then the load */
#define atomic_load(object)                                     \
	__extension__({                                         \
		__auto_type at = (object);                      \
		load();                                         \
		atomic_load_explicit(at, memory_order_seq_cst); \
	})

#include "state/settings.c"

/* what is said before the nth load from now on; 0: it has been said */
static const char *change;
static int nth;

static void load(void)
{
	if (nth == 0 || --nth > 0)
		return;
	ck_assert_int_eq(ph_setting_say(PH_SETTING_OSFINDERR, change), 0);
}

/* Return: whether it came to that */
static bool has_been_said(void)
{
	bool has_been_said = nth == 0;

	nth = 0;
	return has_been_said;
}

static void begin(int loads, bool is_said)
{
	nth = 0;
	ck_assert_int_eq(ph_setting_say(PH_SETTING_OSFINDERR, is_said ? "1" : NULL), 0);
	change = is_said ? NULL : "1";
	nth = loads;
}

static void expect_on(int loads)
{
	ck_assert_msg(ph_settings_in_force >> PH_SETTING_OSFINDERR & 1, "load %d", loads);
}

/* 1 by default and by the call, and nothing else by anybody */
TEST(a_look_never_sees_a_value_that_nobody_says)
{
	for (int is_said = 0; is_said < 2; is_said++) {
		int loads = 0;

		do {
			enum ph_setting_source source;
			const char *value;

			begin(++loads, is_said);
			value = ph_setting_value(PH_SETTING_OSFINDERR, &source);
			ck_assert_msg(strcmp(value, "1") == 0, "load %d", loads);
			ck_assert(source == PH_SOURCE_CALL || source == PH_SOURCE_DEFAULT);
		} while (has_been_said());
		ck_assert_int_gt(loads, 1);
	}
}

/* The first words that are published, before they are looked at again. */
TEST(what_is_worked_out_never_holds_a_value_that_nobody_says)
{
	for (int is_said = 0; is_said < 2; is_said++) {
		int loads = 0;

		do {
			begin(++loads, is_said);
			ck_assert_msg(compute() >> PH_SETTING_OSFINDERR & 1, "load %d", loads);
		} while (has_been_said());
		ck_assert_int_gt(loads, 10);
	}
}

TEST(a_change_in_the_middle_of_another_is_not_lost)
{
	for (int is_said = 0; is_said < 2; is_said++) {
		int loads = 0;

		do {
			enum ph_setting_source source;

			begin(++loads, is_said);
			ck_assert_int_eq(ph_setting_say(PH_SETTING_INFO, loads % 2 ? "0" : NULL), 0);
			expect_on(loads);
			if (nth == 0) {
				(void)ph_setting_value(PH_SETTING_OSFINDERR, &source);
				ck_assert(source == (change ? PH_SOURCE_CALL : PH_SOURCE_DEFAULT));
			}
			ck_assert_int_eq(ph_settings_in_force >> PH_SETTING_INFO & 1, !(loads % 2));
		} while (has_been_said());
		ck_assert_int_gt(loads, 10);
	}
}
