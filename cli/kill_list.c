/* SPDX-License-Identifier: MIT */

/*
 * Signals translated: a name to its number, a number or the exit status that a
 * shell makes of it to its name, a mask of /proc/PID/status to its names.
 */

#include "kill_list.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/signals.h"
#include "json.h"
#include "message.h"
#include "options.h"
#include "status.h"

/* One object says both; @word: what was translated, NULL: the whole list is printed. */
static void print_json(const char *word, int signo)
{
	struct json_object *object = json_line();
	char name[32];

	(void)ph_signal_name(signo, name, sizeof(name));
	json_add_text(object, "word", word);
	json_add_text(object, "signal", name);
	json_add_int(object, "signo", signo);
	json_end(object);
}

static void print_name(const struct call *call, const char *word, int signo)
{
	char name[32];

	if (call->json) {
		print_json(word, signo);
		return;
	}
	(void)ph_signal_name(signo, name, sizeof(name));
	if (!word)
		(void)printf("%2d ", signo);
	(void)puts(name);
}

/* What no name and no realtime number has is the C library's own. */
static bool has_name(int signo)
{
	char name[32];

	(void)ph_signal_name(signo, name, sizeof(name));
	return name[0] < '0' || name[0] > '9';
}

static void list_all(const struct call *call)
{
	for (int signo = 1; signo <= SIGRTMAX; signo++)
		if (has_name(signo))
			print_name(call, NULL, signo);
}

/* "0000000000004002": bit 0 is signal 1 */
static int print_mask(const struct call *call, const char *word)
{
	const char *digits = word + 2;
	uint64_t mask;
	char *end;

	if (strspn(digits, "0123456789abcdefABCDEF") != strlen(digits) || strlen(digits) > 16 ||
	    *digits == '\0')
		return -EINVAL;
	mask = strtoull(digits, &end, 16);
	for (int signo = 1; signo <= 64; signo++)
		if (mask >> (signo - 1) & 1)
			print_name(call, word, signo);
	return 0;
}

static int print_number(const struct call *call, const char *word, uint64_t number)
{
	if (number > 128)
		number -= 128;
	if (number == 0 || number > (uint64_t)SIGRTMAX)
		return -EINVAL;
	print_name(call, word, (int)number);
	return 0;
}

static int translate(const struct call *call, const char *word)
{
	uint64_t number;
	int signo = 0;
	int status;

	if (strncmp(word, "0x", 2) == 0 && print_mask(call, word) == 0)
		return STATUS_OK;
	if (ph_parse_u64(word, &number) == 0) {
		if (print_number(call, word, number) == 0)
			return STATUS_OK;
		return usage_error(call, word, "neither a signal nor 128 + signal");
	}
	status = options_signal(call, word, &signo);
	if (status != STATUS_OK)
		return status;
	if (call->json)
		print_json(word, signo);
	else
		(void)printf("%d\n", signo);
	return STATUS_OK;
}

int kill_list(const struct call *call)
{
	int worst = STATUS_OK;

	if (call->count == 0)
		list_all(call);
	for (size_t i = 0; i < call->count; i++)
		worst = status_worse(worst, translate(call, call->operands[i]));
	return worst;
}
