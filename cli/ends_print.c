/* SPDX-License-Identifier: MIT */

/* How a process ended, as a line for people or an object for programs. */

#include "ends_print.h"

#include <stdio.h>

#include "base/signals.h"
#include "duration.h"
#include "output.h"
#include "text.h"

/* where the status comes from */
static const char *source_of(const struct ph_exit *how)
{
	if (how->how == PH_UNKNOWN)
		return "none";
	if (how->flags & PH_STOLEN)
		return "stolen";
	return how->flags & PH_FOREIGN ? "foreign" : "reaped";
}

struct json_object *exit_json(struct ph_process *process, const struct ph_exit *how)
{
	static const char *const kinds[] = {
		[PH_UNKNOWN] = "unknown",
		[PH_EXITED] = "exited",
		[PH_SIGNALED] = "signaled",
	};
	struct json_object *object = json_object_new_object();
	char reason[END_TEXT_SIZE] = "it ended before ph looked";
	char name[32];

	json_add_text(object, "kind", kinds[how->how]);
	if (how->how == PH_EXITED)
		json_add_int(object, "code", how->value);
	if (how->how == PH_SIGNALED) {
		(void)ph_signal_name(how->value, name, sizeof(name));
		json_add_text(object, "signal", name);
		json_add_int(object, "signo", how->value);
		json_add_bool(object, "core_dumped", how->flags & PH_CORE);
	}
	if (how->how == PH_UNKNOWN) {
		if (process)
			unknown_reason(process, how, reason);
		json_add_text(object, "reason", reason);
	}
	json_add_text(object, "source", source_of(how));
	return object;
}

static void print_json(const struct target *target, const struct ph_exit *how, int64_t after_ms)
{
	struct json_object *object = target_json(target);

	json_add(object, "exit", exit_json(target->process, how));
	if (target->process) {
		json_add_now(object);
		json_add_int(object, "after_ms", after_ms);
	}
	json_end(object);
}

void end_print(const struct call *call, const struct target *target, const struct ph_exit *how,
	       int64_t after_ms)
{
	char text[END_TEXT_SIZE];
	char after[DURATION_SIZE];

	if (call->json) {
		print_json(target, how, after_ms);
		return;
	}
	if (!target->process) {
		text_print(stdout, target->selector);
		(void)puts(" exited, status unknown (before ph looked)");
		output_flush();
		return;
	}
	end_text(target->process, how, text);
	duration_text(after_ms, after);
	target_print(target, stdout);
	(void)printf(" %s after %s\n", text, after);
	output_flush();
}
