/* SPDX-License-Identifier: MIT */

/* ph settings: every setting of the library, and who gave it its value. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <prochandle.h>

#include "json.h"
#include "message.h"
#include "status.h"
#include "table.h"
#include "text.h"

enum format { FORMAT_TABLE, FORMAT_MDOC };

struct settings_options {
	int format;
};

static const struct option_spec options[] = {
	{ 0, "format", "FORMAT", "table, or mdoc as in the manual", OPTION_WORD,
	  offsetof(struct settings_options, format), .words = "table mdoc" },
	{ 0 },
};

static const struct settings_options defaults = { .format = FORMAT_TABLE };

static const struct table_column columns[] = {
	{ "NAME", 0 },
	{ "VALUE", 0 },
	{ "SOURCE", 0 },
	{ "DEFAULT", 0 },
	{ "EVENTS", SCOLS_FL_RIGHT },
	{ "HELP", SCOLS_FL_TRUNC },
};

struct printing {
	const struct call *call;
	struct libscols_table *table;
};

/* Is it one of the operands, or are there none? */
static bool is_wanted(const struct call *call, const char *name)
{
	for (size_t i = 0; i < call->count; i++)
		if (strcmp(call->operands[i], name) == 0)
			return true;
	return call->count == 0;
}

static const char *problem_of(const struct ph_setting *setting)
{
	if (setting->flags & PH_SETTING_UNKNOWN)
		return "unknown";
	return setting->flags & PH_SETTING_INVALID ? "invalid" : NULL;
}

static void print_json(const struct ph_setting *setting)
{
	struct json_object *object = json_line();
	bool is_unknown = setting->flags & PH_SETTING_UNKNOWN;

	json_add_text(object, "name", setting->name);
	json_add_text(object, "value", setting->value);
	json_add_text(object, "source", setting->source);
	json_add_text(object, "problem", problem_of(setting));
	if (!is_unknown) {
		json_add_text(object, "default", setting->initial);
		json_add_text(object, "old", setting->old);
		json_add_text(object, "changed",
			      setting->changed[0] != '\0' ? setting->changed : NULL);
		json_add_text(object, "help", setting->help);
	}
	if (!is_unknown && !(setting->flags & PH_SETTING_OPAQUE))
		json_add_int(object, "events", (int64_t)setting->events);
	json_end(object);
}

static void print_mdoc(const struct ph_setting *setting)
{
	if (setting->flags & PH_SETTING_UNKNOWN)
		return;
	(void)printf(".It Va %s\n%s\n", setting->name, setting->help);
	(void)printf("The default is %s; %s brings the older or weaker behaviour back.\n",
		     setting->initial, setting->old);
	if (setting->changed[0] != '\0')
		(void)printf("The default changed in version %s.\n", setting->changed);
}

static void print_row(struct libscols_table *table, const struct ph_setting *setting)
{
	const char *problem = problem_of(setting);
	char name[128];
	char value[128];
	char events[32] = "";
	char help[256];
	const char *cells[] = { name, value, setting->source, setting->initial, events, help };

	text_escape(setting->name, name, sizeof(name));
	text_escape(setting->value, value, sizeof(value));
	if (!(setting->flags & (PH_SETTING_UNKNOWN | PH_SETTING_OPAQUE)))
		(void)snprintf(events, sizeof(events), "%" PRIu64, setting->events);
	if (problem)
		(void)snprintf(help, sizeof(help), "(%s%s in PHDEBUG)", problem,
			       setting->flags & PH_SETTING_INVALID ? " value" : " name");
	else
		(void)snprintf(help, sizeof(help), "%s", setting->help);
	table_add(table, cells, LENGTH(cells));
}

static int print(const struct ph_setting *setting, void *arg)
{
	struct printing *printing = arg;
	const struct settings_options *own = printing->call->options;

	if (!is_wanted(printing->call, setting->name))
		return 0;
	if (printing->call->json)
		print_json(setting);
	else if (own->format == FORMAT_MDOC)
		print_mdoc(setting);
	else
		print_row(printing->table, setting);
	return 0;
}

static int run(struct call *call)
{
	const struct settings_options *own = call->options;
	struct printing printing = { .call = call };
	const char *value;
	int status = STATUS_OK;

	for (size_t i = 0; i < call->count; i++)
		if (ph_setting_get(call->operands[i], &value) < 0) {
			if (!call->quiet)
				message(call, "%s: no such setting", call->operands[i]);
			status = STATUS_NO;
		}
	if (!call->json && own->format == FORMAT_TABLE)
		printing.table = table_new(columns, LENGTH(columns));
	(void)ph_setting_each(print, &printing);
	if (printing.table)
		table_end(printing.table);
	return status;
}

const struct verb verb_settings = {
	.name = "settings",
	.operands = "[NAME...]",
	.summary = "Show the settings of the library, and where each value is from",
	.examples = {
		{ "ph settings", "all of them" },
		{ "PHDEBUG=pidfd=0 ph settings pidfd", "one, as the environment has it" },
		{ "ph settings --json", "for programs" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.operand_kind = OPERAND_SETTING,
	.abilities = VERB_JSON,
	.run = run,
};
