/* SPDX-License-Identifier: MIT */

/* Settings: four sources, one grammar, and counters that do not lie. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

/*
 * Before the first use of the library, in a process of the test's own. The run
 * may be one with settings of its own in the environment.
 */
static void environment(const char *text)
{
	must(text ? setenv("PHDEBUG", text, 1) : unsetenv("PHDEBUG"));
}

static void expect_value(const char *name, const char *expected)
{
	const char *value = NULL;

	ck_assert_int_eq(ph_setting_get(name, &value), 0);
	ck_assert_msg(strcmp(value, expected) == 0, "%s is %s instead of %s", name, value, expected);
}

/* What the walk over the settings says of one name. */
struct seen {
	const char *name;
	int count;
	char value[300];
	char source[32];
	char initial[8];
	char old[8];
	uint64_t events;
	unsigned flags;
};

static int see(const struct ph_setting *setting, void *arg)
{
	struct seen *seen = arg;

	if (strcmp(setting->name, seen->name) != 0)
		return 0;
	seen->count++;
	(void)snprintf(seen->value, sizeof(seen->value), "%s", setting->value);
	(void)snprintf(seen->source, sizeof(seen->source), "%s", setting->source);
	(void)snprintf(seen->initial, sizeof(seen->initial), "%s", setting->initial);
	(void)snprintf(seen->old, sizeof(seen->old), "%s", setting->old);
	seen->events = setting->events;
	seen->flags = setting->flags;
	return 0;
}

static struct seen seen_of(const char *name)
{
	struct seen seen = { .name = name };

	ck_assert_int_eq(ph_setting_each(see, &seen), 0);
	return seen;
}

static void expect_seen(const char *name, const char *value, const char *source, unsigned flags)
{
	struct seen seen = seen_of(name);

	ck_assert_int_eq(seen.count, 1);
	ck_assert_str_eq(seen.value, value);
	ck_assert_str_eq(seen.source, source);
	ck_assert_uint_eq(seen.flags, flags);
}

TEST(without_a_word_from_anybody_the_default_holds)
{
	environment(NULL);
	expect_value("osfinderr", "1");
	expect_seen("osfinderr", "1", "default", 0);
}

TEST(the_environment_is_heard)
{
	environment("osfinderr=0");
	expect_value("osfinderr", "0");
	expect_seen("osfinderr", "0", "environment", 0);
	expect_value("pidfd", "1");
	expect_seen("pidfd", "1", "default", 0);
}

TEST(the_environment_is_read_once)
{
	environment("osfinderr=0");
	expect_value("osfinderr", "0");
	environment("osfinderr=1");
	expect_value("osfinderr", "0");
	environment(NULL);
	expect_value("osfinderr", "0");
}

TEST(a_call_is_above_the_environment)
{
	environment("osfinderr=0");
	set("osfinderr", "1");
	expect_value("osfinderr", "1");
	expect_seen("osfinderr", "1", "call", 0);
	set("osfinderr", NULL);
	expect_value("osfinderr", "0");
	expect_seen("osfinderr", "0", "environment", 0);
}

TEST(the_environment_is_above_the_program)
{
	environment("osfinderr=1");
	ck_assert_int_eq(ph_settings_default("osfinderr=0,pidfdgroup=0"), 0);
	expect_value("osfinderr", "1");
	expect_seen("osfinderr", "1", "environment", 0);
	expect_value("pidfdgroup", "0");
	expect_seen("pidfdgroup", "0", "program", 0);
}

TEST(the_program_is_above_the_library)
{
	environment(NULL);
	ck_assert_int_eq(ph_settings_default("osfinderr=0"), 0);
	expect_value("osfinderr", "0");
	expect_seen("osfinderr", "0", "program", 0);
	set("osfinderr", "1");
	expect_seen("osfinderr", "1", "call", 0);
	set("osfinderr", NULL);
	expect_seen("osfinderr", "0", "program", 0);
}

TEST(the_order_of_the_calls_does_not_matter)
{
	environment(NULL);
	set("osfinderr", "1");
	ck_assert_int_eq(ph_settings_default("osfinderr=0"), 0);
	expect_value("osfinderr", "1");
	set("osfinderr", NULL);
	expect_value("osfinderr", "0");
}

TEST(the_defaults_of_a_program_are_replaced_whole)
{
	environment(NULL);
	ck_assert_int_eq(ph_settings_default("osfinderr=0,pidfs=0"), 0);
	ck_assert_int_eq(ph_settings_default("exitinfo=0"), 0);
	expect_value("osfinderr", "1");
	expect_value("pidfs", "1");
	expect_value("exitinfo", "0");
	ck_assert_int_eq(ph_settings_default(""), 0);
	expect_value("exitinfo", "1");
	expect_seen("exitinfo", "1", "default", 0);
}

TEST(the_defaults_of_a_program_are_replaced_not_at_all_on_failure)
{
	environment(NULL);
	ck_assert_int_eq(ph_settings_default("osfinderr=0"), 0);
	ck_assert_int_eq(ph_settings_default("pidfs=0,nosuch=1"), -ENOENT);
	ck_assert_int_eq(ph_settings_default("pidfs=0,exitinfo=2"), -EINVAL);
	ck_assert_int_eq(ph_settings_default("pidfs=0,exitinfo="), -EINVAL);
	ck_assert_int_eq(ph_settings_default(NULL), -EINVAL);
	expect_value("osfinderr", "0");
	expect_value("pidfs", "1");
}

TEST(the_defaults_of_a_program_are_read_as_the_environment_is)
{
	environment(NULL);
	ck_assert_int_eq(ph_settings_default(",,osfinderr=1,osfinderr,pidfs=0,osfinderr=0,"), 0);
	expect_value("osfinderr", "0");
	expect_value("pidfs", "0");
	ck_assert_int_eq(ph_settings_default(" osfinderr=0"), -ENOENT);
	ck_assert_int_eq(ph_settings_default("osfinderr= 0"), -EINVAL);
	ck_assert_int_eq(ph_settings_default("OSFINDERR=0"), -ENOENT);
	ck_assert_int_eq(ph_settings_default("=0"), -ENOENT);
	ck_assert_int_eq(ph_settings_default("osfinderr=0=0"), -EINVAL);
}

/* text of the environment, and what osfinderr is then */
static const struct {
	const char *text;
	const char *value;
} grammar[] = {
	{ "", "1" },
	{ "osfinderr=0", "0" },
	{ "osfinderr=1", "1" },
	/* the last one of a name wins */
	{ "osfinderr=1,osfinderr=0", "0" },
	{ "osfinderr=0,osfinderr=1", "1" },
	{ "osfinderr=0,pidfs=0,osfinderr=1", "1" },
	/* an entry without "=" is ignored, and does not override */
	{ "osfinderr", "1" },
	{ "osfinderr=0,osfinderr", "0" },
	/* split at the first "=" */
	{ "osfinderr=0=1", "1" },
	{ "osfinderr==0", "1" },
	/* a value that it does not know puts the default in force */
	{ "osfinderr=", "1" },
	{ "osfinderr=0,osfinderr=", "1" },
	{ "osfinderr=0,osfinderr=maybe", "1" },
	{ "osfinderr=maybe,osfinderr=0", "0" },
	{ "osfinderr=00", "1" },
	{ "osfinderr=no", "1" },
	/* nothing is trimmed, and case matters */
	{ " osfinderr=0", "1" },
	{ "osfinderr =0", "1" },
	{ "osfinderr= 0", "1" },
	{ "osfinderr=0 ", "1" },
	{ "osfinderr=0\n", "1" },
	{ "OSFINDERR=0", "1" },
	{ "osFindErr=0", "1" },
	/* other signs split nothing and mean nothing */
	{ "osfinderr=0;pidfs=0", "1" },
	{ "osfinderr=0 pidfs=0", "1" },
	{ "osfinderr=0#x", "1" },
	{ "#osfinderr=0", "1" },
	{ "\"osfinderr=0\"", "1" },
	{ "osfinderr:0", "1" },
	/* empty entries are harmless */
	{ ",", "1" },
	{ ",,,osfinderr=0,,", "0" },
	{ "=,=0,osfinderr=0", "0" },
	/* what is unknown is ignored */
	{ "nosuch=0,osfinderr=0,other=1", "0" },
	/* the beginning of a name is not the name */
	{ "osfind=0", "1" },
	{ "osfinderrs=0", "1" },
};

static void expect_grammar(void *arg)
{
	size_t i = *(size_t *)arg;

	environment(grammar[i].text);
	expect_value("osfinderr", grammar[i].value);
}

TEST(the_environment_is_read_by_its_grammar)
{
	for (size_t i = 0; i < sizeof(grammar) / sizeof(grammar[0]); i++)
		in_a_child(expect_grammar, &i);
}

TEST(a_wrong_value_in_the_environment_masks_the_program_and_is_shown)
{
	environment("osfinderr=maybe");
	ck_assert_int_eq(ph_settings_default("osfinderr=0"), 0);
	expect_value("osfinderr", "1");
	expect_seen("osfinderr", "maybe", "environment", PH_SETTING_INVALID);
	/* a call is above it, and then there is nothing wrong */
	set("osfinderr", "0");
	expect_seen("osfinderr", "0", "call", 0);
}

TEST(unknown_names_in_the_environment_are_shown)
{
	environment("nosuch=7,osfinderr=0,=,Pidfd=1,noequals");
	expect_seen("nosuch", "7", "environment", PH_SETTING_UNKNOWN);
	expect_seen("", "", "environment", PH_SETTING_UNKNOWN);
	expect_seen("Pidfd", "1", "environment", PH_SETTING_UNKNOWN);
	ck_assert_int_eq(seen_of("noequals").count, 0);
	expect_seen("pidfd", "1", "default", 0);
	/* as it reads now */
	environment("other=1");
	ck_assert_int_eq(seen_of("nosuch").count, 0);
	expect_seen("other", "1", "environment", PH_SETTING_UNKNOWN);
}

TEST(an_endless_value_in_the_environment_does_no_harm)
{
	char text[5000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "nosuch=", 7);
	memcpy(text + 2000, ",osfinderr=", 11);
	text[sizeof(text) - 1] = '\0';
	environment(text);
	expect_value("osfinderr", "1");
	ck_assert_int_eq(seen_of("nosuch").count, 1);
	ck_assert_uint_eq(seen_of("osfinderr").flags, PH_SETTING_INVALID);
}

TEST(get_and_set_know_the_settings_and_their_values)
{
	const char *value = "untouched";

	ck_assert_int_eq(ph_setting_get("nosuch", &value), -ENOENT);
	ck_assert_int_eq(ph_setting_get("", &value), -ENOENT);
	ck_assert_int_eq(ph_setting_get("OSFINDERR", &value), -ENOENT);
	ck_assert_int_eq(ph_setting_get(NULL, &value), -EINVAL);
	ck_assert_int_eq(ph_setting_get("osfinderr", NULL), -EINVAL);
	ck_assert_str_eq(value, "untouched");
	ck_assert_int_eq(ph_setting_set("nosuch", "1"), -ENOENT);
	ck_assert_int_eq(ph_setting_set("nosuch", NULL), -ENOENT);
	ck_assert_int_eq(ph_setting_set(NULL, "1"), -EINVAL);
	ck_assert_int_eq(ph_setting_set("osfinderr", ""), -EINVAL);
	ck_assert_int_eq(ph_setting_set("osfinderr", "2"), -EINVAL);
	ck_assert_int_eq(ph_setting_set("osfinderr", "on"), -EINVAL);
	ck_assert_int_eq(ph_setting_set("osfinderr", "0 "), -EINVAL);
	expect_value("osfinderr", "1");
	/* to take back what nobody said */
	ck_assert_int_eq(ph_setting_set("osfinderr", NULL), 0);
	expect_value("osfinderr", "1");
}

TEST(a_value_that_was_got_stays_valid)
{
	const char *before = NULL, *after = NULL;

	environment(NULL);
	ck_assert_int_eq(ph_setting_get("osfinderr", &before), 0);
	set("osfinderr", "0");
	ck_assert_int_eq(ph_setting_get("osfinderr", &after), 0);
	ck_assert_str_eq(before, "1");
	ck_assert_str_eq(after, "0");
}

struct walk {
	char names[32][32];
	int count;
	int stop_at;
	bool was_unknown;
};

static int remember(const struct ph_setting *setting, void *arg)
{
	struct walk *walk = arg;

	ck_assert_ptr_nonnull(setting->value);
	ck_assert_ptr_nonnull(setting->source);
	ck_assert_ptr_nonnull(setting->initial);
	ck_assert_ptr_nonnull(setting->old);
	ck_assert_ptr_nonnull(setting->changed);
	ck_assert_ptr_nonnull(setting->help);
	/* the unknown ones come after the others */
	if (walk->was_unknown)
		ck_assert(setting->flags & PH_SETTING_UNKNOWN);
	walk->was_unknown = setting->flags & PH_SETTING_UNKNOWN;
	if (!walk->was_unknown)
		(void)snprintf(walk->names[walk->count], 32, "%s", setting->name);
	walk->count++;
	return walk->count == walk->stop_at ? 4711 : 0;
}

TEST(the_walk_shows_all_settings_sorted)
{
	static const char *const names[] = {
		"autokill",   "cgroupbirth", "cgroupkill",   "clone3",	    "clonepidfd",
		"closerange", "exitinfo",    "osfinderr",    "peerpidfd",   "pidfd",
		"pidfdgetfd", "pidfdgroup",  "pidfdinfo",    "pidfdsignal", "pidfdwait",
		"pidfs",      "pidfshandle", "procchildren", "procfs",	    "vfork"
	};
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	struct walk walk = { .stop_at = -1 };

	environment("zzz=1,aaa=2");
	ck_assert_int_eq(ph_setting_each(remember, &walk), 0);
	ck_assert_int_eq(walk.count, NAMES + 2);
	for (int i = 0; i < NAMES; i++)
		ck_assert_str_eq(walk.names[i], names[i]);
}

TEST(the_walk_ends_when_it_is_told_to)
{
	struct walk walk = { .stop_at = 2 };

	ck_assert_int_eq(ph_setting_each(remember, &walk), 4711);
	ck_assert_int_eq(walk.count, 2);
	ck_assert_int_eq(ph_setting_each(NULL, NULL), -EINVAL);
}

TEST(every_setting_tells_its_default_and_its_older_value)
{
	static const char *const names[] = { "exitinfo", "osfinderr", "pidfd", "procfs" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct seen seen = seen_of(names[i]);

		ck_assert_str_eq(seen.initial, "1");
		ck_assert_str_eq(seen.old, "0");
	}
}

TEST(to_read_and_to_set_counts_nothing)
{
	struct walk walk = { .stop_at = -1 };

	environment("osfinderr=0,pidfd=0,pidfdgroup=0,procfs=0");
	expect_value("pidfd", "0");
	set("pidfs", "0");
	set("pidfs", NULL);
	ck_assert_int_eq(ph_setting_each(remember, &walk), 0);
	(void)ph_features();
	for (int i = 0; i < walk.count; i++)
		ck_assert_msg(seen_of(walk.names[i]).events == 0, "%s", walk.names[i]);
}

TEST(handles_that_exist_keep_what_they_have)
{
	struct child child = child_start();
	struct ph_process *before = found(child.pid), *after;
	int guarantee = ph_guarantee(before);

	set("pidfd", "0");
	set("procfs", "0");
	after = found(child.pid);
	ck_assert_int_eq(ph_guarantee(before), guarantee);
	ck_assert_int_eq(ph_guarantee(after), PH_UNCHECKED);
	set("pidfd", NULL);
	set("procfs", NULL);
	ck_assert_int_eq(ph_guarantee(after), PH_UNCHECKED);
	ck_assert_int_eq(ph_kill(before, SIGKILL, PH_ONE), 0);
	expect_end(before, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	before = ph_unref(before);
	after = ph_unref(after);
	child_forget(&child);
}
