/* SPDX-License-Identifier: MIT */

#include "base/glob.h"

#include <stddef.h>

/* Return: behind the ] of the set that begins here, or NULL if there is none */
static const char *end_of_set(const char *set)
{
	set++;
	if (*set == '!' || *set == '^')
		set++;
	/* the first one is a member */
	if (*set == ']')
		set++;
	while (*set != '\0' && *set != ']') {
		if (*set == '\\' && set[1] != '\0')
			set++;
		set++;
	}
	return *set == ']' ? set + 1 : NULL;
}

static unsigned char take_member(const char **at)
{
	if (**at == '\\' && (*at)[1] != '\0')
		(*at)++;
	return (unsigned char)*(*at)++;
}

static bool is_in_set(const char *set, const char *end, unsigned char byte)
{
	const char *at = set + 1;
	bool negated = *at == '!' || *at == '^';
	bool found = false;

	at += negated;
	while (at < end - 1) {
		unsigned char first = take_member(&at);
		unsigned char last = first;

		if (*at == '-' && at + 1 < end - 1) {
			at++;
			last = take_member(&at);
		}
		found |= first <= byte && byte <= last;
	}
	return found != negated;
}

/* One byte against one element. Return: behind the element, or NULL */
static const char *match_one(const char *pattern, char byte)
{
	const char *end;

	switch (*pattern) {
	case '?':
		return pattern + 1;
	case '[':
		end = end_of_set(pattern);
		if (!end)
			break;
		return is_in_set(pattern, end, (unsigned char)byte) ? end : NULL;
	case '\\':
		pattern += pattern[1] != '\0';
		break;
	default:
		break;
	}
	return *pattern == byte ? pattern + 1 : NULL;
}

/* Only the last star can be wrong about its length: no recursion. */
bool ph_glob_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		const char *next;

		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
			continue;
		}
		next = *pattern == '\0' ? NULL : match_one(pattern, *text);
		if (next) {
			pattern = next;
			text++;
		} else if (star) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
