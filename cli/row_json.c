/* SPDX-License-Identifier: MIT */

/* The facts of a process as fields of an object; what is not known has none. */

#include <stdlib.h>
#include <string.h>

#include "row.h"

static void add_user(const struct ph_info *info, struct json_object *object)
{
	if (info->got & PH_INFO_USER) {
		json_add_text(object, "user", user_name(info->uid));
		json_add_int(object, "uid", info->uid);
		json_add_int(object, "gid", info->gid);
	}
	if (info->got & PH_INFO_REAL_USER) {
		json_add_int(object, "real_uid", info->real_uid);
		json_add_int(object, "real_gid", info->real_gid);
	}
}

static void add_relations(const struct ph_info *info, struct json_object *object)
{
	char tty[32];

	if (info->got & PH_INFO_PARENT)
		json_add_int(object, "ppid", info->parent);
	if (info->got & PH_INFO_GROUP)
		json_add_int(object, "pgid", info->group);
	if (info->got & PH_INFO_SESSION)
		json_add_int(object, "sid", info->session);
	if (info->got & PH_INFO_TTY)
		json_add_text(object, "tty", tty_name(info->tty, tty));
}

static void add_state(const struct ph_info *info, struct json_object *object)
{
	char state[2] = { (char)info->state };

	if (info->got & PH_INFO_STATE) {
		json_add_text(object, "state", state);
		json_add_bool(object, "kernel", info->flags & PH_IS_KERNEL);
	}
	if (info->got & PH_INFO_THREADS)
		json_add_int(object, "threads", (int64_t)info->threads);
	if (info->got & PH_INFO_MEMORY) {
		json_add_int(object, "rss", (int64_t)info->rss);
		json_add_int(object, "vsize", (int64_t)info->vsize);
	}
	if (info->got & PH_INFO_TIME) {
		json_add_int(object, "user_us", info->user_us);
		json_add_int(object, "sys_us", info->sys_us);
	}
}

static void add_start(const struct row *row, struct json_object *object)
{
	const struct ph_info *info = &row->info;
	struct timespec start = {
		.tv_sec = info->start_ns / 1000000000,
		.tv_nsec = info->start_ns % 1000000000,
	};

	if (!(info->got & PH_INFO_START))
		return;
	json_add_time(object, "start", &start);
	json_add_int(object, "start_ticks", (int64_t)info->start_ticks);
	json_add_int(object, "age_ms", row_age_ms(row));
}

static void add_args(const struct command *command, struct json_object *object)
{
	size_t count = 0;
	char **args;

	/* the last argument may have lost its NUL where the text was cut */
	for (size_t at = 0; at < command->size; at += strlen(command->text + at) + 1)
		count++;
	args = calloc(count + 1, sizeof(*args));
	if (!args)
		abort();
	count = 0;
	for (size_t at = 0; at < command->size; at += strlen(command->text + at) + 1)
		args[count++] = command->text + at;
	json_add_texts(object, "args", args);
	free(args);
}

void row_json(const struct row *row, struct json_object *object)
{
	static const char *const names[] = {
		[PH_TEXT_EXE] = "exe",	     [PH_TEXT_CWD] = "cwd",	[PH_TEXT_ROOT] = "root",
		[PH_TEXT_CGROUP] = "cgroup", [PH_TEXT_WCHAN] = "wchan",
	};

	add_relations(&row->info, object);
	add_user(&row->info, object);
	add_state(&row->info, object);
	add_start(row, object);
	if (row->info.got & PH_INFO_CMDLINE)
		add_args(&row->command, object);
	for (size_t i = 0; i < LENGTH(names); i++)
		if (names[i] && row->texts[i])
			json_add_text(object, names[i], row->texts[i]);
}

struct json_object *row_json_line(const struct row *row)
{
	struct json_object *object = json_line();

	json_add_text(object, "handle", row->handle);
	json_add_int(object, "pid", row->info.pid);
	json_add_text(object, "comm", row->info.got & PH_INFO_COMM ? row->info.comm : NULL);
	row_json(row, object);
	return object;
}
