/* SPDX-License-Identifier: MIT */

/* Durations in exact integers: no float, no locale, no surprise at the edges. */

#include "duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* longest first; "ms" stands before "m" so that it is tried first */
static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "ms", 1 }, { "m", 60000 }, { "s", 1000 },
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

/* 2^63 nanoseconds, the reach of the clock */
static const int64_t longest_ms = INT64_MAX / 1000000;

/* a decimal number in units of a billionth */
struct decimal {
	int64_t whole;
	int64_t billionths;
	/* digits beyond those, not all 0 */
	bool has_more;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads "12", "1.5" or ".5" at *text and moves behind it. */
static int read_decimal(const char **text, struct decimal *ret)
{
	struct decimal number = { 0 };
	const char *at = *text;
	int64_t worth = 100000000;

	if (!is_digit(*at) && !(at[0] == '.' && is_digit(at[1])))
		return -EINVAL;
	for (; is_digit(*at); at++) {
		number.whole = number.whole * 10 + (*at - '0');
		if (number.whole > longest_ms)
			return -EINVAL;
	}
	if (*at == '.') {
		at++;
		if (!is_digit(*at))
			return -EINVAL;
		for (; is_digit(*at); at++, worth /= 10) {
			number.billionths += (*at - '0') * worth;
			number.has_more |= worth == 0 && *at != '0';
		}
	}
	*text = at;
	*ret = number;
	return 0;
}

static const struct unit *read_unit(const char **text)
{
	for (size_t i = 0; i < UNITS; i++) {
		size_t length = strlen(units[i].name);

		if (strncmp(*text, units[i].name, length) == 0) {
			*text += length;
			return &units[i];
		}
	}
	return NULL;
}

static int64_t decimal_ms(const struct decimal *number, int64_t unit_ms)
{
	int64_t part = number->billionths * unit_ms;
	int64_t ms = number->whole * unit_ms + part / 1000000000;

	return ms + (part % 1000000000 != 0 || number->has_more);
}

int duration_parse(const char *text, int64_t *ret_ms)
{
	int64_t last = INT64_MAX;
	int64_t sum = 0;

	if (strcmp(text, "inf") == 0) {
		*ret_ms = -1;
		return 0;
	}
	do {
		const struct unit *unit;
		struct decimal number;
		int64_t unit_ms = 1000;

		if (read_decimal(&text, &number) < 0)
			return -EINVAL;
		unit = read_unit(&text);
		/* without a unit only by itself: "1m30" leaves a doubt */
		if (!unit && (*text != '\0' || last != INT64_MAX))
			return -EINVAL;
		if (unit)
			unit_ms = unit->ms;
		if (unit_ms >= last || number.whole > longest_ms / unit_ms)
			return -EINVAL;
		last = unit_ms;
		sum += decimal_ms(&number, unit_ms);
		if (sum > longest_ms)
			return -EINVAL;
	} while (*text != '\0');
	*ret_ms = sum;
	return 0;
}

void duration_text(int64_t ms, char buffer[DURATION_SIZE])
{
	int64_t s = ms / 1000;

	if (s < 60)
		(void)snprintf(buffer, DURATION_SIZE, "%" PRId64 ".%ds", s, (int)(ms % 1000 / 100));
	else if (s < 3600)
		(void)snprintf(buffer, DURATION_SIZE, "%" PRId64 "m%02ds", s / 60, (int)(s % 60));
	else if (s < 86400)
		(void)snprintf(buffer, DURATION_SIZE, "%" PRId64 "h%02dm", s / 3600,
			       (int)(s % 3600 / 60));
	else
		(void)snprintf(buffer, DURATION_SIZE, "%" PRId64 "d%02dh", s / 86400,
			       (int)(s % 86400 / 3600));
}

int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
