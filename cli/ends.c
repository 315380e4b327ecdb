/* SPDX-License-Identifier: MIT */

/*
 * A set tells who has ended, at a cost that does not grow with those who have
 * not. What has ended while its parent has not reaped it is looked at in
 * intervals: how it ended may be told only afterwards.
 */

#include "ends.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "duration.h"
#include "progress.h"

enum {
	/* the longest interval between two looks at what has no event to wait for */
	LONGEST_LOOK_MS = 20,
	/* ends that are taken at once */
	BATCH = 64,
};

/* one that has ended, and nobody knows how as yet */
struct unreaped {
	struct target *target;
	struct ph_exit how;
	int64_t ended_ms;
	struct ph_deadline reap;
};

struct wait {
	const struct ends_request *request;
	struct ph_set *set;
	struct unreaped *unreaped;
	size_t unreaped_count;
	bool *has_ended;
	/** all; and those whose end is still to come */
	size_t count;
	size_t running;
	size_t ended;
	struct progress progress;
	struct ph_deadline deadline;
	int look_ms;
};

static bool has_enough(const struct wait *wait)
{
	return wait->ended >= wait->request->wanted ||
	       (wait->running == 0 && wait->unreaped_count == 0);
}

static void finish(struct wait *wait, struct target *target, int error, const struct ph_exit *how,
		   int64_t ended_ms)
{
	const struct ends_request *request = wait->request;

	progress_clear(&wait->progress);
	request->ended(request->arg, target, error, how, ended_ms - wait->progress.started_ms);
	wait->has_ended[target - request->targets->all] = true;
	wait->ended += error == 0;
}

static bool may_be_told_later(const struct ph_exit *how)
{
	return how->how == PH_UNKNOWN && how->flags & PH_PENDING;
}

/* An end that the set has reported. */
static void take(struct wait *wait, struct target *target, const struct ph_exit *how)
{
	struct ph_deadline reap = ph_deadline_after(wait->request->reap_ms);
	int64_t now = now_ms();

	wait->running--;
	if (!may_be_told_later(how) || ph_deadline_left_ms(reap) == 0) {
		finish(wait, target, 0, how, now);
		return;
	}
	wait->look_ms = 1;
	wait->unreaped[wait->unreaped_count++] = (struct unreaped){
		.target = target,
		.how = *how,
		.ended_ms = now,
		.reap = reap,
	};
}

/* Asks those once more that have ended; @is_last: what is not known now remains so. */
static void look_at_unreaped(struct wait *wait, bool is_last)
{
	size_t kept = 0;

	for (size_t i = 0; i < wait->unreaped_count; i++) {
		struct unreaped *one = &wait->unreaped[i];
		int r = ph_wait(one->target->process, 0, &one->how);

		if (r == 0 && may_be_told_later(&one->how) && !is_last &&
		    ph_deadline_left_ms(one->reap) != 0)
			wait->unreaped[kept++] = *one;
		else
			finish(wait, one->target, r, &one->how, one->ended_ms);
	}
	wait->unreaped_count = kept;
}

static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int next_timeout(struct wait *wait)
{
	int timeout = sooner(ph_deadline_left_ms(wait->deadline), progress_due_ms(&wait->progress));

	if (wait->unreaped_count == 0)
		return timeout;
	timeout = sooner(timeout, wait->look_ms);
	if (wait->look_ms < LONGEST_LOOK_MS)
		wait->look_ms++;
	return timeout;
}

/* Takes what ends within that time. Return: how many, at most BATCH, or why the set cannot tell */
static int take_ends(struct wait *wait, int timeout_ms)
{
	struct ph_event events[BATCH];
	int count = ph_set_wait(wait->set, timeout_ms, events, BATCH);

	if (count == -ETIMEDOUT)
		return 0;
	for (int i = 0; i < count; i++) {
		/* who is not asked for any more has ended all the same, and is not told of */
		if (!has_enough(wait))
			take(wait, events[i].data, &events[i].exit);
		(void)ph_unref(events[i].process);
	}
	return count;
}

static void show_progress(struct wait *wait)
{
	char since[DURATION_SIZE];
	char left[DURATION_SIZE];
	int left_ms = ph_deadline_left_ms(wait->deadline);

	if (!progress_is_due(&wait->progress))
		return;
	duration_text(now_ms() - wait->progress.started_ms, since);
	duration_text(left_ms, left);
	if (left_ms < 0)
		progress_show(&wait->progress, "%s: %zu/%zu ended, %s",
			      wait->request->call->verb->name, wait->ended, wait->count, since);
	else
		progress_show(&wait->progress, "%s: %zu/%zu ended, %s, %s left",
			      wait->request->call->verb->name, wait->ended, wait->count, since,
			      left);
}

static int wait_for_enough(struct wait *wait)
{
	int r = 0;

	/* everything is looked at once; whoever sleeps looks then */
	if (ph_deadline_left_ms(wait->deadline) == 0)
		do
			r = take_ends(wait, 0);
		while (r == BATCH && !has_enough(wait));
	while (r >= 0 && !has_enough(wait) && ph_deadline_left_ms(wait->deadline) != 0) {
		r = take_ends(wait, next_timeout(wait));
		look_at_unreaped(wait, false);
		show_progress(wait);
	}
	/* what has ended has ended, even if nobody can tell how */
	look_at_unreaped(wait, true);
	progress_clear(&wait->progress);
	return r < 0 ? r : 0;
}

/* Every target that could be opened goes into the set. */
static int fill_set(struct wait *wait)
{
	struct targets *targets = wait->request->targets;
	int r = ph_set_new(&wait->set);

	for (size_t i = 0; i < targets->count && r == 0; i++) {
		struct target *target = &targets->all[i];

		if (!target->process)
			continue;
		r = ph_set_add(wait->set, target->process, target);
		wait->count++;
	}
	wait->running = wait->count;
	return r;
}

int ends_wait(const struct ends_request *request, bool *ret_ended)
{
	PH_CLEANUP(ph_freep) struct unreaped *unreaped = NULL;
	struct wait wait = { .request = request, .has_ended = ret_ended, .look_ms = 1 };
	int r;

	unreaped = calloc(request->targets->count + 1, sizeof(*unreaped));
	if (!unreaped)
		abort();
	wait.unreaped = unreaped;
	wait.progress = progress_begin(request->call);
	wait.deadline = ph_deadline_after(request->timeout_ms);
	r = fill_set(&wait);
	if (r == 0)
		r = wait_for_enough(&wait);
	(void)ph_set_unref(wait.set);
	return r < 0 ? r : (int)wait.ended;
}
