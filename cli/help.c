/* SPDX-License-Identifier: MIT */

/* Help texts: one screen each, from the rows that the parser reads. */

#include "help.h"

#include <string.h>

#include "options.h"

/* "-s, --signal=SIGNAL", and those that join it: "    --newest, --oldest" */
static int option_text(const struct option_spec *spec, char *buffer, size_t size)
{
	char letter[8] = "    ";
	int length = 0;

	if (spec->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
	do {
		bool is_optional = spec->kind == OPTION_DURATION_OR_EVER;
		const char *before = length == 0 ? letter : ", ";
		size_t at = (size_t)length;

		if (!spec->value)
			length += snprintf(buffer + at, size - at, "%s--%s", before, spec->name);
		else
			length += snprintf(buffer + at, size - at,
					   is_optional ? "%s--%s[=%s]" : "%s--%s=%s", before,
					   spec->name, spec->value);
		spec++;
	} while (spec->name && spec->joins);
	return length;
}

static int widest(const struct option_spec *spec, const struct verb *verb)
{
	int width = 0;

	for (; spec && spec->name; spec++) {
		char text[80];
		int length = option_text(spec, text, sizeof(text));

		if (option_applies(spec, verb) && !spec->joins && length > width)
			width = length;
	}
	return width;
}

static void print_options(const struct option_spec *spec, const struct verb *verb, int width,
			  FILE *out)
{
	for (; spec && spec->name; spec++) {
		char text[80];

		if (!option_applies(spec, verb) || spec->joins)
			continue;
		(void)option_text(spec, text, sizeof(text));
		(void)fprintf(out, "  %-*s  %s\n", width, text, spec->help);
	}
}

static void print_examples(const struct example *examples, size_t count, FILE *out)
{
	int width = 0;

	(void)fputs("Examples:\n", out);
	for (size_t i = 0; i < count; i++)
		if ((int)strlen(examples[i].command) > width)
			width = (int)strlen(examples[i].command);
	for (size_t i = 0; i < count; i++)
		(void)fprintf(out, "  %-*s  %s\n", width, examples[i].command, examples[i].does);
}

void help_verb(const struct verb *verb, FILE *out)
{
	int own = widest(verb->options, verb);
	int global = widest(global_options, verb);
	int width = own > global ? own : global;

	(void)fprintf(out, "Usage: ph %s [OPTION]...%s%s\n", verb->name, *verb->operands ? " " : "",
		      verb->operands);
	(void)fprintf(out, "%s.\n", verb->summary);
	print_options(verb->options, verb, width, out);
	print_options(global_options, verb, width, out);
	if (verb->notes)
		(void)fprintf(out, "%s\n", verb->notes);
	print_examples(verb->examples, LENGTH(verb->examples), out);
}

void help_overview(FILE *out)
{
	static const struct example examples[] = {
		{ "ph find 1234", "its handle, PID:INODE, which is never used again" },
		{ "ph kill 1234:5678", "signal that process, or nobody" },
		{ "ph wait -t 30s 1234:5678", "wait for its end, and say how it ended" },
	};

	(void)fputs("Usage: ph [OPTION]... VERB [OPERAND]...\n"
		    "Hold processes, not their numbers.\n\n",
		    out);
	for (size_t i = 0; verbs[i]; i++)
		(void)fprintf(out, "  %-10s  %s\n", verbs[i]->name, verbs[i]->summary);
	(void)fputs("\nOptions, before or after the verb:\n", out);
	print_options(global_options, NULL, widest(global_options, NULL), out);
	(void)fputc('\n', out);
	print_examples(examples, LENGTH(examples), out);
}

void help_usage(FILE *out)
{
	(void)fputs("Usage: ph VERB [OPTION]... [SELECTOR]...\n\n"
		    "  ph find PID             print the handle of a process, PID:INODE\n"
		    "  ph kill PID:INODE       send it a signal, and nobody else\n"
		    "  ph wait PID:INODE       wait until it has ended, and say how\n"
		    "  ph run -t 5s -- CMD     run CMD for 5 seconds at most\n"
		    "  ph help [VERB]          everything else\n\n"
		    "A PID is a number that the kernel gives away again. A handle stays with\n"
		    "its process, and ph refuses it (exit 4) once another has the number.\n\n"
		    "new here? ph demo\n",
		    out);
}
