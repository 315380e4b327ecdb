/* SPDX-License-Identifier: MIT */

/* What a list shows of a process, and lists of that. */

#ifndef PH_CLI_ROW_H
#define PH_CLI_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include <prochandle.h>

#include "command.h"
#include "json.h"

/** struct row - the facts of one process, raw */
struct row {
	/** "PID:INODE", or "PID:tTICKS", or the number */
	char handle[PH_ID_SIZE];
	struct ph_info info;
	struct command command;
	/** by PH_TEXT_…; NULL: it has none, or nobody may know, or nobody asked */
	char *texts[PH_TEXT_WCHAN + 1];
	/** how many are above it in a tree */
	int depth;
	/** where it stood before it was sorted */
	size_t place;
};

struct rows {
	struct row *all;
	size_t count;
	size_t room;
	/** what to find out of each */
	uint64_t want;
	/** bit 1 << PH_TEXT_… for each text */
	unsigned want_texts;
};

/* What all of the lists are good for in JSON. */
#define ROW_EVERYTHING (PH_INFO_ALL & ~(PH_INFO_REAL_USER | PH_INFO_CGROUP | PH_INFO_EXIT))

/* Adds a process. Return: 0, or a negative errno value as ph_info() */
int rows_add(struct rows *rows, struct ph_process *process);

/* Adds all that @filter leaves. Return: 0, or a negative errno value as ph_list() */
int rows_list(struct rows *rows, const struct ph_filter *filter);

void rows_free(struct rows *rows);

/* Frees what one row has; the row itself stays where it is. */
void row_free(struct row *row);

/* Of the process, or NULL. They must stand by rising number. */
struct row *rows_by_pid(const struct rows *rows, int32_t pid);

/* Milliseconds since it was started. */
int64_t row_age_ms(const struct row *row);

/* "root", or the number where it has no name; valid until the next call */
const char *user_name(uint32_t uid);
const char *group_name(uint32_t gid);

/* "pts/3", or NULL */
const char *tty_name(uint64_t tty, char buffer[32]);

/* The facts as JSON, after handle, pid and comm. */
void row_json(const struct row *row, struct json_object *object);

/* A line of JSON for a row. */
struct json_object *row_json_line(const struct row *row);

#endif
