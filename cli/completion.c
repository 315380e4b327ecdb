/* SPDX-License-Identifier: MIT */

/*
 * The completion script of bash, and what those of all shells share. Nothing is
 * spelt here that a table has: signals are asked from "ph kill --list", settings
 * from "ph settings", when the user presses the key.
 */

#include "completion.h"

#include <stdio.h>

#include "options.h"

void completion_each_option(const struct verb *verb,
			    void (*print)(const struct option_spec *spec, const void *arg),
			    const void *arg)
{
	if (verb && verb->options)
		for (const struct option_spec *spec = verb->options; spec->name; spec++)
			print(spec, arg);
	for (const struct option_spec *spec = global_options; spec->name; spec++)
		if (option_applies(spec, verb))
			print(spec, arg);
}

static void bash_option(const struct option_spec *spec, const void *arg)
{
	(void)arg;
	if (spec->letter)
		(void)printf("-%c ", spec->letter);
	(void)printf("--%s ", spec->name);
}

static const char *bash_values(const struct option_spec *spec)
{
	static char words[256];

	switch (spec->kind) {
	case OPTION_SIGNAL:
		return "words=$(_ph_signals)";
	case OPTION_WORD:
		(void)snprintf(words, sizeof(words), "words='%s'", spec->words);
		return words;
	case OPTION_SELECTOR:
		return "words=$(_ph_pids)";
	case OPTION_USER:
		return "mapfile -t COMPREPLY < <(compgen -u -- \"$cur\"); return";
	case OPTION_TEXT:
		if (spec->words) {
			(void)snprintf(words, sizeof(words), "words='%s'", spec->words);
			return words;
		}
		return "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return";
	default:
		return "return";
	}
}

/* a line of the case on "VERB:OPTION" for an option whose value is the next word */
static void bash_value(const struct option_spec *spec, const void *arg)
{
	const char *verb = arg;

	if (!spec->value || spec->kind == OPTION_DURATION_OR_EVER)
		return;
	(void)printf("\t%s:--%s", verb, spec->name);
	if (spec->letter)
		(void)printf(" | %s:-%c", verb, spec->letter);
	(void)printf(") %s ;;\n", bash_values(spec));
}

static const char *bash_operands(const struct verb *verb)
{
	switch (verb->operand_kind) {
	case OPERAND_SELECTOR:
		/* "@" may be a word of its own, as "=" is */
		return "[[ $cur != @* && $prev != @ ]] ||"
		       " { _ph_pidfiles; return; }; words=$(_ph_pids)";
	case OPERAND_SETTING:
		return "words=$(_ph_settings)";
	case OPERAND_VERB:
		return "words=$verbs";
	case OPERAND_SHELL:
		return "words='bash zsh fish'";
	case OPERAND_COMMAND:
		/* compgen -W would expand what names of files may have in them */
		return "[[ $cur == -* ]] || {"
		       " mapfile -t COMPREPLY < <(compgen -A command -A file -- \"$cur\"); return; }";
	case OPERAND_PIDFILE:
		return "[[ $cur == -* ]] || {"
		       " mapfile -t COMPREPLY < <(compgen -W 'write show clear' -A file -- \"$cur\");"
		       " return; }";
	case OPERAND_NONE:
		break;
	}
	return "words=";
}

static void bash_functions(void)
{
	(void)fputs(
		"# bash completion for ph                                  -*- shell-script -*-\n"
		"# SPDX-License-Identifier: MIT\n"
		"# Written by \"ph completion bash\".\n\n"
		"_ph_signals()\n{\n"
		"\tph kill --list 2>/dev/null | while read -r _ name; do echo \"$name\"; done\n"
		"}\n\n"
		"_ph_settings()\n{\n"
		"\tph settings 2>/dev/null | { read -r _; while read -r name _; do echo \"$name\"; done; }\n"
		"}\n\n"
		"_ph_pids()\n{\n"
		"\tlocal dir\n"
		"\techo 'name: exe: cmd: pg: sid: cgroup:'\n"
		"\tfor dir in /proc/[0-9]*; do echo \"${dir#/proc/}\"; done\n"
		"}\n\n"
		"_ph_pidfiles()\n{\n"
		"\tlocal before=\n"
		"\tif [[ $cur == @?* ]]; then before=@; fi\n"
		"\tmapfile -t COMPREPLY < <(compgen -f -P \"$before\" -- \"${cur#@}\")\n"
		"}\n\n",
		stdout);
}

void completion_bash(void)
{
	bash_functions();
	(void)fputs("_ph()\n{\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		    "\tlocal verb word words options verbs='",
		    stdout);
	for (size_t i = 0; verbs[i]; i++)
		(void)printf("%s%s", i ? " " : "", verbs[i]->name);
	(void)fputs("'\n\n\tCOMPREPLY=()\n"
		    "\t# --name=value arrives as three words\n"
		    "\tif [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then"
		    " prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
		    "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
		    "\t\tif [[ \" $verbs \" == *\" $word \"* ]]; then verb=$word; break; fi\n"
		    "\tdone\n\n"
		    "\tcase $verb:$prev in\n",
		    stdout);
	completion_each_option(NULL, bash_value, "*");
	for (size_t i = 0; verbs[i]; i++)
		for (const struct option_spec *own = verbs[i]->options; own && own->name; own++)
			bash_value(own, verbs[i]->name);
	(void)fputs("\t*)\n\t\tcase $verb in\n", stdout);
	for (size_t i = 0; verbs[i]; i++) {
		(void)printf("\t\t%s) %s; options='", verbs[i]->name, bash_operands(verbs[i]));
		completion_each_option(verbs[i], bash_option, NULL);
		(void)fputs("' ;;\n", stdout);
	}
	(void)fputs("\t\t*) words=$verbs; options='", stdout);
	completion_each_option(NULL, bash_option, NULL);
	(void)fputs("' ;;\n\t\tesac\n"
		    "\t\tif [[ $cur == -* ]]; then words=$options; fi ;;\n"
		    "\tesac\n"
		    "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
		    "}\n\n"
		    "complete -F _ph ph\n",
		    stdout);
}
