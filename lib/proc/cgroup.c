/* SPDX-License-Identifier: MIT */

#include "proc/cgroup.h"

#include <string.h>

enum {
	/* the fields of a line of mountinfo, from 0 */
	FIELD_ROOT = 3,
	FIELD_POINT = 4,
	FIELD_OPTIONAL = 6,
};

const char *ph_proc_cgroup_parse(char *text)
{
	static const char prefix[] = "0::";

	while (strncmp(text, prefix, sizeof(prefix) - 1) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	text += sizeof(prefix) - 1;
	text[strcspn(text, "\n")] = '\0';
	return *text == '/' ? text : NULL;
}

static bool is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' && digits[1] <= '7' &&
	       digits[2] >= '0' && digits[2] <= '7';
}

/* In place: \040 for a blank, and the like. */
static void unescape(char *text)
{
	char *to = text;

	while (*text != '\0') {
		if (*text == '\\' && is_octal(text + 1)) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* Ends the word with a NUL. Return: the word, or NULL if there is none */
static char *take_word(char **line)
{
	size_t length = strcspn(*line, " ");
	char *word = *line;

	if (length == 0)
		return NULL;
	*line += length;
	if (**line == ' ')
		*(*line)++ = '\0';
	return word;
}

/* A number of optional fields stand before a "-" and the type. */
static bool parse_mount(char *line, struct ph_proc_mount *mount)
{
	char *root = NULL, *point = NULL, *word;

	for (int field = 0; (word = take_word(&line)); field++) {
		if (field == FIELD_ROOT)
			root = word;
		else if (field == FIELD_POINT)
			point = word;
		else if (field >= FIELD_OPTIONAL && strcmp(word, "-") == 0)
			break;
	}
	mount->type = word ? take_word(&line) : NULL;
	if (!mount->type)
		return false;
	unescape(root);
	unescape(point);
	mount->root = root;
	mount->point = point;
	return true;
}

bool ph_proc_mount_next(char **text, struct ph_proc_mount *ret_mount)
{
	while (**text != '\0') {
		char *line = *text;

		*text += strcspn(line, "\n");
		if (**text == '\n')
			*(*text)++ = '\0';
		if (parse_mount(line, ret_mount))
			return true;
	}
	return false;
}

static const char *without_slash(const char *path)
{
	return strcmp(path, "/") == 0 ? "" : path;
}

/* Return: how often it leads up; *path is behind that */
static size_t take_ups(const char **path)
{
	size_t ups = 0;

	while (strncmp(*path, "/..", 3) == 0 && ((*path)[3] == '/' || (*path)[3] == '\0')) {
		*path += 3;
		ups++;
	}
	return ups;
}

const char *ph_proc_cgroup_below(const char *root, const char *path)
{
	const char *rest;
	size_t length;

	root = without_slash(root);
	path = without_slash(path);
	length = strlen(root);
	if (strncmp(path, root, length) != 0)
		return NULL;
	rest = path + length;
	if (*rest != '\0' && *rest != '/')
		return NULL;
	path = rest;
	return take_ups(&path) == 0 ? rest : NULL;
}

/*
 * Whoever is no higher than one that is straight up is below it, by whatever
 * name: the kernel does not lead further up than to what two have in common.
 */
bool ph_proc_cgroup_contains(const char *top, const char *path)
{
	const char *rest_of_top = without_slash(top);
	const char *rest = without_slash(path);
	size_t ups = take_ups(&rest_of_top);

	if (*rest_of_top == '\0')
		return take_ups(&rest) <= ups;
	return ph_proc_cgroup_below(top, path);
}

bool ph_proc_cgroup_is_deleted(const char *path)
{
	static const char suffix[] = " (deleted)";
	size_t length = strlen(path);

	return length >= sizeof(suffix) - 1 &&
	       strcmp(path + length - (sizeof(suffix) - 1), suffix) == 0;
}
