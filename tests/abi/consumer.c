/* SPDX-License-Identifier: MIT */

/*
 * A program in C99 that touches every symbol of the shared library, and knows
 * nothing but the header. It prints TAP, one line for each.
 */

#include <prochandle.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int count;
static int failed;

static void expect(int is_right, const char *what)
{
	count++;
	failed += !is_right;
	printf("%sok %d - %s\n", is_right ? "" : "not ", count, what);
}

static int see_setting(const struct ph_setting *setting, void *arg)
{
	*(int *)arg += setting->name != NULL;
	return 0;
}

static int see_metric(const struct ph_metric *metric, void *arg)
{
	*(int *)arg += metric->name != NULL;
	return 0;
}

static int see_feature(const struct ph_feature *feature, void *arg)
{
	*(int *)arg += feature->name != NULL;
	return 0;
}

static int see_info(const struct ph_info *info, void *arg)
{
	*(int *)arg += info->pid > 0;
	return 0;
}

static int see_process(struct ph_process *process, void *arg)
{
	*(int *)arg += ph_pid(process) > 0;
	return 0;
}

static void touch_handles(void)
{
	struct ph_process *self = NULL, *other = NULL;
	struct ph_exit how;
	char id[PH_ID_SIZE];
	int r;

	expect(ph_self(&self) == 0 && self, "ph_self");
	expect(ph_find(ph_pid(self), &other) == 0, "ph_find");
	expect(ph_same(self, other) == 1, "ph_same");
	expect(ph_ref(other) == other, "ph_ref");
	expect(ph_unref(other) == NULL && ph_unref(other) == NULL, "ph_unref");
	expect(ph_pid(self) > 0, "ph_pid");
	expect(ph_exists(ph_pid(self)) == 1, "ph_exists");
	expect(ph_guarantee(self) >= PH_UNCHECKED && ph_guarantee(self) <= PH_PINNED,
	       "ph_guarantee");
	other = NULL;
	r = ph_parent(self, &other);
	expect((r == 0) == (other != NULL), "ph_parent");
	other = ph_unref(other);
	r = ph_id(self, id, sizeof(id));
	expect(r > 0 ? (size_t)r == strlen(id) : r < 0, "ph_id");
	r = r > 0 ? ph_find_id(id, &other) : 0;
	expect(r == 0, "ph_find_id");
	other = ph_unref(other);
	r = ph_fd(self);
	expect(ph_from_fd(r, &other) == 0 || r < 0, "ph_fd");
	expect(r < 0 || ph_pid(other) == ph_pid(self), "ph_from_fd");
	other = ph_unref(other);
	expect(ph_find_peer(-1, &other) < 0, "ph_find_peer");
	expect(ph_find_pidfile("/nowhere/x.pid", &other) < 0, "ph_find_pidfile");
	expect(ph_pidfile_write(self, "/nowhere/x.pid") < 0, "ph_pidfile_write");
	expect(ph_pidfile_remove(self, "/nowhere/x.pid") < 0, "ph_pidfile_remove");
	expect(ph_pidfile_clear("/nowhere/x.pid") < 0, "ph_pidfile_clear");
	expect(ph_kill(self, 0, PH_ONE) == 0, "ph_kill");
	expect(ph_kill(self, 0, PH_DESCENDANTS) != -EINVAL, "ph_kill of a scope");
	r = ph_cgroup_fd(self);
	expect(r != -EINVAL, "ph_cgroup_fd");
	if (r >= 0)
		(void)close(r);
	expect(ph_subreaper(-1) >= 0, "ph_subreaper");
	expect(ph_stop(self, PH_ONE, 0, &how) < 0, "ph_stop");
	expect(ph_stop_all(&self, 1, NULL, NULL) < 0, "ph_stop_all");
	expect(ph_stop_all_sized(&self, 1, NULL, 0, NULL) < 0, "ph_stop_all_sized");
	expect(ph_queue(self, 0, 0) == 0, "ph_queue");
	expect(ph_wait(self, 0, NULL) < 0, "ph_wait");
	self = ph_unref(self);
}

static void touch_sets(void)
{
	struct ph_process *self = NULL;
	struct ph_set *set = NULL;
	struct ph_event event;

	expect(ph_set_new(&set) == 0 && set, "ph_set_new");
	expect(ph_self(&self) == 0, "ph_self for a set");
	expect(ph_set_add(set, self, NULL) == 0, "ph_set_add");
	expect(ph_set_count(set) == 1, "ph_set_count");
	expect(ph_set_wait(set, 0, &event, 1) < 0, "ph_set_wait");
	expect(ph_set_remove(set, self) == 0, "ph_set_remove");
	expect(ph_set_fd(set) >= 0 || ph_fd(self) < 0, "ph_set_fd");
	expect(ph_set_ref(set) == set, "ph_set_ref");
	expect(!ph_set_unref(set) && !ph_set_unref(set), "ph_set_unref");
	expect(ph_wait_state(self, PH_WAIT_STOPPED, 0, NULL) < 0, "ph_wait_state");
	self = ph_unref(self);
}

static void touch_facts(void)
{
	struct ph_process *self = NULL;
	struct ph_info info = { 0 };
	char name[PH_COMM_SIZE];
	int seen = 0, r;

	expect(ph_self(&self) == 0, "ph_self");
	expect(ph_info(self, PH_INFO_PID, &info) == 0 && info.pid == ph_pid(self), "ph_info");
	expect(ph_info_sized(self, PH_INFO_PID, &info, 8) < 0, "ph_info_sized");
	r = ph_text(self, PH_TEXT_COMM, name, sizeof(name));
	expect(r < 0 || (size_t)r == strlen(name), "ph_text");
	self = ph_unref(self);
	r = ph_list(NULL, PH_INFO_PID, see_info, &seen);
	expect(r < 0 || seen > 0, "ph_list");
	expect(ph_list_sized(NULL, 0, 0, see_info, &seen) < 0, "ph_list_sized");
	seen = 0;
	r = ph_each(NULL, see_process, &seen);
	expect(r < 0 || seen > 0, "ph_each");
	expect(ph_each_sized(NULL, 0, NULL, &seen) < 0, "ph_each_sized");
}

static void touch_spawns(void)
{
	char *const argv[] = { (char *)"true", NULL };
	struct ph_spawn_options options = { 0 };
	struct ph_process *process = NULL;

	options.out = PH_NULL;
	expect(ph_spawn(argv, &options, &process) == 0, "ph_spawn");
	expect(ph_wait(process, -1, NULL) == 0, "ph_wait after ph_spawn");
	process = ph_unref(process);
	expect(ph_spawn_sized(NULL, NULL, 0, &process) < 0, "ph_spawn_sized");
}

static void touch_runs(void)
{
	char *const argv[] = { (char *)"echo", (char *)"hello", NULL };
	struct ph_output output = { 0 };

	output.timeout_ms = 60000;
	expect(ph_run(argv, NULL, &output) == 0, "ph_run");
	expect(output.out && strcmp(output.out, "hello\n") == 0, "ph_run captures");
	ph_output_clear(&output);
	expect(!output.out && output.timeout_ms == 60000, "ph_output_clear");
	expect(ph_run_sized(argv, NULL, 0, &output, 0) < 0, "ph_run_sized");
	ph_output_clear_sized(&output, sizeof(output));
	expect(!output.err, "ph_output_clear_sized");
}

static void touch_texts(void)
{
	struct ph_exit how = { PH_EXITED, 3, 0, 0, 0, 0 };
	char text[64];

	(void)ph_exit_text(&how, text, sizeof(text));
	expect(strcmp(text, "exited 3") == 0, "ph_exit_text");
	expect(strcmp(ph_version(), "") > 0, "ph_version");
	expect(strcmp(ph_step_text(PH_STEP_EXEC), "execute the program") == 0, "ph_step_text");
	expect(strlen(ph_strerror(-3)) > 0, "ph_strerror");
}

static void touch_state(void)
{
	const char *value = NULL;
	uint64_t number = 1;
	int seen = 0;

	expect(ph_setting_get("osfinderr", &value) == 0 && value, "ph_setting_get");
	expect(ph_setting_set("osfinderr", NULL) == 0, "ph_setting_set");
	expect(ph_settings_default("osfinderr=1") == 0, "ph_settings_default");
	expect(ph_setting_each(see_setting, &seen) == 0 && seen > 0, "ph_setting_each");
	seen = 0;
	expect(ph_metric_each(see_metric, &seen) == 0 && seen > 0, "ph_metric_each");
	expect(ph_metric_read("/prochandle/handles/open:handles", &number) == 0 && number == 0,
	       "ph_metric_read");
	expect(ph_metrics_text(NULL, 0) > 0, "ph_metrics_text");
	seen = 0;
	expect(ph_feature_each(see_feature, &seen) == 0 && seen > 0, "ph_feature_each");
	expect((ph_features() & ~0x7ffffU) == 0, "ph_features");
}

int main(void)
{
	touch_handles();
	touch_sets();
	touch_facts();
	touch_spawns();
	touch_runs();
	touch_texts();
	touch_state();
	printf("1..%d\n", count);
	return failed > 0;
}
