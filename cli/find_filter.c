/* SPDX-License-Identifier: MIT */

/* The filters of ph find: one filter of the library, once for each parent. */

#include "find.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "message.h"
#include "status.h"

static int read_user(const struct call *call, const char *text, struct ph_filter *filter)
{
	const struct passwd *user = getpwnam(text);
	uint64_t uid;

	if (user)
		uid = user->pw_uid;
	else if (ph_parse_u64(text, &uid) < 0 || uid > UINT32_MAX)
		return usage_error(call, text, "no such user");
	filter->flags |= PH_FILTER_UID;
	filter->uid = (uint32_t)uid;
	return STATUS_OK;
}

static int read_states(const struct call *call, const char *text, struct ph_filter *filter)
{
	if (text[strspn(text, "RSDTtZXI")] != '\0')
		return usage_error(call, text, "states are letters: R S D T t Z I, see ph-find(1)");
	filter->states = text;
	return STATUS_OK;
}

static void read_ages(const struct find_options *own, struct ph_filter *filter)
{
	if (own->older_ms != NO_DURATION)
		/* nobody has been there for ever */
		filter->min_age_ms = own->older_ms < 0 ? INT64_MAX : own->older_ms;
	if (own->newer_ms > 0)
		filter->max_age_ms = own->newer_ms;
	else if (own->newer_ms == 0)
		/* 0 would be no limit at all */
		filter->max_age_ms = 1;
}

static int read_parents(struct call *call, const char *selector, struct find_filter *filter)
{
	char *operands[] = { (char *)selector, NULL };
	struct call parents = *call;
	int status;

	parents.operands = operands;
	parents.count = 1;
	status = targets_open(&parents, &filter->parents);
	filter->has_parents = status == STATUS_OK;
	for (size_t i = 0; i < filter->parents.count; i++)
		if (!filter->parents.all[i].process)
			status = status_worse(status, target_fail(call, &filter->parents.all[i],
								  filter->parents.all[i].error));
	return status;
}

static int read_program(const struct call *call, const struct find_options *own,
			struct find_filter *filter)
{
	int r = match_program(&filter->match, own->exe);
	struct target missing = { .selector = (char *)own->exe };

	if (r == 0)
		return STATUS_OK;
	return target_fail_because(call, &missing, r,
				   r == -ESRCH ? "there is no such file" : strerror(-r));
}

int find_filter_begin(struct call *call, struct find_filter *filter)
{
	const struct find_options *own = call->options;
	struct ph_filter *facts = &filter->match.filter;
	int status = STATUS_OK;

	*filter = (struct find_filter){
		.is_there = own->exe || own->cmd || own->user || own->parent || own->state ||
			    own->older_ms != NO_DURATION || own->newer_ms != NO_DURATION,
	};
	call->all_users = own->user != NULL;
	read_ages(own, facts);
	if (own->exe || own->cmd)
		match_carefully(&filter->match, call->all_users);
	if (own->user)
		status = read_user(call, own->user, facts);
	if (status == STATUS_OK && own->state)
		status = read_states(call, own->state, facts);
	if (status == STATUS_OK && own->cmd)
		status = match_command(call, &filter->match, own->cmd);
	if (status == STATUS_OK && own->exe)
		status = read_program(call, own, filter);
	if (status == STATUS_OK && own->parent)
		status = read_parents(call, own->parent, filter);
	return status;
}

void find_filter_end(struct find_filter *filter)
{
	match_end(&filter->match);
	targets_close(&filter->parents);
}

int find_filter_each(struct find_filter *filter,
		     int (*callback)(struct ph_process *process, void *arg), void *arg)
{
	int r = 0;

	if (!filter->has_parents)
		return match_each(&filter->match, callback, arg);
	for (size_t i = 0; i < filter->parents.count && r == 0; i++) {
		filter->match.filter.parent = filter->parents.all[i].process;
		r = match_each(&filter->match, callback, arg);
		/* it has ended, and nobody is its child any more */
		if (r == -ESRCH)
			r = 0;
	}
	return r;
}
