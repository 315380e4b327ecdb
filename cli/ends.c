/* SPDX-License-Identifier: MIT */

/*
 * One poll(2) over the descriptors of all handles. A handle without one is
 * looked at in intervals, as is a process that has ended while its parent has
 * not reaped it: how it ended may be told only afterwards.
 */

#include "ends.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "duration.h"
#include "progress.h"

/* the longest interval between two looks at what has no event to wait for */
enum { LONGEST_LOOK_MS = 20 };

enum state { RUNNING, UNREAPED, ENDED };

struct waiter {
	struct target *target;
	enum state state;
	/** what is known so far, in UNREAPED */
	struct ph_exit how;
	int64_t ended_ms;
	struct ph_deadline reap;
};

struct wait {
	const struct ends_request *request;
	struct waiter *waiters;
	/** one for each waiter; .fd is -1 where there is nothing to wait for */
	struct pollfd *polls;
	size_t count;
	size_t running;
	size_t ended;
	struct progress progress;
	struct ph_deadline deadline;
	int look_ms;
};

static void finish(struct wait *wait, size_t i, int error)
{
	const struct ends_request *request = wait->request;
	struct waiter *waiter = &wait->waiters[i];

	progress_clear(&wait->progress);
	request->ended(request->arg, waiter->target, error, &waiter->how,
		       waiter->ended_ms - wait->progress.started_ms);
	waiter->state = ENDED;
	wait->polls[i].fd = -1;
	wait->running--;
	wait->ended += error == 0;
}

/* Asks one handle without waiting. */
static void look(struct wait *wait, size_t i)
{
	struct waiter *waiter = &wait->waiters[i];
	int r = ph_wait(waiter->target->process, 0, &waiter->how);

	if (r == -ETIMEDOUT)
		return;
	if (waiter->state == RUNNING)
		waiter->ended_ms = now_ms();
	if (r < 0 || waiter->how.how != PH_UNKNOWN || !(waiter->how.flags & PH_PENDING)) {
		finish(wait, i, r);
		return;
	}
	if (waiter->state == RUNNING) {
		waiter->state = UNREAPED;
		waiter->reap = ph_deadline_after(wait->request->reap_ms);
		/* no event asked for: what remains is POLLHUP, which is the reap */
		wait->polls[i].events = 0;
	} else if (wait->polls[i].revents) {
		/* reaped, and still unknown: no further event will come */
		wait->polls[i].fd = -1;
	}
	if (ph_deadline_left_ms(waiter->reap) == 0)
		finish(wait, i, 0);
}

/* Is there a reason to look at it now? */
static bool is_due(const struct wait *wait, size_t i)
{
	if (wait->waiters[i].state == ENDED)
		return false;
	return wait->polls[i].fd < 0 || wait->polls[i].revents != 0 ||
	       wait->waiters[i].state == UNREAPED;
}

static bool has_enough(const struct wait *wait)
{
	return wait->ended >= wait->request->wanted || wait->running == 0;
}

static void look_at_all(struct wait *wait)
{
	for (size_t i = 0; i < wait->count && !has_enough(wait); i++)
		if (is_due(wait, i))
			look(wait, i);
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

	for (size_t i = 0; i < wait->count; i++)
		if (wait->waiters[i].state != ENDED &&
		    (wait->polls[i].fd < 0 || wait->waiters[i].state == UNREAPED)) {
			timeout = sooner(timeout, wait->look_ms);
			if (wait->look_ms < LONGEST_LOOK_MS)
				wait->look_ms++;
			break;
		}
	return timeout;
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

static void wait_for_enough(struct wait *wait)
{
	/* every one is looked at once, also with a deadline of 0 */
	for (size_t i = 0; i < wait->count && !has_enough(wait); i++)
		look(wait, i);
	while (!has_enough(wait) && ph_deadline_left_ms(wait->deadline) != 0) {
		(void)poll(wait->polls, wait->count, next_timeout(wait));
		look_at_all(wait);
		show_progress(wait);
	}
	/* what has ended has ended, even if nobody can tell how */
	for (size_t i = 0; i < wait->count; i++)
		if (wait->waiters[i].state == UNREAPED)
			finish(wait, i, 0);
	progress_clear(&wait->progress);
}

size_t ends_wait(const struct ends_request *request, bool *ret_ended)
{
	PH_CLEANUP(ph_freep) struct waiter *waiters = NULL;
	PH_CLEANUP(ph_freep) struct pollfd *polls = NULL;
	struct wait wait = { .request = request, .look_ms = 1 };
	size_t count = request->targets->count;

	waiters = calloc(count + 1, sizeof(*waiters));
	polls = calloc(count + 1, sizeof(*polls));
	if (!waiters || !polls)
		abort();
	wait.waiters = waiters;
	wait.polls = polls;
	for (size_t i = 0; i < count; i++) {
		struct target *target = &request->targets->all[i];

		if (!target->process)
			continue;
		waiters[wait.count] = (struct waiter){ .target = target };
		polls[wait.count] =
			(struct pollfd){ .fd = ph_fd(target->process), .events = POLLIN };
		wait.count++;
	}
	wait.running = wait.count;
	wait.progress = progress_begin(request->call);
	wait.deadline = ph_deadline_after(request->timeout_ms);
	wait_for_enough(&wait);
	for (size_t i = 0; i < wait.count; i++)
		ret_ended[waiters[i].target - request->targets->all] = waiters[i].state == ENDED;
	return wait.ended;
}
