/* SPDX-License-Identifier: MIT */

/* Messages: one form, one write each, nothing in them that steers a terminal. */

#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "status.h"
#include "text.h"

bool can_rewrite_stderr(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

PH_PRINTF(4, 0)
static void say(const struct call *call, const char *kind, const char *offending,
		const char *format, va_list args)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	PH_CLEANUP(ph_freep) char *line = NULL;
	size_t size;
	FILE *out;

	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		return;
	}
	out = open_memstream(&line, &size);
	if (!out)
		return;
	(void)fputs("ph: ", out);
	if (call->verb)
		(void)fprintf(out, "%s: ", call->verb->name);
	(void)fputs(kind, out);
	if (offending) {
		(void)fputc('\'', out);
		text_print(out, offending);
		(void)fputs("': ", out);
	}
	text_print(out, text);
	(void)fputc('\n', out);
	if (fclose(out) == 0)
		(void)fputs(line, stderr);
}

void message(const struct call *call, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(call, "", NULL, format, args);
	va_end(args);
}

int usage_error(const struct call *call, const char *offending, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(call, "", offending, format, args);
	va_end(args);
	return STATUS_USAGE;
}

void hint(const struct call *call, const char *format, ...)
{
	va_list args;

	if (call->quiet || !isatty(STDERR_FILENO))
		return;
	va_start(args, format);
	say(call, "hint: ", NULL, format, args);
	va_end(args);
}
