/* SPDX-License-Identifier: MIT */

/* ph stop: end processes, politely and then firmly, and return when they are gone. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <prochandle.h>

#include "duration.h"
#include "ends_print.h"
#include "message.h"
#include "status.h"
#include "stop.h"

#define FIELD(name) offsetof(struct stop_options, name)

static const struct option_spec options[] = {
	{ 'k', "grace", "D", "SIGKILL, if it still runs D later (10s); 0: at once", OPTION_DURATION,
	  FIELD(grace_ms) },
	{ 's', "signal", "SIGNAL", "Send SIGNAL first instead of TERM", OPTION_SIGNAL,
	  FIELD(signo) },
	{ 0, "no-kill", NULL, "No SIGKILL: give up after the grace", OPTION_FLAG, FIELD(no_kill) },
	{ 0, "schedule", "STEPS", "Signals and durations: TERM/5s/INT/5s/KILL/5s", OPTION_TEXT,
	  FIELD(schedule) },
	{ 0, "tree", NULL, "And everything below it", OPTION_FLAG, FIELD(tree) },
	{ 0, "cgroup", NULL, "Everything in its cgroup, and below that", OPTION_FLAG,
	  FIELD(cgroup) },
	{ 0, "force", NULL, "Also ph itself, its ancestors and process 1", OPTION_FLAG,
	  FIELD(force) },
	{ 0, "all", NULL, "A pattern may name several processes", OPTION_FLAG, FIELD(all) },
	{ 0, "newest", NULL, "Of several, the one that was started last, or first", OPTION_FLAG,
	  FIELD(newest) },
	{ 0, "oldest", NULL, "Of several, the one that was started first", OPTION_FLAG,
	  FIELD(oldest), .joins = true },
	{ 0, "missing-ok", NULL, "A PID that names nothing is no failure", OPTION_FLAG,
	  FIELD(missing_ok) },
	{ 0 },
};

static const struct stop_options defaults = { .grace_ms = NO_DURATION, .signo = -1 };

static int scope_of(const struct stop_options *own)
{
	if (own->tree)
		return PH_TREE;
	return own->cgroup ? PH_CGROUP : PH_ONE;
}

static void *or_abort(void *pointer)
{
	if (!pointer)
		abort();
	return pointer;
}

/* There was nothing to open. */
static int take_missing(const struct call *call, const struct target *target)
{
	static const struct ph_exit unknown = { .how = PH_UNKNOWN };
	const struct stop_options *own = call->options;

	if (target->is_over) {
		if (call->json || call->verbose > 0)
			end_print(call, target, &unknown, 0);
		return STATUS_OK;
	}
	if (target->error == -ESRCH && own->missing_ok)
		return STATUS_OK;
	return target_fail(call, target, target->error);
}

static void take_targets(struct stop *stop, struct targets *targets)
{
	size_t room = targets->count + 1;

	stop->targets = or_abort(calloc(room, sizeof(struct target *)));
	stop->processes = or_abort(calloc(room, sizeof(struct ph_process *)));
	stop->is_told = or_abort(calloc(room, sizeof(*stop->is_told)));
	for (size_t i = 0; i < targets->count; i++) {
		struct target *target = &targets->all[i];

		if (!target->process) {
			stop->worst = status_worse(stop->worst, take_missing(stop->call, target));
			continue;
		}
		stop->targets[stop->count] = target;
		stop->processes[stop->count++] = target->process;
	}
}

/* What the members have not told already. */
static void take_result(struct stop *stop, size_t index, int r)
{
	if (r >= 0 || (r == -ETIMEDOUT && stop->call->dry_run))
		return;
	if (stop->is_told[index] && (r == -ETIMEDOUT || r == -EPERM))
		stop->worst = status_worse(stop->worst, status_of(r));
	else
		stop->worst = status_worse(stop->worst,
					   target_fail_in_scope(stop->call, stop->targets[index], r,
								scope_of(stop->options)));
}

static void stop_all(struct stop *stop, const struct stop_steps *steps)
{
	static const struct ph_stop_step look = { .signo = 0, .wait_ms = 0 };
	const struct stop_options *own = stop->options;
	int *results = or_abort(calloc(stop->count, sizeof(*results)));
	struct ph_stop_options how = {
		.steps = stop->call->dry_run ? &look : steps->all,
		.steps_count = stop->call->dry_run ? 1 : (uint32_t)steps->count,
		.report = stop_report,
		.arg = stop,
		.scope = scope_of(own) | (own->force ? PH_FORCE : 0),
	};
	int r;

	for (size_t i = 0; i < stop->count; i++)
		results[i] = INT_MIN;
	stop->started_ms = now_ms();
	stop_progress_begin(&stop->progress, stop->call, steps);
	r = ph_stop_all(stop->processes, stop->count, &how, results);
	stop_progress_end(&stop->progress);
	for (size_t i = 0; i < stop->count; i++)
		take_result(stop, i, results[i] == INT_MIN ? r : results[i]);
	free(results);
}

static int stop_targets(struct stop *stop, const struct stop_steps *steps, struct targets *targets)
{
	const struct stop_options *own = stop->options;
	int scope = scope_of(own);

	if (!own->force)
		stop->worst = targets_refuse(stop->call, targets, scope);
	if (stop->worst != STATUS_OK)
		return stop->worst;
	take_targets(stop, targets);
	if (stop->count == 0)
		return stop->worst;
	if (scope != PH_ONE)
		targets_raise_limit(INT_MAX);
	if (own->tree)
		tree_note(stop->call);
	stop_all(stop, steps);
	return stop->worst;
}

static int run(struct call *call)
{
	struct stop stop = { .call = call, .options = call->options };
	struct stop_steps steps;
	struct targets targets;
	int status;

	status = stop_steps_of(call, &steps);
	if (status != STATUS_OK)
		return status;
	status = several_of(call, stop.options->all, stop.options->newest, stop.options->oldest);
	if (status == STATUS_OK)
		status = targets_open(call, &targets);
	if (status == STATUS_OK) {
		status = stop_targets(&stop, &steps, &targets);
		stop_forget_members(&stop);
		targets_close(&targets);
	}
	free(stop.targets);
	free(stop.processes);
	free(stop.is_told);
	free(steps.all);
	return status;
}

const struct verb verb_stop = {
	.name = "stop",
	.operands = "SELECTOR...",
	.summary = "End processes: SIGTERM, then SIGKILL; return when they are gone",
	.examples = {
		{ "ph stop 1234:5678", "SIGTERM, and SIGKILL 10 seconds later" },
		{ "ph stop -k 1m --tree 1234", "with everything that it has started" },
		{ "ph stop @/run/daemon.pid", "the process of a pid file, or nobody" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_DRY_RUN | VERB_SENDS | VERB_PIDFILES,
	.run = run,
};
