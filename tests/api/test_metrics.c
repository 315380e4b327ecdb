/* SPDX-License-Identifier: MIT */

/* Metrics: a sorted list of what can be read, and the text of Prometheus. */

#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "api.h"

enum { MOST = 128 };

struct walk {
	const char *names[MOST];
	uint64_t values[MOST];
	int kinds[MOST];
	int count;
	int stop_at;
};

static int remember(const struct ph_metric *metric_, void *arg)
{
	struct walk *walk = arg;

	ck_assert_int_lt(walk->count, MOST);
	ck_assert_ptr_nonnull(metric_->help);
	ck_assert_int_eq(metric_->help[strlen(metric_->help) - 1], '.');
	/* the names are valid for ever */
	walk->names[walk->count] = metric_->name;
	walk->values[walk->count] = metric_->value;
	walk->kinds[walk->count] = metric_->kind;
	walk->count++;
	return walk->count == walk->stop_at ? -4711 : 0;
}

static struct walk walked(void)
{
	struct walk walk = { .stop_at = -1 };

	ck_assert_int_eq(ph_metric_each(remember, &walk), 0);
	return walk;
}

TEST(metrics_are_sorted_and_unique)
{
	struct walk walk = walked();

	ck_assert_int_gt(walk.count, 20);
	for (int i = 1; i < walk.count; i++)
		ck_assert_str_lt(walk.names[i - 1], walk.names[i]);
}

TEST(a_name_is_a_path_and_a_unit)
{
	struct walk walk = walked();

	for (int i = 0; i < walk.count; i++) {
		const char *unit = strchr(walk.names[i], ':');

		ck_assert_int_eq(strncmp(walk.names[i], "/prochandle/", 12), 0);
		ck_assert_ptr_nonnull(unit);
		ck_assert_uint_gt(strspn(unit + 1, "abcdefghijklmnopqrstuvwxyz"), 0);
		ck_assert_uint_eq(strspn(unit + 1, "abcdefghijklmnopqrstuvwxyz"), strlen(unit + 1));
	}
}

TEST(what_is_listed_can_be_read)
{
	struct walk walk = walked();

	for (int i = 0; i < walk.count; i++)
		ck_assert_uint_eq(metric(walk.names[i]), walk.values[i]);
}

TEST(everything_exists_from_the_start_at_zero)
{
	struct walk walk = walked();

	for (int i = 0; i < walk.count; i++)
		ck_assert_uint_eq(walk.values[i], 0);
}

static bool is_gauge(const char *name)
{
	return strcmp(name, "/prochandle/handles/open:handles") == 0 ||
	       strcmp(name, "/prochandle/spawns/late/left:processes") == 0;
}

TEST(there_are_two_gauges_and_all_else_only_grows)
{
	struct walk walk = walked();

	for (int i = 0; i < walk.count; i++)
		ck_assert_int_eq(walk.kinds[i], is_gauge(walk.names[i]) ? PH_GAUGE : PH_COUNTER);
}

static int find_setting(const struct ph_setting *setting, void *arg)
{
	char name[96];
	uint64_t value = 4711;
	int r;

	(void)arg;
	if (setting->flags & PH_SETTING_UNKNOWN)
		return 0;
	(void)snprintf(name, sizeof(name), "/prochandle/non-default-behavior/%s:events",
		       setting->name);
	r = ph_metric_read(name, &value);
	if (setting->flags & PH_SETTING_OPAQUE) {
		ck_assert_int_eq(r, -ENOENT);
	} else {
		ck_assert_int_eq(r, 0);
		ck_assert_uint_eq(value, setting->events);
	}
	return 0;
}

TEST(every_setting_has_its_counter)
{
	set("osfinderr", "0");
	(void)ph_unref(found(getpid()));
	ck_assert_int_eq(ph_setting_each(find_setting, NULL), 0);
}

TEST(the_walk_ends_when_it_is_told_to)
{
	struct walk walk = { .stop_at = 3 };

	ck_assert_int_eq(ph_metric_each(remember, &walk), -4711);
	ck_assert_int_eq(walk.count, 3);
	ck_assert_int_eq(ph_metric_each(NULL, NULL), -EINVAL);
}

TEST(what_is_not_there_cannot_be_read)
{
	uint64_t value = 4711;

	ck_assert_int_eq(ph_metric_read("", &value), -ENOENT);
	ck_assert_int_eq(ph_metric_read("/prochandle", &value), -ENOENT);
	ck_assert_int_eq(ph_metric_read("/prochandle/handles/open", &value), -ENOENT);
	ck_assert_int_eq(ph_metric_read("/prochandle/handles/open:handles ", &value), -ENOENT);
	ck_assert_int_eq(ph_metric_read("/prochandle/non-default-behavior/nosuch:events", &value),
			 -ENOENT);
	ck_assert_int_eq(ph_metric_read(NULL, &value), -EINVAL);
	ck_assert_int_eq(ph_metric_read("/prochandle/handles/open:handles", NULL), -EINVAL);
	ck_assert_uint_eq(value, 4711);
}

TEST(counters_never_go_down)
{
	struct walk before, after;
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	before = walked();
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	expect_not_found(child.pid, -ESRCH);
	process = ph_unref(process);
	after = walked();
	for (int i = 0; i < before.count; i++)
		if (before.kinds[i] == PH_COUNTER)
			ck_assert_uint_ge(after.values[i], before.values[i]);
	child_forget(&child);
}

/* one line without its end, cut off the front */
static const char *next_line(const char **text)
{
	static char line[512];
	size_t length = strcspn(*text, "\n");

	ck_assert_uint_lt(length, sizeof(line));
	ck_assert_int_eq((*text)[length], '\n');
	memcpy(line, *text, length);
	line[length] = '\0';
	*text += length + 1;
	return line;
}

/* [a-zA-Z_:][a-zA-Z0-9_:]* */
static size_t name_length(const char *text)
{
	size_t length = 0;

	if (isdigit((unsigned char)text[0]))
		return 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_' || text[length] == ':')
		length++;
	return length;
}

TEST(the_text_is_what_prometheus_reads)
{
	struct walk walk;
	char text[32768];
	const char *rest = text;
	int length;

	set("osfinderr", "0");
	(void)ph_unref(found(getpid()));
	walk = walked();
	length = ph_metrics_text(text, sizeof(text));
	ck_assert_int_gt(length, 0);
	ck_assert_int_lt(length, (int)sizeof(text));
	ck_assert_uint_eq(strlen(text), length);

	for (int i = 0; i < walk.count; i++) {
		char name[128], kind[16];
		uint64_t value;
		const char *line = next_line(&rest);

		ck_assert_int_eq(strncmp(line, "# HELP ", 7), 0);
		(void)snprintf(name, sizeof(name), "%.*s", (int)name_length(line + 7), line + 7);
		ck_assert_int_eq(line[7 + strlen(name)], ' ');
		ck_assert_int_eq(strncmp(name, "prochandle_", 11), 0);
		ck_assert_ptr_null(strchr(line, '\\'));

		line = next_line(&rest);
		ck_assert_int_eq(strncmp(line, "# TYPE ", 7), 0);
		ck_assert_int_eq(strncmp(line + 7, name, strlen(name)), 0);
		ck_assert_int_eq(sscanf(line + 7 + strlen(name), " %15s", kind), 1);
		ck_assert_str_eq(kind, walk.kinds[i] == PH_COUNTER ? "counter" : "gauge");
		/* by convention, and for a parser of OpenMetrics by rule */
		if (walk.kinds[i] == PH_COUNTER)
			ck_assert_str_eq(name + strlen(name) - 6, "_total");

		line = next_line(&rest);
		ck_assert_int_eq(strncmp(line, name, strlen(name)), 0);
		ck_assert_int_eq(sscanf(line + strlen(name), " %" SCNu64, &value), 1);
		ck_assert_uint_eq(value, walk.values[i]);
	}
	ck_assert_str_eq(rest, "");
}

TEST(the_text_is_cut_and_counted_in_full)
{
	static char whole[32768], text[32768];
	int length = ph_metrics_text(whole, sizeof(whole));

	ck_assert_int_eq(ph_metrics_text(NULL, 0), length);
	for (size_t size = 1; size < 300; size++) {
		memset(text, 'x', sizeof(text));
		ck_assert_int_eq(ph_metrics_text(text, size), length);
		ck_assert_uint_le(strlen(text), size - 1);
		ck_assert_int_eq(strncmp(text, whole, strlen(text)), 0);
		ck_assert_int_eq(text[size], 'x');
	}
	ck_assert_int_eq(ph_metrics_text(NULL, 1), -EINVAL);
}
