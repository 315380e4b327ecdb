/* SPDX-License-Identifier: MIT */

/* There are few of them as a rule, and thousands after a storm: all are in the report. */

#include "leftovers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/signals.h"
#include "ends_print.h"
#include "message.h"

enum { NAMES_MAX = 10 };

static void name(struct ph_process *process, struct leftover *leftover)
{
	leftover->pid = ph_pid(process);
	handle_and_comm(process, leftover->handle, leftover->comm);
}

/* The newest ones are asked about most. */
static struct leftover *find(const struct leftovers *leftovers, const char *handle)
{
	for (size_t i = leftovers->count; i > 0; i--)
		if (strcmp(leftovers->all[i - 1].handle, handle) == 0)
			return &leftovers->all[i - 1];
	return NULL;
}

struct leftover *leftovers_note(struct leftovers *leftovers, struct ph_process *process)
{
	struct leftover one = { .signo = 0 };
	struct leftover *known;

	name(process, &one);
	known = find(leftovers, one.handle);
	if (known) {
		/* it may have been met before its exec */
		if (*one.comm)
			memcpy(known->comm, one.comm, sizeof(one.comm));
		return known;
	}
	if (leftovers->count == leftovers->room) {
		leftovers->room = leftovers->room ? 2 * leftovers->room : 16;
		leftovers->all = reallocarray(leftovers->all, leftovers->room, sizeof(one));
		if (!leftovers->all)
			abort();
	}
	leftovers->all[leftovers->count] = one;
	return &leftovers->all[leftovers->count++];
}

/* Does it belong to those whom ph has stopped, or to those whom it has not? */
static bool is_among(const struct leftover *leftover, bool has_ended)
{
	if (leftover->has_ended != has_ended)
		return false;
	return !has_ended || leftover->signo != 0;
}

/* "2 leftover processes: sleep(312) worker(313)" */
static size_t list(const struct leftovers *leftovers, bool has_ended, char **ret_text)
{
	size_t count = 0;
	size_t named = 0;
	size_t size;
	FILE *out;

	for (size_t i = 0; i < leftovers->count; i++)
		count += is_among(&leftovers->all[i], has_ended);
	out = open_memstream(ret_text, &size);
	if (!out)
		abort();
	(void)fprintf(out, "%zu leftover process%s:", count, count == 1 ? "" : "es");
	for (size_t i = 0; i < leftovers->count && named < NAMES_MAX; i++) {
		const struct leftover *one = &leftovers->all[i];

		if (!is_among(one, has_ended))
			continue;
		(void)fprintf(out, " %s(%d)", *one->comm ? one->comm : "?", (int)one->pid);
		if (one->error < 0)
			(void)fprintf(out, ": %s", ph_strerror(one->error));
		named++;
	}
	if (count > named)
		(void)fprintf(out, " and %zu more", count - named);
	(void)fclose(out);
	return count;
}

void leftovers_say(const struct leftovers *leftovers, const struct call *call)
{
	PH_CLEANUP(ph_freep) char *stopped = NULL;
	PH_CLEANUP(ph_freep) char *running = NULL;

	if (list(leftovers, true, &stopped) > 0 && !call->quiet)
		message(call, "stopped %s", stopped);
	if (list(leftovers, false, &running) > 0)
		message(call, "cannot stop %s", running);
}

struct json_object *leftovers_json(const struct leftovers *leftovers)
{
	struct json_object *array = json_object_new_array();
	char signal[32];

	for (size_t i = 0; i < leftovers->count; i++) {
		const struct leftover *one = &leftovers->all[i];
		struct json_object *object = json_object_new_object();

		json_add_text(object, "handle", one->handle);
		json_add_int(object, "pid", one->pid);
		json_add_text(object, "comm", one->comm);
		if (one->signo != 0)
			(void)ph_signal_name(one->signo, signal, sizeof(signal));
		json_add_text(object, "signal", one->signo != 0 ? signal : NULL);
		json_add(object, "exit", one->has_ended ? exit_json(NULL, &one->how) : NULL);
		(void)json_object_array_add(array, object);
	}
	return array;
}

void leftovers_clear(struct leftovers *leftovers)
{
	free(leftovers->all);
	leftovers->all = NULL;
	leftovers->count = leftovers->room = 0;
}
