/* SPDX-License-Identifier: MIT */

/* The whole command line of a process, however long. */

#ifndef PH_CLI_COMMAND_H
#define PH_CLI_COMMAND_H

#include <stddef.h>

#include <prochandle.h>

/** struct command - arguments, each with its NUL; starts as all zero */
struct command {
	/** allocated, to be freed; used again by the next read */
	char *text;
	size_t room;
	/** bytes, without the NUL that always follows */
	size_t size;
};

/* Return: the size, 0 if it has none, or a negative errno value as ph_text() */
int command_read(struct ph_process *process, struct command *command);

/* Puts a blank between two arguments. */
void command_join(struct command *command);

/* Room for a copy of those bytes, which may be none. */
void command_copy(struct command *command, const char *text, size_t size);

#endif
