/* SPDX-License-Identifier: MIT */

/* What the library reports of a stop: kept for the progress, and told to who asked. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/signals.h"
#include "duration.h"
#include "ends_print.h"
#include "message.h"
#include "output.h"
#include "status.h"
#include "stop.h"
#include "text.h"

/* Who is waited for, and the first of them, for the progress and for an interruption. */
static void note_living(struct stop *stop, int change)
{
	size_t first = stop->first;
	const struct target *target;
	char comm[COMM_TEXT_SIZE];

	stop->progress.living += (size_t)change;
	while (first < stop->members_count && stop->members[first].is_over)
		first++;
	if (first < stop->members_count && (first != stop->first || !stop->progress.first[0])) {
		stop->first = first;
		target = &stop->members[first].target;
		text_escape(target->comm, comm, sizeof(comm));
		(void)snprintf(stop->progress.first, sizeof(stop->progress.first), "%d%s%s",
			       (int)ph_pid(target->process), *comm != '\0' ? " " : "", comm);
	}
	stop_progress_left(&stop->progress);
}

/* It is not waited for any more. */
static void settle(struct stop *stop, struct stop_member *member)
{
	if (member->is_over)
		return;
	member->is_over = true;
	note_living(stop, -1);
}

static struct stop_member *add_member(struct stop *stop, const struct ph_stop_report *report)
{
	const struct target *of = stop->targets[report->index];
	struct stop_member *member;

	if (stop->members_count == stop->members_room) {
		stop->members_room = stop->members_room ? stop->members_room * 2 : 16;
		stop->members =
			reallocarray(stop->members, stop->members_room, sizeof(*stop->members));
		if (!stop->members)
			abort();
	}
	member = &stop->members[stop->members_count++];
	*member = (struct stop_member){ .index = report->index };
	member->target.selector = of->selector;
	member->target.process = ph_ref(report->process);
	if (ph_same(report->process, of->process) == 1) {
		memcpy(member->target.handle, of->handle, sizeof(of->handle));
		memcpy(member->target.comm, of->comm, sizeof(of->comm));
	} else {
		target_describe(&member->target);
	}
	note_living(stop, 1);
	return member;
}

/* A step is told of in the order of the one before: the next one is mostly the right one. */
static struct stop_member *member_of(struct stop *stop, const struct ph_stop_report *report)
{
	for (size_t i = 0; i < stop->members_count; i++) {
		size_t at = (stop->cursor + i) % stop->members_count;

		if (stop->members[at].target.process == report->process &&
		    stop->members[at].index == report->index) {
			stop->cursor = at + 1;
			return &stop->members[at];
		}
	}
	return add_member(stop, report);
}

static bool is_target(const struct stop *stop, const struct stop_member *member)
{
	return ph_same(member->target.process, stop->targets[member->index]->process) == 1;
}

static void add_signal(struct json_object *object, const struct stop_member *member)
{
	char name[32];

	(void)ph_signal_name(member->signo, name, sizeof(name));
	json_add_text(object, "signal", member->signo == 0 ? NULL : name);
	json_add_int(object, "signo", member->signo);
	json_add_bool(object, "sent", member->signo != 0);
}

static void tell_end(const struct stop *stop, const struct stop_member *member,
		     const struct ph_exit *how)
{
	int64_t after_ms = now_ms() - stop->started_ms;
	struct json_object *object;

	if (!stop->call->json) {
		if (stop->call->verbose > 0)
			end_print(stop->call, &member->target, how, after_ms);
		return;
	}
	object = target_json(&member->target);
	add_signal(object, member);
	json_add(object, "exit", exit_json(member->target.process, how));
	json_add_now(object);
	json_add_int(object, "after_ms", after_ms);
	json_end(object);
}

static void tell_sent(const struct stop *stop, const struct stop_member *member)
{
	char name[32];

	if (stop->call->json || stop->call->verbose == 0)
		return;
	(void)ph_signal_name(member->signo, name, sizeof(name));
	(void)printf("sent SIG%s to ", name);
	target_print(&member->target, stdout);
	(void)putchar('\n');
	output_flush();
}

/* Why one of them runs on; the message names the target, and the member if it is another one. */
static void tell_failure(struct stop *stop, const struct stop_member *member, int error)
{
	const struct call *call = stop->call;
	struct json_object *object;
	char who[PH_ID_SIZE + COMM_SIZE + 4] = "";
	char reason[STATE_TEXT_SIZE + 32];
	char state[STATE_TEXT_SIZE];

	stop->is_told[member->index] = true;
	stop->worst = status_worse(stop->worst, status_of(error));
	state_text(member->target.process, state);
	(void)snprintf(reason, sizeof(reason), "%s%s",
		       error == -ETIMEDOUT ? "it still runs"
		       : error == -EPERM   ? "not permitted"
					   : ph_strerror(error),
		       error == -ETIMEDOUT ? state : "");
	if (call->json) {
		object = target_json(&member->target);
		add_signal(object, member);
		json_add_error(object, status_word(error), reason);
		json_end(object);
		return;
	}
	if (!is_target(stop, member))
		(void)snprintf(who, sizeof(who), "%s %s: ", member->target.handle,
			       member->target.comm);
	if (!call->quiet || !STATUS_SPEAKS(status_of(error)))
		message(call, "%s: %s%s", member->target.selector, who, reason);
}

/* With --dry-run the library waits for nothing, and has everybody left. */
static void tell_would(struct stop *stop, const struct stop_member *member)
{
	int r = ph_kill(member->target.process, 0, PH_ONE);
	struct json_object *object;

	/* ended meanwhile: there is nothing to do */
	if (r < 0 && r != -ESRCH) {
		tell_failure(stop, member, r);
		return;
	}
	if (stop->call->json) {
		object = target_json(&member->target);
		add_signal(object, member);
		json_end(object);
		return;
	}
	(void)fputs("would stop ", stdout);
	target_print(&member->target, stdout);
	(void)putchar('\n');
}

static void take(struct stop *stop, const struct ph_stop_report *report)
{
	struct stop_member *member;

	if (report->what == PH_STOP_STEP) {
		stop_progress_step(&stop->progress, report->index);
		return;
	}
	member = member_of(stop, report);
	switch (report->what) {
	case PH_STOP_SENT:
		member->signo = report->signo;
		tell_sent(stop, member);
		break;
	case PH_STOP_REFUSED:
		settle(stop, member);
		tell_failure(stop, member, (int)report->value);
		break;
	case PH_STOP_ENDED:
		settle(stop, member);
		tell_end(stop, member, &report->exit);
		break;
	case PH_STOP_LEFT:
		settle(stop, member);
		if (stop->call->dry_run)
			tell_would(stop, member);
		else
			tell_failure(stop, member, -ETIMEDOUT);
		break;
	default:
		break;
	}
}

int stop_report(const struct ph_stop_report *report, void *arg)
{
	struct stop *stop = arg;

	stop_progress_lock(&stop->progress);
	take(stop, report);
	stop_progress_unlock(&stop->progress);
	return 0;
}

void stop_forget_members(struct stop *stop)
{
	for (size_t i = 0; i < stop->members_count; i++)
		(void)ph_unref(stop->members[i].target.process);
	free(stop->members);
}
