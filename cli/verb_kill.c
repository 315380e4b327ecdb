/* SPDX-License-Identifier: MIT */

/* ph kill: send one signal, once, to processes and to no one else. */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "base/signals.h"
#include "ends.h"
#include "ends_print.h"
#include "kill_list.h"
#include "message.h"
#include "options.h"
#include "status.h"
#include "targets.h"
#include "text.h"

struct kill_options {
	int signo;
	int queue;
	int64_t wait_ms;
	bool group;
	bool tree;
	bool cgroup;
	bool all;
	bool newest;
	bool oldest;
	bool missing_ok;
	bool list;
};

#define FIELD(name) offsetof(struct kill_options, name)

static const struct option_spec options[] = {
	{ 's', "signal", "SIGNAL", "Send SIGNAL (or -9, -KILL) and not TERM; 0 only asks",
	  OPTION_SIGNAL, FIELD(signo) },
	{ 0, "queue", "N", "Send the number N along", OPTION_NUMBER, FIELD(queue) },
	{ 0, "group", NULL, "Signal the process group of each target", OPTION_FLAG, FIELD(group) },
	{ 0, "tree", NULL, "Signal everything below each target as well", OPTION_FLAG, FIELD(tree) },
	{ 0, "cgroup", NULL, "Signal everything in the cgroup, and below that", OPTION_FLAG,
	  FIELD(cgroup) },
	{ 'w', "wait", "D", "Wait for the ends, at most D", OPTION_DURATION_OR_EVER,
	  FIELD(wait_ms) },
	{ 0, "all", NULL, "A pattern may name several processes", OPTION_FLAG, FIELD(all) },
	{ 0, "newest", NULL, "Of several, the one that was started last, or first", OPTION_FLAG,
	  FIELD(newest) },
	{ 0, "oldest", NULL, "Of several, the one that was started first", OPTION_FLAG,
	  FIELD(oldest), .joins = true },
	{ 0, "missing-ok", NULL, "A target that is gone is no failure", OPTION_FLAG,
	  FIELD(missing_ok) },
	{ 'l', "list", NULL, "Translate signals, exit statuses, 0xMASKs; or list all", OPTION_FLAG,
	  FIELD(list) },
	{ 0 },
};

static const struct kill_options defaults = { .signo = -1, .queue = -1, .wait_ms = NO_DURATION };

/*
 * "-9", "-KILL", "-SIGKILL". Only in front of the targets: behind one, "-1" may
 * have been meant as a process, and no reading of it may send a signal.
 */
static int dash_word(struct call *call, const char *word)
{
	struct kill_options *own = call->options;
	int signo = -1;

	if (!((word[1] >= '0' && word[1] <= '9') || (word[1] >= 'A' && word[1] <= 'Z')))
		return 0;
	if (call->count > 0) {
		(void)usage_error(call, word, "a signal stands before the targets");
		return -EINVAL;
	}
	if (options_signal(call, word + 1, &signo) != STATUS_OK)
		return -EINVAL;
	if (own->signo >= 0 && own->signo != signo) {
		(void)usage_error(call, word, "a second signal; one at a time");
		return -EINVAL;
	}
	own->signo = signo;
	return 1;
}

/* the scopes, their names in --json, and in words */
static const struct scope {
	int scope;
	const char *name;
	const char *text;
} scopes[] = {
	{ PH_ONE, "one", "" },
	{ PH_GROUP, "group", "the group of " },
	{ PH_TREE, "tree", "the tree of " },
	{ PH_CGROUP, "cgroup", "the cgroup of " },
};

static const struct scope *scope_of(const struct kill_options *own)
{
	if (own->group)
		return &scopes[1];
	if (own->tree)
		return &scopes[2];
	return &scopes[own->cgroup ? 3 : 0];
}

static int send_signal(const struct call *call, const struct target *target)
{
	const struct kill_options *own = call->options;
	int signo = call->dry_run ? 0 : own->signo;

	if (own->queue >= 0 && !call->dry_run)
		return ph_queue(target->process, signo, own->queue);
	return ph_kill(target->process, signo, scope_of(own)->scope);
}

static void report_json(const struct call *call, const struct target *target)
{
	const struct kill_options *own = call->options;
	struct json_object *object = target_json(target);
	char name[32];

	(void)ph_signal_name(own->signo, name, sizeof(name));
	json_add_text(object, "signal", own->signo == 0 ? NULL : name);
	json_add_int(object, "signo", own->signo);
	json_add_text(object, "scope", scope_of(own)->name);
	json_add_bool(object, "sent", !call->dry_run);
	json_end(object);
}

static void report(const struct call *call, const struct target *target)
{
	const struct kill_options *own = call->options;
	char name[32];

	if (call->json) {
		report_json(call, target);
		return;
	}
	if (!call->dry_run && call->verbose == 0)
		return;
	(void)ph_signal_name(own->signo, name, sizeof(name));
	(void)printf("%s%s%s to %s", call->dry_run ? "would send " : "sent ",
		     own->signo == 0 ? "signal " : "SIG", name, scope_of(own)->text);
	target_print(target, stdout);
	(void)putchar('\n');
}

static int signal_target(const struct call *call, struct target *target)
{
	const struct kill_options *own = call->options;
	int r = target->error;

	if (r == 0) {
		r = send_signal(call, target);
		/* the end of what was not signalled is nobody's business */
		if (r < 0)
			target->error = r;
	}
	if (r == 0)
		report(call, target);
	if (r == 0 || (r == -ESRCH && own->missing_ok))
		return STATUS_OK;
	return target_fail_in_scope(call, target, r, scope_of(own)->scope);
}

struct waiting {
	const struct call *call;
	int worst;
};

static void ended(void *arg, const struct target *target, int error, const struct ph_exit *how,
		  int64_t after_ms)
{
	struct waiting *waiting = arg;

	if (error < 0)
		waiting->worst =
			status_worse(waiting->worst, target_fail(waiting->call, target, error));
	else if (waiting->call->verbose > 0 || waiting->call->json)
		end_print(waiting->call, target, how, after_ms);
}

/* Waits for all that got the signal. */
static int wait_for_ends(const struct call *call, struct targets *targets, int64_t timeout_ms)
{
	PH_CLEANUP(ph_freep) bool *has_ended = calloc(targets->count + 1, sizeof(*has_ended));
	struct waiting waiting = { .call = call };
	struct ends_request request = {
		.call = call,
		.targets = targets,
		.wanted = targets->count,
		.timeout_ms = timeout_ms,
		.ended = ended,
		.arg = &waiting,
	};
	int r;

	if (!has_ended)
		abort();
	for (size_t i = 0; i < targets->count; i++)
		if (targets->all[i].error < 0)
			targets->all[i].process = ph_unref(targets->all[i].process);
	r = ends_wait(&request, has_ended);
	if (r < 0) {
		message(call, "cannot wait: %s", ph_strerror(r));
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < targets->count; i++)
		if (targets->all[i].process && !has_ended[i])
			waiting.worst = status_worse(
				waiting.worst, target_fail(call, &targets->all[i], -ETIMEDOUT));
	return waiting.worst;
}

static int check(struct call *call, struct kill_options *own)
{
	int several = own->group + own->tree + own->cgroup;

	if (several > 1)
		return usage_error(call, own->cgroup ? "--cgroup" : "--tree",
				   "only one of --group, --tree and --cgroup");
	if (several > 0 && own->queue >= 0)
		return usage_error(call, "--queue", "a number can be sent to one process only");
	if (own->signo < 0)
		own->signo = SIGTERM;
	return several_of(call, own->all, own->newest, own->oldest);
}

/* More than one is reached through each target. Return: STATUS_OK, or STATUS_REFUSED */
static int prepare_scope(const struct call *call, const struct targets *targets)
{
	const struct kill_options *own = call->options;
	int status = targets_refuse(call, targets, scope_of(own)->scope);

	if (status != STATUS_OK)
		return status;
	targets_raise_limit(INT_MAX);
	if (own->tree)
		tree_note(call);
	return STATUS_OK;
}

static int signal_targets(const struct call *call, struct targets *targets)
{
	const struct kill_options *own = call->options;
	int worst = STATUS_OK;

	if (scope_of(own)->scope != PH_ONE)
		worst = prepare_scope(call, targets);
	if (worst != STATUS_OK)
		return worst;
	for (size_t i = 0; i < targets->count; i++)
		worst = status_worse(worst, signal_target(call, &targets->all[i]));
	if (own->wait_ms != NO_DURATION && !call->dry_run)
		worst = status_worse(worst, wait_for_ends(call, targets, own->wait_ms));
	return worst;
}

static int run(struct call *call)
{
	struct kill_options *own = call->options;
	struct targets targets;
	int status;

	if (own->list)
		return kill_list(call);
	status = check(call, own);
	if (status == STATUS_OK)
		status = targets_open(call, &targets);
	if (status != STATUS_OK)
		return status;
	status = signal_targets(call, &targets);
	targets_close(&targets);
	return status;
}

const struct verb verb_kill = {
	.name = "kill",
	.operands = "SELECTOR...",
	.summary = "Send one signal to processes, and to no one else",
	.examples = {
		{ "ph kill 1234:5678", "SIGTERM to that process, or exit 4" },
		{ "ph kill -w=10s -KILL 1234", "and return when it is gone" },
		{ "ph kill -l 137", "KILL" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_DRY_RUN | VERB_SENDS | VERB_PIDFILES,
	.dash_word = dash_word,
	.run = run,
};
