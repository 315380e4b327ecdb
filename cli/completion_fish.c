/* SPDX-License-Identifier: MIT */

/* The completion script of fish. */

#include "completion.h"

#include <stdio.h>

#include "options.h"

static void print_quoted(const char *text)
{
	(void)putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			(void)putchar('\\');
		(void)putchar(*text);
	}
	(void)putchar('\'');
}

static void print_values(const struct option_spec *spec)
{
	switch (spec->kind) {
	case OPTION_SIGNAL:
		(void)fputs(" -x -a '(__ph_signals)'", stdout);
		break;
	case OPTION_WORD:
		(void)printf(" -x -a '%s'", spec->words);
		break;
	case OPTION_SELECTOR:
		(void)fputs(" -x -a '(__fish_complete_pids)'", stdout);
		break;
	case OPTION_USER:
		(void)fputs(" -x -a '(__fish_complete_users)'", stdout);
		break;
	case OPTION_TEXT:
		if (spec->words) {
			(void)printf(" -x -a '%s'", spec->words);
			break;
		}
		(void)fputs(" -r -F", stdout);
		break;
	case OPTION_DURATION:
	case OPTION_NUMBER:
	case OPTION_PATTERN:
		(void)fputs(" -x", stdout);
		break;
	case OPTION_DURATION_OR_EVER:
	case OPTION_FLAG:
	case OPTION_COUNT:
		break;
	}
}

/* @arg: the condition under which the option is offered */
static void print_option(const struct option_spec *spec, const void *arg)
{
	(void)printf("complete -c ph -n '%s'", (const char *)arg);
	if (spec->letter)
		(void)printf(" -s %c", spec->letter);
	(void)printf(" -l %s", spec->name);
	print_values(spec);
	(void)fputs(" -d ", stdout);
	print_quoted(spec->help);
	(void)putchar('\n');
}

static const char *operands_of(const struct verb *verb)
{
	switch (verb->operand_kind) {
	case OPERAND_SELECTOR:
		return "(__ph_selectors) name: exe: cmd: pg: sid: cgroup:";
	case OPERAND_SETTING:
		return "(__ph_settings)";
	case OPERAND_VERB:
		return "(__ph_verbs)";
	case OPERAND_SHELL:
		return "bash zsh fish";
	case OPERAND_COMMAND:
		return "(__fish_complete_subcommand --fcs-skip=2)";
	case OPERAND_PIDFILE:
		return "write show clear (__fish_complete_path (commandline -ct))";
	case OPERAND_NONE:
		break;
	}
	return NULL;
}

static void print_functions(void)
{
	(void)fputs(
		"# SPDX-License-Identifier: MIT\n"
		"# Written by \"ph completion fish\".\n\n"
		"function __ph_signals\n"
		"\tph kill --list 2>/dev/null | string replace -r '^ *\\d+ ' ''\n"
		"end\n\n"
		"function __ph_settings\n"
		"\tph settings 2>/dev/null | string match -rv '^NAME ' | string replace -r ' .*' ''\n"
		"end\n\n"
		"function __ph_selectors\n"
		"\tset -l token (commandline -ct)\n"
		"\tif string match -q '@*' -- $token\n"
		"\t\t__fish_complete_path (string sub -s 2 -- $token) | string replace -r '^' '@'\n"
		"\telse\n"
		"\t\t__fish_complete_pids\n"
		"\tend\n"
		"end\n\n"
		"function __ph_verbs\n",
		stdout);
	for (size_t i = 0; verbs[i]; i++)
		(void)printf("\techo %s\n", verbs[i]->name);
	(void)fputs("end\n\ncomplete -c ph -f\n", stdout);
}

void completion_fish(void)
{
	print_functions();
	for (size_t i = 0; verbs[i]; i++) {
		(void)printf("complete -c ph -n __fish_use_subcommand -a %s -d ", verbs[i]->name);
		print_quoted(verbs[i]->summary);
		(void)putchar('\n');
	}
	for (const struct option_spec *spec = global_options; spec->name; spec++)
		print_option(spec, "__fish_use_subcommand");
	for (size_t i = 0; verbs[i]; i++) {
		const char *operands = operands_of(verbs[i]);
		char condition[64];

		(void)snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s",
			       verbs[i]->name);
		completion_each_option(verbs[i], print_option, condition);
		if (operands)
			(void)printf("complete -c ph -n '%s' -a '%s'\n", condition, operands);
	}
}
