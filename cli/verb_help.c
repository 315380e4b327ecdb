/* SPDX-License-Identifier: MIT */

/* ph help: the same texts as --help. */

#include <stdio.h>

#include "help.h"
#include "message.h"
#include "status.h"

static int run(struct call *call)
{
	const struct verb *verb;

	if (call->count > 1)
		return usage_error(call, call->operands[1], "one verb at a time");
	if (call->count == 0) {
		help_overview(stdout);
		return STATUS_OK;
	}
	verb = verb_by_name(call->operands[0]);
	if (!verb)
		return usage_error(call, call->operands[0], "no such verb (see ph --help)");
	help_verb(verb, stdout);
	return STATUS_OK;
}

const struct verb verb_help = {
	.name = "help",
	.operands = "[VERB]",
	.summary = "Show the help of ph or of a verb",
	.examples = {
		{ "ph help", "the verbs" },
		{ "ph help kill", "the options of ph kill" },
		{ "ph kill --help", "the same" },
	},
	.operand_kind = OPERAND_VERB,
	.run = run,
};
