/* SPDX-License-Identifier: MIT */

#include "proc/field.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/parse.h"

/* Return: the line of that name, or NULL */
static const char *find_line(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (strncmp(text, name, length) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text;
}

const char *ph_proc_field_find(const char *text, const char *name)
{
	const char *line = find_line(text, name);

	if (!line)
		return NULL;
	line += strlen(name);
	return line + strspn(line, " \t");
}

int ph_proc_field_parse(const char *text, const char *name, pid_t *ret_value)
{
	const char *line = ph_proc_field_find(text, name);
	bool negative;
	uint64_t value;

	if (!line)
		return -ENODATA;
	negative = *line == '-';
	line += negative;
	if (ph_parse_u64_n(line, strcspn(line, " \t\n"), &value) < 0 || value > INT32_MAX)
		return -EBADMSG;
	*ret_value = negative ? -(pid_t)value : (pid_t)value;
	return 0;
}

size_t ph_proc_field_count(const char *text, const char *name)
{
	const char *at = ph_proc_field_find(text, name);
	size_t count = 0;

	if (!at)
		return 0;
	while (*at != '\0' && *at != '\n') {
		count++;
		at += strcspn(at, " \t\n");
		at += strspn(at, " \t");
	}
	return count;
}
