/* SPDX-License-Identifier: MIT */

/* ph doctor: what this kernel, this sandbox and this build give. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <prochandle.h>

#include "facts.h"
#include "json.h"
#include "message.h"
#include "output.h"
#include "status.h"
#include "table.h"
#include "text.h"

static const struct table_column columns[] = {
	{ "FEATURE", 0 },
	{ "SINCE", SCOLS_FL_RIGHT },
	{ "STATE", 0 },
	{ "WHAT HAPPENS", SCOLS_FL_TRUNC },
};

static const char *state_of(const struct ph_feature *feature)
{
	switch (feature->state) {
	case PH_FEATURE_USED:
		return "used";
	case PH_FEATURE_OFF:
		return "off";
	case PH_FEATURE_UNBUILT:
		return "unbuilt";
	default:
		return "missing";
	}
}

/* the guarantee of a handle on ph itself, or why there is none */
static int own_guarantee(void)
{
	PH_AUTO struct ph_process *self = NULL;
	int r = ph_find(getpid(), &self);

	return r < 0 ? r : ph_guarantee(self);
}

static int feature_row(const struct ph_feature *feature, void *arg)
{
	const char *cells[] = {
		feature->name,
		feature->kernel,
		state_of(feature),
		feature->state == PH_FEATURE_USED ? feature->gives : feature->instead,
	};

	table_add(arg, cells, LENGTH(cells));
	return 0;
}

static int feature_json(const struct ph_feature *feature, void *arg)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "name", feature->name);
	json_add_text(object, "kernel", feature->kernel);
	json_add_text(object, "state", state_of(feature));
	json_add_text(object, "gives", feature->gives);
	json_add_text(object, "instead", feature->instead);
	(void)json_object_array_add(arg, object);
	return 0;
}

static int problem_line(const struct ph_setting *setting, void *arg)
{
	const char *problem = setting->flags & PH_SETTING_UNKNOWN ? "unknown setting"
								  : "invalid value";

	if (!(setting->flags & (PH_SETTING_UNKNOWN | PH_SETTING_INVALID)))
		return 0;
	(void)printf("%s in PHDEBUG: ", paint(arg, PAINT_BAD, problem));
	text_print(stdout, setting->name);
	(void)putchar('=');
	text_print(stdout, setting->value);
	(void)putchar('\n');
	return 0;
}

static int problem_json(const struct ph_setting *setting, void *arg)
{
	struct json_object *object;

	if (!(setting->flags & (PH_SETTING_UNKNOWN | PH_SETTING_INVALID)))
		return 0;
	object = json_object_new_object();
	json_add_text(object, "name", setting->name);
	json_add_text(object, "value", setting->value);
	json_add_text(object, "problem",
		      setting->flags & PH_SETTING_UNKNOWN ? "unknown" : "invalid");
	(void)json_object_array_add(arg, object);
	return 0;
}

static void print_json(void)
{
	struct json_object *object = json_line();
	struct json_object *features = json_object_new_array();
	struct json_object *problems = json_object_new_array();

	json_add_text(object, "version", ph_version());
	json_add_text(object, "kernel", kernel_release());
	json_add_text(object, "guarantee", guarantee_text(own_guarantee()));
	(void)ph_feature_each(feature_json, features);
	json_add(object, "features", features);
	(void)ph_setting_each(problem_json, problems);
	json_add(object, "settings", problems);
	json_end(object);
}

static void print_text(struct call *call)
{
	int guarantee = own_guarantee();
	enum paint color = guarantee == PH_PINNED ? PAINT_GOOD : PAINT_WEAK;
	struct libscols_table *table;

	(void)printf("prochandle %s on Linux ", ph_version());
	text_print(stdout, kernel_release());
	(void)printf("\na handle on a process here is %s\n\n",
		     paint(call, color, guarantee_text(guarantee)));
	table = table_new(columns, LENGTH(columns));
	(void)ph_feature_each(feature_row, table);
	table_end(table);
	(void)ph_setting_each(problem_line, call);
}

static int run(struct call *call)
{
	if (call->count > 0)
		return usage_error(call, call->operands[0], "this verb takes no operands");
	if (call->json)
		print_json();
	else
		print_text(call);
	return STATUS_OK;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.operands = "",
	.summary = "Show what this kernel, sandbox and build give",
	.examples = {
		{ "ph doctor", "each ability, or what is done instead" },
		{ "PHDEBUG=pidfd=0 ph doctor", "as on a kernel without pidfds" },
		{ "ph doctor --json", "one object, for a bug report" },
	},
	.abilities = VERB_JSON,
	.run = run,
};
