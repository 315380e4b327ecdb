/* SPDX-License-Identifier: MIT */

/*
 * Ends are told by a set, at once. For starts of what a pattern names there is
 * nothing to sleep on without privileges, so all processes are looked at in
 * intervals, which costs three system calls for each that does not match.
 */

#include "watch.h"

#include <errno.h>
#include <stdlib.h>

#include "status.h"

enum {
	/* ends that are taken at once */
	BATCH = 64,
	/* how long a parent may take to reap, and how often that is looked at */
	REAP_MS = 200,
	REAP_LOOK_MS = 10,
};

/* All but those that have ended: what is reported as over must not be found again. */
static const char running_states[] = "RSDTtI";

static void tell(struct watch *watch, enum watch_event event, const struct watched *who)
{
	/* who is told of after it was enough has not happened for the caller */
	if (watch->is_enough)
		return;
	watch->worst = status_worse(watch->worst, watch->happened(watch, event, who));
}

static struct watched *remember(struct watch *watch, const struct target *target)
{
	struct watched *watched = malloc(sizeof(*watched));

	if (watch->count == watch->room) {
		watch->room = watch->room ? watch->room * 2 : 16;
		watch->all = reallocarray(watch->all, watch->room, sizeof(struct watched *));
	}
	if (!watched || !watch->all)
		abort();
	*watched = (struct watched){ .target = *target };
	watch->all[watch->count++] = watched;
	return watched;
}

int watch_add(struct watch *watch, struct target *target, enum watch_event event)
{
	struct watched *watched = remember(watch, target);
	int r = ph_set_add(watch->set, target->process, watched);

	*target = (struct target){ .selector = NULL };
	if (r == 0)
		tell(watch, event, watched);
	return r;
}

static bool is_known(const struct watch *watch, struct ph_process *process)
{
	for (size_t i = 0; i < watch->count; i++) {
		struct ph_process *known = watch->all[i]->target.process;

		/* of two that are gone by now it may not be to be told: that was the one */
		if (ph_pid(known) == ph_pid(process) && ph_same(known, process) != 0)
			return true;
	}
	return false;
}

struct scan {
	struct watch *watch;
	const struct watch_pattern *pattern;
};

static int take_match(struct ph_process *process, void *arg)
{
	const struct scan *scan = arg;
	struct targets one = { .count = 0 };
	struct target *target;
	int r;

	if (is_known(scan->watch, process))
		return 0;
	target = targets_add(&one, scan->pattern->selector);
	target->process = ph_ref(process);
	target_describe(target);
	r = watch_add(scan->watch, target, scan->watch->has_scanned ? WATCH_START : WATCH_RUNNING);
	free(one.all);
	return r;
}

static int scan_all(struct watch *watch)
{
	int r = 0;

	for (size_t i = 0; i < watch->pattern_count && r == 0; i++) {
		struct scan scan = { .watch = watch, .pattern = &watch->patterns[i] };
		struct match match = watch->patterns[i].match;

		match.filter.states = running_states;
		r = match_each(&match, take_match, &scan);
	}
	watch->has_scanned = true;
	return r;
}

static void forget(struct watch *watch, size_t at)
{
	struct watched *watched = watch->all[at];

	(void)ph_unref(watched->target.process);
	free(watched->target.selector);
	free(watched);
	watch->all[at] = watch->all[--watch->count];
}

static bool is_settled(struct watched *watched)
{
	int r = ph_wait(watched->target.process, 0, &watched->how);

	return r < 0 || watched->how.how != PH_UNKNOWN || !(watched->how.flags & PH_PENDING) ||
	       ph_deadline_left_ms(watched->reap) == 0;
}

/* Tells of those that have ended. Return: are there any whose status may still come? */
static bool settle(struct watch *watch)
{
	bool is_pending = false;

	for (size_t i = 0; i < watch->count;) {
		struct watched *watched = watch->all[i];

		if (!watched->has_ended) {
			i++;
		} else if (is_settled(watched)) {
			tell(watch, WATCH_EXIT, watched);
			forget(watch, i);
		} else {
			is_pending = true;
			i++;
		}
	}
	return is_pending;
}

/* Return: 0, or a negative errno value */
static int take_ends(struct watch *watch, int timeout_ms)
{
	struct ph_event events[BATCH];
	int count = ph_set_wait(watch->set, timeout_ms, events, BATCH);

	for (int i = 0; i < count; i++) {
		struct watched *watched = events[i].data;

		watched->has_ended = true;
		watched->how = events[i].exit;
		watched->reap = ph_deadline_after(REAP_MS);
		(void)ph_unref(events[i].process);
	}
	return count == -ETIMEDOUT || count > 0 ? 0 : count;
}

static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

int watch_begin(struct watch *watch)
{
	return ph_set_new(&watch->set);
}

int watch_run(struct watch *watch, int64_t timeout_ms)
{
	struct ph_deadline deadline = ph_deadline_after(timeout_ms);
	int r = scan_all(watch);

	if (r == 0)
		r = take_ends(watch, 0);
	while (r == 0) {
		struct ph_deadline next =
			ph_deadline_after(watch->pattern_count > 0 ? watch->interval_ms : -1);
		bool is_pending;

		/* until the next look at all */
		do {
			int timeout;

			is_pending = settle(watch);
			if (watch->is_enough || (watch->count == 0 && watch->pattern_count == 0))
				return 0;
			if (ph_deadline_left_ms(deadline) == 0)
				return -ETIMEDOUT;
			timeout = sooner(ph_deadline_left_ms(deadline), ph_deadline_left_ms(next));
			if (is_pending)
				timeout = sooner(timeout, REAP_LOOK_MS);
			r = take_ends(watch, timeout);
		} while (r == 0 && ph_deadline_left_ms(next) != 0);
		if (r == 0)
			r = scan_all(watch);
	}
	return r;
}

void watch_end(struct watch *watch)
{
	while (watch->count > 0)
		forget(watch, watch->count - 1);
	free(watch->all);
	(void)ph_set_unref(watch->set);
}
