/* SPDX-License-Identifier: MIT */

/* ph wait: wait for the end of processes, and say how each one ended. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/signals.h"
#include "duration.h"
#include "ends.h"
#include "ends_print.h"
#include "message.h"
#include "status.h"
#include "targets.h"

struct wait_options {
	int64_t timeout_ms;
	int64_t reap_ms;
	int count;
	bool any;
	bool exit_status;
	bool missing_ok;
	bool bell;
};

#define FIELD(name) offsetof(struct wait_options, name)

static const struct option_spec options[] = {
	{ 't', "timeout", "D", "Give up after D (5, 1.5s, 1m30s); 0 looks once", OPTION_DURATION,
	  FIELD(timeout_ms) },
	{ 0, "any", NULL, "The first end is enough", OPTION_FLAG, FIELD(any) },
	{ 0, "count", "N", "N ends are enough", OPTION_NUMBER, FIELD(count), .least = 1 },
	{ 'x', "exit-status", NULL, "Exit as the process did: its code, or 128 + signal",
	  OPTION_FLAG, FIELD(exit_status) },
	{ 0, "missing-ok", NULL, "A PID that names nothing is no failure", OPTION_FLAG,
	  FIELD(missing_ok) },
	{ 0, "bell", NULL, "Ring the bell of the terminal at the end", OPTION_FLAG, FIELD(bell) },
	{ 0, "reap-wait", "D", "Wait D for an unreaped one to tell its status (200ms)",
	  OPTION_DURATION, FIELD(reap_ms) },
	{ 0 },
};

static const struct wait_options defaults = { .timeout_ms = -1, .reap_ms = 200 };

struct waiting {
	const struct call *call;
	const struct wait_options *options;
	int worst;
	/** for --exit-status: of the first that is not 0 */
	int exit_status;
};

static void note_exit(struct waiting *waiting, const struct ph_exit *how)
{
	int status = STATUS_FAILED;

	if (how->how == PH_EXITED)
		status = how->value;
	else if (how->how == PH_SIGNALED)
		status = 128 + how->value;
	if (waiting->exit_status == 0)
		waiting->exit_status = status;
}

static void ended(void *arg, const struct target *target, int error, const struct ph_exit *how,
		  int64_t after_ms)
{
	struct waiting *waiting = arg;

	if (error < 0) {
		waiting->worst =
			status_worse(waiting->worst, target_fail(waiting->call, target, error));
		return;
	}
	end_print(waiting->call, target, how, after_ms);
	note_exit(waiting, how);
}

/* It ended before there was anything to wait for. Counts as an end? */
static bool is_over(struct waiting *waiting, const struct target *target)
{
	static const struct ph_exit unknown = { .how = PH_UNKNOWN };

	if (target->is_over) {
		end_print(waiting->call, target, &unknown, 0);
		note_exit(waiting, &unknown);
		return true;
	}
	if (target->error == -ESRCH && waiting->options->missing_ok)
		return true;
	waiting->worst =
		status_worse(waiting->worst, target_fail(waiting->call, target, target->error));
	return false;
}

static void report_running(struct waiting *waiting, const struct targets *targets,
			   const bool *has_ended)
{
	for (size_t i = 0; i < targets->count; i++)
		if (targets->all[i].process && !has_ended[i])
			waiting->worst = status_worse(
				waiting->worst,
				target_fail(waiting->call, &targets->all[i], -ETIMEDOUT));
}

static size_t wanted_of(const struct wait_options *own, size_t targets)
{
	if (own->any)
		return 1;
	return own->count > 0 ? (size_t)own->count : targets;
}

static void wait_for(struct waiting *waiting, struct targets *targets)
{
	PH_CLEANUP(ph_freep) bool *has_ended = calloc(targets->count + 1, sizeof(*has_ended));
	size_t wanted = wanted_of(waiting->options, targets->count);
	size_t running = 0;
	size_t over = 0;
	struct ends_request request = {
		.call = waiting->call,
		.targets = targets,
		.timeout_ms = waiting->options->timeout_ms,
		.reap_ms = waiting->options->reap_ms,
		.ended = ended,
		.arg = waiting,
	};
	int r;

	if (!has_ended)
		abort();
	for (size_t i = 0; i < targets->count; i++)
		if (targets->all[i].process)
			running++;
		else
			over += is_over(waiting, &targets->all[i]);
	if (over >= wanted)
		return;
	request.wanted = wanted - over < running ? wanted - over : running;
	r = ends_wait(&request, has_ended);
	if (r < 0) {
		message(waiting->call, "cannot wait: %s", ph_strerror(r));
		waiting->worst = status_worse(waiting->worst, STATUS_FAILED);
	} else if ((size_t)r < request.wanted) {
		report_running(waiting, targets, has_ended);
	}
}

static int check(const struct call *call, const struct wait_options *own)
{
	if (own->any && own->count > 0)
		return usage_error(call, "--any", "means --count=1; give one of them");
	return STATUS_OK;
}

static int run(struct call *call)
{
	struct waiting waiting = { .call = call, .options = call->options };
	struct targets targets;
	int status;

	status = check(call, waiting.options);
	if (status == STATUS_OK)
		status = targets_open(call, &targets);
	if (status != STATUS_OK)
		return status;
	wait_for(&waiting, &targets);
	targets_close(&targets);
	if (waiting.options->bell && isatty(STDERR_FILENO))
		(void)fputc('\a', stderr);
	if (waiting.worst == STATUS_OK && waiting.options->exit_status)
		return waiting.exit_status;
	return waiting.worst;
}

const struct verb verb_wait = {
	.name = "wait",
	.operands = "SELECTOR...",
	.summary = "Wait for the end of processes, and say how each one ended",
	.examples = {
		{ "ph wait 1234:5678", "until it has ended" },
		{ "ph wait -t 30s -x 1234", "30 seconds at most; exit as it did" },
		{ "ph find 10 11 | ph wait --any -", "until one of the two has ended" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_PIDFILES,
	.run = run,
};
