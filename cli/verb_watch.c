/* SPDX-License-Identifier: MIT */

/* ph watch: tell of starts and ends as they happen. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "ends_print.h"
#include "message.h"
#include "output.h"
#include "status.h"
#include "watch.h"

enum { UNTIL_START, UNTIL_EXIT, UNTIL_NOTHING };

enum { INTERVAL_MS = 250, LEAST_INTERVAL_MS = 10 };

struct watch_options {
	int until;
	int64_t timeout_ms;
	int64_t interval_ms;
	const char *exec;
};

#define FIELD(name) offsetof(struct watch_options, name)

static const struct option_spec options[] = {
	{ 0, "until", "EVENT", "Return after the first start (or if one runs), or exit",
	  OPTION_WORD, FIELD(until), .words = "start exit" },
	{ 't', "timeout", "D", "Give up after D (5, 1.5s, 1m30s); 0 looks once", OPTION_DURATION,
	  FIELD(timeout_ms) },
	{ 0, "interval", "D", "Look for starts every D (250ms)", OPTION_DURATION,
	  FIELD(interval_ms) },
	{ 0, "exec", "CMD", "Run this command of the shell at each event", OPTION_PATTERN,
	  FIELD(exec) },
	{ 0 },
};

static const struct watch_options defaults = {
	.until = UNTIL_NOTHING,
	.timeout_ms = -1,
	.interval_ms = INTERVAL_MS,
};

static const char *const names[] = {
	[WATCH_RUNNING] = "running",
	[WATCH_START] = "start",
	[WATCH_EXIT] = "exit",
};

static void print_json(enum watch_event event, const struct watched *who)
{
	struct json_object *object = target_json(&who->target);

	json_add_text(object, "event", names[event]);
	json_add_now(object);
	if (event == WATCH_EXIT)
		json_add(object, "exit", exit_json(who->target.process, &who->how));
	json_end(object);
}

static void print(const struct call *call, enum watch_event event, const struct watched *who)
{
	char text[END_TEXT_SIZE];

	if (call->json) {
		print_json(event, who);
		return;
	}
	(void)printf("%-7s ", names[event]);
	target_print(&who->target, stdout);
	if (event == WATCH_EXIT) {
		end_text(who->target.process, &who->how, text);
		(void)printf(" %s", text);
	}
	(void)putchar('\n');
	output_flush();
}

/* The command learns of the event from its environment: names are no words of a shell. */
static int execute(const struct call *call, const char *command, enum watch_event event,
		   const struct watched *who)
{
	char *argv[] = { "/bin/sh", "-c", (char *)command, NULL };
	PH_AUTO struct ph_process *child = NULL;
	struct ph_limit limit;
	/* a command may count on few descriptors, as with select(2) */
	struct ph_spawn_options how = {
		.limits = &limit,
		.limits_count = targets_old_limit(&limit) ? 1 : 0,
	};
	char pid[16];
	char end[END_TEXT_SIZE] = "";
	int r;

	(void)snprintf(pid, sizeof(pid), "%d", (int)ph_pid(who->target.process));
	if (event == WATCH_EXIT)
		end_text(who->target.process, &who->how, end);
	if (setenv("PH_EVENT", names[event], 1) < 0 || setenv("PH_PID", pid, 1) < 0 ||
	    setenv("PH_HANDLE", who->target.handle, 1) < 0 ||
	    setenv("PH_COMM", who->target.comm, 1) < 0 || setenv("PH_EXIT", end, 1) < 0)
		abort();
	r = ph_spawn(argv, &how, &child);
	if (r == 0)
		r = ph_wait(child, -1, NULL);
	if (r == 0)
		return STATUS_OK;
	message(call, "cannot run the command: %s", ph_strerror(r));
	return STATUS_FAILED;
}

static int happened(struct watch *watch, enum watch_event event, const struct watched *who)
{
	const struct watch_options *own = watch->call->options;
	bool is_exit = event == WATCH_EXIT;

	print(watch->call, event, who);
	if (own->until == (is_exit ? UNTIL_EXIT : UNTIL_START))
		watch->is_enough = true;
	return own->exec ? execute(watch->call, own->exec, event, who) : STATUS_OK;
}

static void fail(struct watch *watch, const struct target *target, int error)
{
	watch->worst = status_worse(watch->worst, target_fail(watch->call, target, error));
}

/* What is no pattern names processes that are there. Return: STATUS_OK, or another after a message */
static int watch_targets(struct watch *watch, struct call *named)
{
	struct targets targets;
	int status = targets_open(named, &targets);

	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < targets.count; i++) {
		int r = targets.all[i].error;

		if (r == 0)
			r = watch_add(watch, &targets.all[i], WATCH_RUNNING);
		if (r < 0)
			fail(watch, &targets.all[i], r);
	}
	targets_close(&targets);
	return STATUS_OK;
}

/* Return: STATUS_OK, or another after a message */
static int add_pattern(struct watch *watch, const char *selector)
{
	struct watch_pattern *pattern = &watch->patterns[watch->pattern_count];
	struct target target = { .selector = (char *)selector };
	int status = match_check(watch->call, selector);
	int r;

	if (status != STATUS_OK)
		return status;
	pattern->selector = selector;
	r = match_begin(selector, false, &pattern->match);
	if (r < 0)
		return target_fail(watch->call, &target, r);
	watch->pattern_count++;
	return STATUS_OK;
}

/* Return: STATUS_OK, or another after a message */
static int add_operands(struct watch *watch)
{
	struct call *call = watch->call;
	PH_CLEANUP(ph_freep) char **others = calloc(call->count + 1, sizeof(char *));
	struct call named = *call;
	int status = STATUS_OK;

	watch->patterns = calloc(call->count + 1, sizeof(*watch->patterns));
	if (!others || !watch->patterns)
		abort();
	named.operands = others;
	named.count = 0;
	for (size_t i = 0; i < call->count && status == STATUS_OK; i++)
		if (is_pattern(call->operands[i]))
			status = add_pattern(watch, call->operands[i]);
		else
			others[named.count++] = call->operands[i];
	/* without any operand it is that which says so */
	if (status == STATUS_OK && (named.count > 0 || call->count == 0))
		status = watch_targets(watch, &named);
	return status;
}

static void watch_all(struct watch *watch)
{
	const struct watch_options *own = watch->call->options;
	struct target nobody = { .selector = NULL };
	int r;

	/* nobody is left to wait for, and that has been said */
	if (watch->count == 0 && watch->pattern_count == 0)
		return;
	r = watch_run(watch, own->timeout_ms);
	if (r == -ETIMEDOUT) {
		watch->worst = status_worse(watch->worst, STATUS_TIMEOUT);
	} else if (r < 0 && watch->pattern_count > 0) {
		nobody.selector = (char *)watch->patterns[0].selector;
		fail(watch, &nobody, r);
	} else if (r < 0) {
		message(watch->call, "cannot watch: %s", ph_strerror(r));
		watch->worst = status_worse(watch->worst, STATUS_FAILED);
	}
}

static int check(const struct call *call, const struct watch_options *own)
{
	if (own->interval_ms >= 0 && own->interval_ms < LEAST_INTERVAL_MS)
		return usage_error(call, "--interval", "at least %dms: all processes are looked at",
				   LEAST_INTERVAL_MS);
	return STATUS_OK;
}

static int run(struct call *call)
{
	const struct watch_options *own = call->options;
	struct watch watch = {
		.call = call,
		.interval_ms = own->interval_ms,
		.happened = happened,
	};
	int status = check(call, own);
	int r;

	if (status != STATUS_OK)
		return status;
	targets_raise_limit(INT_MAX);
	r = watch_begin(&watch);
	if (r < 0) {
		message(call, "cannot watch: %s", ph_strerror(r));
		return STATUS_FAILED;
	}
	status = add_operands(&watch);
	if (status == STATUS_OK)
		watch_all(&watch);
	watch_end(&watch);
	for (size_t i = 0; i < watch.pattern_count; i++)
		match_end(&watch.patterns[i].match);
	free(watch.patterns);
	return status_worse(status, watch.worst);
}

const struct verb verb_watch = {
	.name = "watch",
	.operands = "SELECTOR...",
	.summary = "Tell of starts and ends as they happen",
	.notes = "Patterns (name:GLOB and others) are looked for again and again. CMD has\n"
		 "PH_EVENT, PH_HANDLE, PH_PID, PH_COMM and PH_EXIT in its environment.",
	.examples = {
		{ "ph watch name:nginx", "its starts and its ends" },
		{ "ph watch --until start -t 1m name:nginx", "wait until it is up" },
		{ "ph watch 1234:5678 --exec 'logger \"$PH_EXIT\"'", "note how it ends" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_PIDFILES,
	.run = run,
};
