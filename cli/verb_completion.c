/* SPDX-License-Identifier: MIT */

/* ph completion: the completion script of a shell, written from the tables. */

#include <stdio.h>
#include <string.h>

#include "completion.h"
#include "message.h"
#include "status.h"

static const struct shell {
	const char *name;
	void (*print)(void);
} shells[] = {
	{ "bash", completion_bash },
	{ "zsh", completion_zsh },
	{ "fish", completion_fish },
};

static int run(struct call *call)
{
	if (call->count != 1)
		return usage_error(call, call->count ? call->operands[1] : "SHELL",
				   "give one of: bash, zsh, fish");
	for (size_t i = 0; i < LENGTH(shells); i++)
		if (strcmp(call->operands[0], shells[i].name) == 0) {
			shells[i].print();
			return STATUS_OK;
		}
	return usage_error(call, call->operands[0], "no completion for it: bash, zsh or fish");
}

const struct verb verb_completion = {
	.name = "completion",
	.operands = "SHELL",
	.summary = "Print the completion script for bash, zsh or fish",
	.examples = {
		{ "eval \"$(ph completion bash)\"", "in ~/.bashrc" },
		{ "ph completion zsh > ~/.zfunc/_ph", "in a directory of $fpath" },
		{ "ph completion fish | source", "in config.fish" },
	},
	.operand_kind = OPERAND_SHELL,
	.run = run,
};
