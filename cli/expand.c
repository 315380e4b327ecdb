/* SPDX-License-Identifier: MIT */

/*
 * From a pattern to the processes that it names now. A verb that sends something
 * gets one of them, unless the user has said that all are meant.
 */

#include <errno.h>
#include <stdio.h>

#include "match.h"
#include "message.h"
#include "status.h"
#include "targets.h"
#include "text.h"

int several_of(struct call *call, bool all, bool newest, bool oldest)
{
	if (all + newest + oldest > 1)
		return usage_error(call, newest ? "--newest" : "--oldest",
				   "only one of --all, --newest and --oldest");
	if (all)
		call->several = SEVERAL_ALL;
	else if (newest || oldest)
		call->several = newest ? SEVERAL_NEWEST : SEVERAL_OLDEST;
	return STATUS_OK;
}

struct expansion {
	struct targets *targets;
	const char *selector;
};

static int take(struct ph_process *process, void *arg)
{
	const struct expansion *expansion = arg;
	struct target *target = targets_add(expansion->targets, expansion->selector);

	target->process = ph_ref(process);
	target_describe(target);
	return 0;
}

int start_of(struct ph_process *process, struct ph_info *ret_info)
{
	PH_AUTO struct ph_process *self = NULL;
	struct ph_info own = { .got = 0 };
	int r;

	*ret_info = own;
	r = ph_info(process, PH_INFO_START, ret_info);
	if (r < 0 || ret_info->got & PH_INFO_START)
		return r;
	/* is it hidden, or can nobody's be read? */
	r = ph_self(&self);
	if (r == 0)
		r = ph_info(self, PH_INFO_START, &own);
	if (r < 0)
		return r;
	return own.got & PH_INFO_START ? -EPERM : -ENOTSUP;
}

bool started_after(struct ph_process *process, struct ph_process *other)
{
	struct ph_info info;
	struct ph_info of_other;

	(void)start_of(process, &info);
	(void)start_of(other, &of_other);
	if (info.start_ticks != of_other.start_ticks)
		return info.start_ticks > of_other.start_ticks;
	/* within a tick, the larger number mostly was given later */
	return ph_pid(process) > ph_pid(other);
}

/* Who has ended meanwhile has no start time, and is not the oldest for it. */
static bool is_better(struct ph_process *process, struct ph_process *best, bool is_newest)
{
	struct ph_info info;

	if (start_of(process, &info) < 0)
		return false;
	return start_of(best, &info) < 0 || started_after(process, best) == is_newest;
}

/* Keeps one of those from @first on. */
static void keep_one(struct targets *targets, size_t first, bool is_newest)
{
	struct target *all = targets->all;
	size_t kept = first;

	for (size_t i = first + 1; i < targets->count; i++)
		if (is_better(all[i].process, all[kept].process, is_newest))
			kept = i;
	if (kept != first) {
		struct target target = all[first];

		all[first] = all[kept];
		all[kept] = target;
	}
	targets_drop(targets, first + 1);
}

static int refuse(const struct call *call, const struct targets *targets, size_t first)
{
	char reason[COMM_TEXT_SIZE + PH_ID_SIZE + 128];
	size_t count = targets->count - first;

	if (!call->quiet && !call->json)
		message(call,
			"%s: refused: it names %zu processes"
			" (--all, --newest or --oldest says which are meant)",
			targets->all[first].selector, count);
	for (size_t i = first; i < targets->count; i++) {
		const struct target *target = &targets->all[i];

		if (call->json)
			(void)snprintf(reason, sizeof(reason), "refused: one of %zu", count);
		else
			(void)snprintf(reason, sizeof(reason), "%s %s", target->handle,
				       target->comm);
		(void)target_fail_because(call, target, -EDEADLK, reason);
	}
	return STATUS_REFUSED;
}

int targets_expand(const struct call *call, struct targets *targets, const char *selector)
{
	struct expansion expansion = { .targets = targets, .selector = selector };
	size_t first = targets->count;
	struct match match;
	int r = match_begin(selector, call->all_users, &match);

	if (r == 0) {
		r = match_each(&match, take, &expansion);
		match_end(&match);
	}
	if (r < 0)
		targets_drop(targets, first);
	if (targets->count == first) {
		targets_add(targets, selector)->error = r < 0 ? r : -ESRCH;
		return STATUS_OK;
	}
	if (targets->count == first + 1)
		return STATUS_OK;
	if (call->several == SEVERAL_NEWEST || call->several == SEVERAL_OLDEST)
		keep_one(targets, first, call->several == SEVERAL_NEWEST);
	else if (call->several != SEVERAL_ALL && call->verb->abilities & VERB_SENDS)
		return refuse(call, targets, first);
	return STATUS_OK;
}
