/* SPDX-License-Identifier: MIT */

/* ph find: print the handles of processes, and verify handles that are given. */

#include <errno.h>
#include <stdio.h>

#include <prochandle.h>

#include "status.h"
#include "targets.h"

static const char *guarantee_of(const struct target *target)
{
	switch (ph_guarantee(target->process)) {
	case PH_PINNED:
		return "pinned";
	case PH_CHECKED:
		return "checked";
	default:
		return "unchecked";
	}
}

static int print(const struct call *call, const struct target *target)
{
	char id[PH_ID_SIZE];
	struct json_object *object;
	int r = target->error;

	if (r == 0)
		r = ph_id(target->process, id, sizeof(id));
	if (r < 0)
		return target_fail(call, target, r);
	if (call->json) {
		object = target_json(target);
		json_add_text(object, "id", id);
		json_add_text(object, "guarantee", guarantee_of(target));
		json_end(object);
	} else {
		(void)puts(call->verbose > 0 ? id : target->handle);
	}
	return STATUS_OK;
}

static int run(struct call *call)
{
	struct targets targets;
	int worst = STATUS_OK;
	int status;

	status = targets_open(call, &targets);
	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < targets.count; i++)
		worst = status_worse(worst, print(call, &targets.all[i]));
	targets_close(&targets);
	return worst;
}

const struct verb verb_find = {
	.name = "find",
	.operands = "SELECTOR...",
	.summary = "Print the handles of processes, PID:INODE, one a line",
	.notes = "\nSELECTOR is PID, PID:INODE, :INODE, @PIDFILE, or - for a list of them on stdin.\n"
		 "-v prints the boot id too: PID:INODE@BOOTID.",
	.examples = {
		{ "ph find $$", "the handle of this shell" },
		{ "ph find 1234:5678 && echo same", "is it still that process?" },
		{ "pgrep -x nginx | ph find -", "handles for a list of PIDs" },
	},
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_PIDFILES,
	.run = run,
};
