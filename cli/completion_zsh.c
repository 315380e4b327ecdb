/* SPDX-License-Identifier: MIT */

/* The completion script of zsh. */

#include "completion.h"

#include <stdio.h>
#include <string.h>

/* inside '…' and [description]: neither quotes nor brackets nor colons may stand bare */
static void print_quoted(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			(void)fputs("'\\''", stdout);
		else if (strchr("[]:", *text))
			(void)printf("\\%c", *text);
		else
			(void)putchar(*text);
	}
}

static void print_action(const struct option_spec *spec)
{
	switch (spec->kind) {
	case OPTION_SIGNAL:
		(void)fputs(":signal:_ph_signals", stdout);
		break;
	case OPTION_WORD:
		(void)printf(":word:(%s)", spec->words);
		break;
	case OPTION_SELECTOR:
		(void)fputs(":process:_ph_pids", stdout);
		break;
	case OPTION_USER:
		(void)fputs(":user:_users", stdout);
		break;
	case OPTION_TEXT:
		if (spec->words) {
			(void)printf(":word:(%s)", spec->words);
			break;
		}
		(void)fputs(":file:_files", stdout);
		break;
	case OPTION_DURATION:
	case OPTION_NUMBER:
	case OPTION_PATTERN:
		(void)printf(":%s: ", spec->value);
		break;
	case OPTION_DURATION_OR_EVER:
		(void)printf("::%s: ", spec->value);
		break;
	case OPTION_FLAG:
	case OPTION_COUNT:
		break;
	}
}

/* '(-s --signal)'{-s+,--signal=}'[help]:signal:_ph_signals' */
static void print_option(const struct option_spec *spec, const void *arg)
{
	bool is_optional = spec->kind == OPTION_DURATION_OR_EVER;
	const char *attached = !spec->value ? "" : is_optional ? "=-" : "=";
	const char *letter_attached = !spec->value ? "" : is_optional ? "-" : "+";

	(void)fputs(arg, stdout);
	if (spec->kind == OPTION_COUNT)
		(void)printf("'*'{-%c,--%s}'[", spec->letter, spec->name);
	else if (spec->letter)
		(void)printf("'(-%c --%s)'{-%c%s,--%s%s}'[", spec->letter, spec->name, spec->letter,
			     letter_attached, spec->name, attached);
	else
		(void)printf("'--%s%s[", spec->name, attached);
	print_quoted(spec->help);
	(void)putchar(']');
	print_action(spec);
	(void)fputs("' \\\n", stdout);
}

static const char *operands_of(const struct verb *verb)
{
	switch (verb->operand_kind) {
	case OPERAND_SELECTOR:
		return "'*:process:_ph_pids'";
	case OPERAND_SETTING:
		return "'*:setting:_ph_settings'";
	case OPERAND_VERB:
		return "'1:verb:_ph_verbs'";
	case OPERAND_SHELL:
		return "'1:shell:(bash zsh fish)'";
	case OPERAND_COMMAND:
		return "'(-)1:command:_command_names -e' '*::argument:_normal'";
	case OPERAND_PIDFILE:
		return "'1:action:(write show clear)' '2:file:_files' '3:process:_ph_pids'";
	case OPERAND_NONE:
		break;
	}
	return "'*: :'";
}

static void print_functions(void)
{
	(void)fputs(
		"#compdef ph\n"
		"# SPDX-License-Identifier: MIT\n"
		"# Written by \"ph completion zsh\".\n\n"
		"_ph_signals() {\n"
		"\tlocal -a signals=(${${(f)\"$(_call_program signals ph kill --list)\"}##*[0-9] })\n"
		"\t_describe signal signals\n"
		"}\n\n"
		"_ph_settings() {\n"
		"\tlocal -a settings=(${${${(f)\"$(_call_program settings ph settings)\"}[2,-1]}%% *})\n"
		"\t_describe setting settings\n"
		"}\n\n"
		"_ph_pids() {\n"
		"\tlocal -a pids=('name\\:' 'exe\\:' 'cmd\\:' 'pg\\:' 'sid\\:' 'cgroup\\:')\n"
		"\tlocal dir comm\n"
		"\tcompset -P @ && { _files; return }\n"
		"\tfor dir in /proc/[0-9]*(N); do\n"
		"\t\t{ read -r comm <$dir/comm } 2>/dev/null && pids+=(\"${dir#/proc/}:${(V)comm}\")\n"
		"\tdone\n"
		"\t_describe process pids\n"
		"}\n\n",
		stdout);
}

void completion_zsh(void)
{
	print_functions();
	(void)fputs("_ph_verbs() {\n\tlocal -a verbs=(\n", stdout);
	for (size_t i = 0; verbs[i]; i++) {
		(void)printf("\t\t'%s:", verbs[i]->name);
		print_quoted(verbs[i]->summary);
		(void)fputs("'\n", stdout);
	}
	(void)fputs("\t)\n\t_describe verb verbs\n}\n\n"
		    "_ph() {\n\tlocal curcontext=$curcontext state line\n"
		    "\t_arguments -C -s -S \\\n",
		    stdout);
	completion_each_option(NULL, print_option, "\t\t");
	(void)fputs("\t\t'1:verb:_ph_verbs' '*::operand:->operands' && return\n"
		    "\t[[ $state == operands ]] || return\n"
		    "\tcurcontext=${curcontext%:*:*}:ph-$line[1]:\n"
		    "\tcase $line[1] in\n",
		    stdout);
	for (size_t i = 0; verbs[i]; i++) {
		(void)printf("\t%s)\n\t\t_arguments -s -S \\\n", verbs[i]->name);
		completion_each_option(verbs[i], print_option, "\t\t\t");
		(void)printf("\t\t\t%s ;;\n", operands_of(verbs[i]));
	}
	(void)fputs("\tesac\n}\n\n_ph \"$@\"\n", stdout);
}
