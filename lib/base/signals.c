/* SPDX-License-Identifier: MIT */

#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

static const struct signal_row {
	const char *name;
	int signo;
} names[] = {
#define SIGNAL(name_) { #name_, SIG##name_ },
#include "base/signals.def"
#undef SIGNAL
};

static const struct signal_row aliases[] = {
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGIO },
};

enum {
	NAMES = sizeof(names) / sizeof(names[0]),
	ALIASES = sizeof(aliases) / sizeof(aliases[0]),
};

static const char *without_prefix(const char *name)
{
	return strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
}

/* "RTMIN+3", "RTMAX-1": what follows the base name */
static int realtime(const char *offset, int base, char sign)
{
	uint64_t value = 0;
	int signo;

	if (offset[0] != '\0' && (offset[0] != sign || ph_parse_u64(offset + 1, &value) < 0))
		return -EINVAL;
	if (value > (uint64_t)(SIGRTMAX - SIGRTMIN))
		return -EINVAL;
	signo = sign == '+' ? base + (int)value : base - (int)value;
	return signo;
}

static int by_name(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcasecmp(name, names[i].name) == 0)
			return names[i].signo;
	for (size_t i = 0; i < ALIASES; i++)
		if (strcasecmp(name, aliases[i].name) == 0)
			return aliases[i].signo;
	if (strncasecmp(name, "RTMIN", 5) == 0)
		return realtime(name + 5, SIGRTMIN, '+');
	if (strncasecmp(name, "RTMAX", 5) == 0)
		return realtime(name + 5, SIGRTMAX, '-');
	return -EINVAL;
}

int ph_signal_from_name(const char *name)
{
	uint64_t value;

	if (ph_parse_u64(name, &value) == 0)
		return value <= (uint64_t)SIGRTMAX ? (int)value : -EINVAL;
	return by_name(without_prefix(name));
}

int ph_signal_name(int signo, char *buffer, size_t size)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].signo == signo)
			return snprintf(buffer, size, "%s", names[i].name);
	if (signo == SIGRTMIN)
		return snprintf(buffer, size, "RTMIN");
	if (signo > SIGRTMIN && signo <= SIGRTMAX)
		return snprintf(buffer, size, "RTMIN+%d", signo - SIGRTMIN);
	return snprintf(buffer, size, "%d", signo);
}

/* one letter too many, too few, wrong, or two neighbours swapped? */
static bool is_one_slip_away(const char *a, const char *b)
{
	while (*a != '\0' && strncasecmp(a, b, 1) == 0) {
		a++;
		b++;
	}
	if (*a == '\0' || *b == '\0')
		return strlen(a) + strlen(b) == 1;
	if (strcasecmp(a + 1, b + 1) == 0 || strcasecmp(a + 1, b) == 0 || strcasecmp(a, b + 1) == 0)
		return true;
	return strncasecmp(a, b + 1, 1) == 0 && strncasecmp(a + 1, b, 1) == 0 &&
	       strcasecmp(a + 2, b + 2) == 0;
}

const char *ph_signal_nearest(const char *name)
{
	name = without_prefix(name);
	for (size_t i = 0; i < NAMES; i++)
		if (is_one_slip_away(name, names[i].name))
			return names[i].name;
	return NULL;
}

const char *ph_signal_at(size_t index, int *ret_signo)
{
	if (index >= NAMES)
		return NULL;
	*ret_signo = names[index].signo;
	return names[index].name;
}
