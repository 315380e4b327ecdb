/* SPDX-License-Identifier: MIT */

/* Whom a command has left behind, and what became of them. */

#ifndef PH_CLI_LEFTOVERS_H
#define PH_CLI_LEFTOVERS_H

#include <prochandle.h>

#include "facts.h"
#include "json.h"

/** struct leftover - one of them */
struct leftover {
	char handle[PH_ID_SIZE];
	pid_t pid;
	char comm[COMM_SIZE];
	/** the last signal that it was sent; 0: none, it was waited for */
	int signo;
	/** why it could not be signalled; 0: it could */
	int error;
	bool has_ended;
	/** it had not, when ph gave up */
	bool is_left;
	struct ph_exit how;
};

struct leftovers {
	struct leftover *all;
	size_t count;
	size_t room;
};

/* The one behind this handle, a new one if need be. */
struct leftover *leftovers_note(struct leftovers *leftovers, struct ph_process *process);

/* Says whom ph has stopped, and who is still there. */
void leftovers_say(const struct leftovers *leftovers, const struct call *call);

/* [ { "handle", "pid", "comm", "signal", "exit" }, … ] */
struct json_object *leftovers_json(const struct leftovers *leftovers);

void leftovers_clear(struct leftovers *leftovers);

#endif
