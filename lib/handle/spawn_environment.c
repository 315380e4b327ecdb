/* SPDX-License-Identifier: MIT */

/* The environment of a child. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "handle/spawn.h"

/* Of "NAME=value", or of "NAME". */
static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static bool has_name(const char *entry, const char *name, size_t length)
{
	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

const char *ph_environment_path(char *const *environment)
{
	static const char name[] = "PATH";

	for (; *environment; environment++)
		if (has_name(*environment, name, sizeof(name) - 1))
			return *environment + sizeof(name);
	return "/usr/bin:/bin";
}

static size_t count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static size_t without(char **list, size_t n, const char *name, size_t length)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!has_name(list[i], name, length))
			list[kept++] = list[i];
	return kept;
}

int ph_environment_make(char *const *base, char *const *set, char *const **ret_environment,
			char ***ret_own)
{
	static char *const none[] = { NULL };
	size_t n;
	char **list;

	*ret_own = NULL;
	if (!base)
		base = none;
	*ret_environment = base;
	if (!set || !*set)
		return 0;

	n = count(base);
	list = malloc((n + count(set) + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	memcpy(list, base, n * sizeof(*list));
	for (; *set; set++) {
		size_t length = name_length(*set);

		n = without(list, n, *set, length);
		if ((*set)[length] == '=')
			list[n++] = *set;
	}
	list[n] = NULL;
	*ret_environment = *ret_own = list;
	return 0;
}
