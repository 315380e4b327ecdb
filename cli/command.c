/* SPDX-License-Identifier: MIT */

/* Command lines are text of any length, and may grow between two looks. */

#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void make_room(struct command *command, size_t size)
{
	if (size <= command->room)
		return;
	command->room = size;
	command->text = realloc(command->text, size);
	if (!command->text)
		abort();
}

int command_read(struct ph_process *process, struct command *command)
{
	int r;

	make_room(command, 1024);
	for (;;) {
		r = ph_text(process, PH_TEXT_CMDLINE, command->text, command->room);
		if (r == -ENODATA)
			r = 0;
		if (r < 0)
			return r;
		if ((size_t)r < command->room)
			break;
		make_room(command, (size_t)r + 1024);
	}
	command->text[r] = '\0';
	command->size = (size_t)r;
	return r;
}

void command_join(struct command *command)
{
	size_t size = command->size;

	while (size > 0 && command->text[size - 1] == '\0')
		size--;
	for (size_t i = 0; i < size; i++)
		if (command->text[i] == '\0')
			command->text[i] = ' ';
}

void command_copy(struct command *command, const char *text, size_t size)
{
	make_room(command, size + 1);
	if (size > 0)
		memcpy(command->text, text, size);
	command->text[size] = '\0';
	command->size = size;
}
