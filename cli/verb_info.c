/* SPDX-License-Identifier: MIT */

/* ph info: everything that is known about processes, or just whether they live. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "columns.h"
#include "duration.h"
#include "ends_print.h"
#include "message.h"
#include "status.h"
#include "targets.h"
#include "text.h"

/* "  parent          1 (init)": the name, and then the text, escaped */
PH_PRINTF(2, 3)
static void line(const char *name, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0)
		abort();
	(void)printf("  %-14s ", name);
	text_print(stdout, text);
	(void)putchar('\n');
	free(text);
}

static void print_parent(struct ph_process *process, const struct ph_info *info)
{
	PH_AUTO struct ph_process *parent = NULL;
	char handle[PH_ID_SIZE];
	char comm[COMM_SIZE];

	if (info->parent == 0) {
		line("parent", "none here");
	} else if (ph_parent(process, &parent) == 0 && handle_text(parent, handle) == 0) {
		comm_of(parent, comm);
		line("parent", "%s%s%s", handle, *comm != '\0' ? " " : "", comm);
	} else {
		line("parent", "%d", info->parent);
	}
}

static void print_relations(struct ph_process *process, const struct ph_info *info)
{
	char tty[32];
	const char *name;

	if (info->got & PH_INFO_PARENT)
		print_parent(process, info);
	if (info->got & PH_INFO_GROUP)
		line("group", "%d", info->group);
	if (info->got & PH_INFO_SESSION)
		line("session", "%d", info->session);
	if (info->got & PH_INFO_TTY) {
		name = tty_name(info->tty, tty);
		line("terminal", "%s", name ? name : "none");
	}
}

static void print_users(const struct ph_info *info)
{
	if (info->got & PH_INFO_USER) {
		line("user", "%s (%u)", user_name(info->uid), info->uid);
		line("group of user", "%s (%u)", group_name(info->gid), info->gid);
	}
	if (!(info->got & PH_INFO_REAL_USER))
		return;
	if (info->real_uid != info->uid)
		line("real user", "%s (%u)", user_name(info->real_uid), info->real_uid);
	if (info->real_gid != info->gid)
		line("real group", "%s (%u)", group_name(info->real_gid), info->real_gid);
}

static void print_start(const struct row *row)
{
	time_t start = row->info.start_ns / 1000000000;
	char age[DURATION_SIZE];
	char text[64];
	struct tm utc;

	(void)gmtime_r(&start, &utc);
	duration_text(row_age_ms(row), age);
	if (strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
		line("started", "%s, %s ago", text, age);
}

static void print_use(const struct ph_info *info)
{
	char user[DURATION_SIZE];
	char sys[DURATION_SIZE];

	if (info->got & PH_INFO_THREADS)
		line("threads", "%llu", (unsigned long long)info->threads);
	if (info->got & PH_INFO_MEMORY)
		line("memory", "%llu KiB resident, %llu KiB of addresses",
		     (unsigned long long)info->rss / 1024, (unsigned long long)info->vsize / 1024);
	if (info->got & PH_INFO_TIME) {
		duration_text(info->user_us / 1000, user);
		duration_text(info->sys_us / 1000, sys);
		line("CPU time", "%s in user mode, %s in the kernel", user, sys);
	}
}

static void print_texts(const struct row *row)
{
	static const char *const names[] = {
		[PH_TEXT_EXE] = "program",   [PH_TEXT_CWD] = "directory",   [PH_TEXT_ROOT] = "root",
		[PH_TEXT_CGROUP] = "cgroup", [PH_TEXT_WCHAN] = "sleeps in",
	};

	for (size_t i = 0; i < LENGTH(names); i++)
		if (names[i] && row->texts[i] && row->texts[i][0] != '\0')
			line(names[i], "%s", row->texts[i]);
}

static void print_command(struct row *row)
{
	if (!(row->info.got & PH_INFO_CMDLINE) || row->command.size == 0)
		return;
	command_join(&row->command);
	line("command", "%s", row->command.text);
}

static void print_state(const struct ph_info *info)
{
	const char *name = state_name((char)info->state);

	if (info->state == 'Z')
		name = info->threads > 1 ? "its first thread has ended, others run"
					 : "ended, and not reaped yet";
	line("state", "%c, %s%s", info->state, name,
	     info->flags & PH_IS_KERNEL ? ", a thread of the kernel" : "");
}

static void print_text(struct target *target, const char *id, struct row *row)
{
	const struct ph_info *info = &row->info;
	char text[END_TEXT_SIZE];

	target_print(target, stdout);
	(void)putchar('\n');
	line("identity", "%s", id);
	line("held", "%s", guarantee_text(ph_guarantee(target->process)));
	if (info->got & PH_INFO_STATE)
		print_state(info);
	if (info->got & PH_INFO_EXIT) {
		end_text(target->process, &info->exit, text);
		line("end", "%s", text);
	}
	print_command(row);
	print_texts(row);
	print_relations(target->process, info);
	print_users(info);
	if (info->got & PH_INFO_START)
		print_start(row);
	print_use(info);
}

static void print_json(const struct target *target, const char *id, const struct row *row)
{
	struct json_object *object = target_json(target);

	json_add_text(object, "id", id);
	json_add_text(object, "guarantee", guarantee_text(ph_guarantee(target->process)));
	row_json(row, object);
	if (row->info.got & PH_INFO_EXIT)
		json_add(object, "exit", exit_json(target->process, &row->info.exit));
	json_end(object);
}

/* Return: 0, or a negative errno value */
static int tell(const struct call *call, struct target *target, bool is_first)
{
	struct rows rows = {
		.want = PH_INFO_ALL,
		.want_texts = 1U << PH_TEXT_EXE | 1U << PH_TEXT_CWD | 1U << PH_TEXT_ROOT |
			      1U << PH_TEXT_CGROUP | 1U << PH_TEXT_WCHAN,
	};
	char id[PH_ID_SIZE] = "";
	int r;

	/* how a zombie ended is known once somebody has looked */
	(void)ph_wait(target->process, 0, NULL);
	r = rows_add(&rows, target->process);
	if (r == 0)
		r = ph_id(target->process, id, sizeof(id));
	if (r >= 0 && call->json) {
		print_json(target, id, &rows.all[0]);
	} else if (r >= 0) {
		if (!is_first)
			(void)putchar('\n');
		print_text(target, id, &rows.all[0]);
	}
	rows_free(&rows);
	return r < 0 ? r : 0;
}

/* A zombie has ended, even if it is still there to be asked. */
static int is_alive(struct ph_process *process)
{
	int r = ph_wait(process, 0, NULL);

	if (r == -ETIMEDOUT)
		return 0;
	return r < 0 ? r : -ESRCH;
}

static int run(struct call *call)
{
	struct targets targets;
	int worst = targets_open(call, &targets);
	bool is_first = true;

	if (worst != STATUS_OK)
		return worst;
	for (size_t i = 0; i < targets.count; i++) {
		struct target *target = &targets.all[i];
		int r = target->error;

		if (r == 0)
			r = call->quiet ? is_alive(target->process) : tell(call, target, is_first);
		if (r < 0)
			worst = status_worse(worst, target_fail(call, target, r));
		else
			is_first = false;
	}
	targets_close(&targets);
	return worst;
}

const struct verb verb_info = {
	.name = "info",
	.operands = "SELECTOR...",
	.summary = "Show everything that is known about processes",
	.notes = "With -q nothing is printed: exit 0 if all of them run, 1 if one has ended,\n"
		 "also if it is not reaped yet, 4 if the number is another process now.",
	.examples = {
		{ "ph info $$", "about this shell" },
		{ "ph info -q 1234:5678 || restart", "does it still run?" },
		{ "ph info --json name:nginx", "one object for each" },
	},
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_PIDFILES,
	.run = run,
};
