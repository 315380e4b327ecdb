/* SPDX-License-Identifier: MIT */

/* Progress: stderr, terminals only, never before a second has passed. */

#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "duration.h"
#include "message.h"
#include "text.h"

enum { INTERVAL_MS = 1000 };

struct progress progress_begin(const struct call *call)
{
	int64_t now = now_ms();

	return (struct progress){
		.is_wanted = !call->quiet && can_rewrite_stderr(),
		.started_ms = now,
		.shown_ms = now,
	};
}

int progress_due_ms(const struct progress *progress)
{
	int64_t left = progress->shown_ms + INTERVAL_MS - now_ms();

	if (!progress->is_wanted)
		return -1;
	return left > 0 ? (int)left : 0;
}

bool progress_is_due(const struct progress *progress)
{
	return progress_due_ms(progress) == 0;
}

/* A line that goes on in the next one could not be wiped. */
static void cut(char *line)
{
	struct winsize size;

	/* asked for each time: it may be resized */
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		text_cut(line, size.ws_col - 1U);
}

void progress_show(struct progress *progress, const char *format, ...)
{
	char line[192];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	cut(line);
	(void)fprintf(stderr, "\r%s\033[K", line);
	progress->is_shown = true;
	progress->shown_ms = now_ms();
}

void progress_clear(struct progress *progress)
{
	if (progress->is_shown)
		(void)fputs("\r\033[K", stderr);
	progress->is_shown = false;
}
