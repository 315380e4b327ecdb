/* SPDX-License-Identifier: MIT */

/* The transcript of what was observed, for people and for programs. */

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <prochandle.h>

#include "base/signals.h"
#include "demo.h"
#include "json.h"
#include "output.h"
#include "status.h"
#include "text.h"

/* the column of the marks at the end of a line */
enum { MARK_COLUMN = 78 };

static const char *const method_names[] = {
	[DEMO_RANGE] = "pid_max",
	[DEMO_SET_TID] = "set_tid",
	[DEMO_LAST_PID] = "ns_last_pid",
	[DEMO_WRAP] = "wrap",
};

static int columns(const char *text)
{
	int count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* "line                    ✓" */
static void print_marked(const struct call *call, bool is_good, const char *line)
{
	int padding = MARK_COLUMN - columns(line);

	(void)printf("%s%*s%s\n", line, padding > 1 ? padding : 1, "",
		     paint(call, is_good ? PAINT_GOOD : PAINT_BAD, is_good ? "✓" : "✗"));
}

static void print_reuse(const struct demo_facts *facts)
{
	const struct demo_reuse *reuse = &facts->reuse[0];
	char line[256];

	if (facts->method == DEMO_RANGE || facts->method == DEMO_WRAP)
		(void)snprintf(
			line, sizeof(line),
			"3. other programs start … %ld later the kernel gives %d to \"payroll\"",
			reuse->others, (int)facts->pid);
	else
		(void)snprintf(line, sizeof(line),
			       "3. the kernel is asked for %d again (%s): \"payroll\" has it",
			       (int)facts->pid, method_names[facts->method]);
	(void)printf("%s%*s(%lld ms)\n", line, columns(line) < 73 ? 73 - columns(line) : 1, "",
		     (long long)reuse->ms);
}

static void print_kill(const struct call *call, const struct demo_facts *facts)
{
	bool is_dead = facts->shell_end.how == PH_SIGNALED;
	char line[256];
	char name[32] = "";

	(void)ph_signal_name(facts->shell_end.value, name, sizeof(name));
	(void)snprintf(line, sizeof(line), "4. %-34s→  exit %d.  payroll is %s (%s%s).",
		       "$ kill $(cat backup.pid)", facts->shell_status, is_dead ? "DEAD" : "alive",
		       is_dead ? "SIG" : "not signalled", is_dead ? name : "");
	print_marked(call, !is_dead, line);
}

static void print_ph_kill(const struct demo_facts *facts)
{
	char command[PH_ID_SIZE + 16];

	(void)snprintf(command, sizeof(command), "$ ph kill %s", facts->handle);
	(void)printf("5. %-34s→  exit %d:  ", command, facts->killed.status);
	text_print(stdout, facts->killed.message);
	(void)putchar('\n');
}

static void print_ph_stop(const struct demo_facts *facts)
{
	char message[sizeof(facts->stopped.message)];

	/* that nothing was sent has been said */
	(void)snprintf(message, sizeof(message), "%.*s", (int)strcspn(facts->stopped.message, ";"),
		       facts->stopped.message);
	(void)printf("   %-34s→  exit %d:  ", "$ ph stop @backup.pid", facts->stopped.status);
	text_print(stdout, message);
	(void)putchar('\n');
}

static void print_payroll(const struct call *call, const struct demo_facts *facts)
{
	print_marked(call, facts->is_alive,
		     facts->is_alive ? "   payroll is alive." : "   payroll is DEAD.");
}

static void print_text(const struct call *call, const struct demo_facts *facts)
{
	char started[64];

	(void)snprintf(started, sizeof(started), "1. \"backup\" starts as PID %d", (int)facts->pid);
	(void)printf("%-40s handle %s   (pidfile: %d)\n", started, facts->handle, (int)facts->pid);
	(void)puts("2. \"backup\" crashes. The pidfile stays.");
	print_reuse(facts);
	print_kill(call, facts);
	(void)printf("   … again, a new \"payroll\" on %d …\n", (int)facts->pid);
	print_ph_kill(facts);
	if (facts->stopped.status >= 0)
		print_ph_stop(facts);
	print_payroll(call, facts);
	(void)puts(
		"Numbers get re-used; handles do not.   Try:  ph wait PID · ph run -t 5s -- make");
}

static struct json_object *reuse_json(const struct demo_reuse *reuse)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "handle", reuse->handle);
	json_add_int(object, "others", reuse->others);
	json_add_int(object, "ms", reuse->ms);
	return object;
}

static void print_json(const struct demo_facts *facts)
{
	struct json_object *object = json_line();
	struct json_object *by_number = json_object_new_object();
	struct json_object *by_handle = json_object_new_object();
	struct json_object *by_pidfile = json_object_new_object();
	bool is_dead = facts->shell_end.how == PH_SIGNALED;
	char name[32] = "";

	(void)ph_signal_name(facts->shell_end.value, name, sizeof(name));
	json_add_text(object, "method", method_names[facts->method]);
	json_add_int(object, "pid", facts->pid);
	json_add_text(object, "handle", facts->handle);

	json_add_text(by_number, "command", "kill $(cat backup.pid)");
	json_add(by_number, "payroll", reuse_json(&facts->reuse[0]));
	json_add_int(by_number, "exit", facts->shell_status);
	json_add_text(by_number, "killed_by", is_dead ? name : NULL);
	json_add(object, "by_number", by_number);

	json_add_text(by_handle, "command", "ph kill");
	json_add(by_handle, "payroll", reuse_json(&facts->reuse[1]));
	json_add_int(by_handle, "exit", facts->killed.status);
	json_add_text(by_handle, "message", facts->killed.message);
	json_add_bool(by_handle, "alive", facts->is_alive);
	json_add(object, "by_handle", by_handle);

	if (facts->stopped.status >= 0) {
		json_add_text(by_pidfile, "command", "ph stop @backup.pid");
		json_add_int(by_pidfile, "exit", facts->stopped.status);
		json_add_text(by_pidfile, "message", facts->stopped.message);
		json_add_bool(by_pidfile, "alive", facts->is_alive);
	}
	json_add(object, "by_pidfile", by_pidfile);

	json_add_bool(object, "proved", demo_is_proved(facts));
	json_end(object);
}

bool demo_is_proved(const struct demo_facts *facts)
{
	return facts->shell_status == 0 && facts->shell_end.how == PH_SIGNALED &&
	       facts->shell_end.value == SIGTERM && facts->killed.status == STATUS_STALE &&
	       (facts->stopped.status == STATUS_STALE || facts->stopped.status == -1) &&
	       facts->is_alive;
}

void demo_print(const struct call *call, const struct demo_facts *facts)
{
	if (call->json)
		print_json(facts);
	else
		print_text(call, facts);
}
