/* SPDX-License-Identifier: MIT */

/* ph run: start a command, pass on what it is told, and leave as it does. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <prochandle.h>

#include "duration.h"
#include "facts.h"
#include "message.h"
#include "run.h"
#include "status.h"

#define FIELD(name) offsetof(struct run_options, name)

static const struct option_spec options[] = {
	{ 't', "timeout", "D", "Stop it after D (5, 1.5s, 1m30s), and exit 124", OPTION_DURATION,
	  FIELD(timeout_ms) },
	{ 'k', "grace", "D", "SIGKILL, if it still runs D later (10s)", OPTION_DURATION,
	  FIELD(grace_ms) },
	{ 's', "signal", "SIGNAL", "What the timeout sends first (TERM)", OPTION_SIGNAL,
	  FIELD(signo) },
	{ 0, "leftovers", "WHAT", "stop, wait for, leave what it leaves behind (stop)", OPTION_WORD,
	  FIELD(leftovers), .words = "stop wait leave" },
	{ 0, "isolate", "HOW", "What keeps it together: auto, subreaper, cgroup, pidns",
	  OPTION_WORD, FIELD(isolate), .words = "auto subreaper cgroup pidns" },
	{ 0, "report", "FILE", "Write how it went to FILE or fd:N, as JSON", OPTION_TEXT,
	  FIELD(report) },
	{ 0, "pidfile", "FILE", "Write its PID to FILE, and refuse if that is held", OPTION_TEXT,
	  FIELD(pidfile) },
	{ 0, "print-handle", NULL, "Print the handle on stderr", OPTION_FLAG, FIELD(print_handle) },
	{ 0, "new-session", NULL, "Without the terminal, in a session of its own", OPTION_FLAG,
	  FIELD(new_session) },
	{ 0 },
};

static const struct run_options defaults = { .timeout_ms = -1, .grace_ms = 10000, .signo = -1 };

enum { REASON_SIZE = 512 };

static int start(struct run *run, struct ph_failure *failure)
{
	const uint64_t child = PH_SIGNAL_BIT(SIGCHLD);
	struct ph_spawn_options spawn = {
		/* what ph was started with is what the command gets */
		.flags = PH_SPAWN_KEEP_FDS | PH_SPAWN_KEEP_IGNORED |
			 (run->options->new_session ? PH_SPAWN_NEW_SESSION : 0),
		.failure = failure,
		.blocked = run->blocked,
		.ignored = run->ignored & child,
		/* if ph is killed, nobody keeps the deadline any more */
		.death_signal = SIGKILL,
	};
	int r;

	run->start_ms = now_ms();
	(void)clock_gettime(CLOCK_REALTIME, &run->start);
	run->timeout = ph_deadline_after(run->options->timeout_ms);
	run->grace = ph_deadline_after(-1);
	r = isolate_spawn(&run->isolate, run->call->operands, &spawn, &run->process);
	if (r == 0 && handle_text(run->process, run->handle) < 0)
		(void)snprintf(run->handle, sizeof(run->handle), "%d", (int)ph_pid(run->process));
	return r;
}

static int explain(const struct ph_failure *failure, const char *program, char reason[REASON_SIZE])
{
	const char *text = strerror(-failure->err);

	switch (failure->step) {
	case PH_STEP_EXEC:
		(void)snprintf(reason, REASON_SIZE, "cannot execute %s: %s", program, text);
		return failure->err == -ENOENT ? STATUS_NOTFOUND : STATUS_NOEXEC;
	case PH_STEP_INTERPRETER:
		(void)snprintf(reason, REASON_SIZE,
			       "cannot execute %s: the interpreter that it names is missing",
			       program);
		return STATUS_NOEXEC;
	default:
		(void)snprintf(reason, REASON_SIZE, "cannot %s: %s", ph_step_text(failure->step),
			       text);
		return STATUS_FAILED;
	}
}

static int fail_to_start(struct run *run, const struct ph_failure *failure)
{
	const char *program = run->call->operands[0];
	char reason[REASON_SIZE];
	int status = explain(failure, program, reason);

	(void)isolate_end(&run->isolate);
	/* also with -q: the command itself may exit so */
	message(run->call, "%s", reason);
	if (failure->err == -ENOEXEC)
		hint(run->call, "a script needs a first line such as #!/bin/sh");
	return run_report(run, status, reason);
}

static int fail_to_isolate(struct run *run)
{
	(void)isolate_end(&run->isolate);
	message(run->call, "%s", run->isolate.reason);
	if (run->isolate.hint)
		hint(run->call, "%s", run->isolate.hint);
	return run_report(run, STATUS_FAILED, run->isolate.reason);
}

static int status_of_end(const struct run *run)
{
	if (run->timed_out)
		return STATUS_TIMEOUT;
	switch (run->how.how) {
	case PH_EXITED:
		return run->how.value;
	case PH_SIGNALED:
		return 128 + run->how.value;
	default:
		message(run->call, "%s: exit status unknown", run->handle);
		return STATUS_FAILED;
	}
}

static void say_end(const struct run *run)
{
	char text[END_TEXT_SIZE];
	char after[DURATION_SIZE];

	if (run->call->verbose == 0)
		return;
	end_text(run->process, &run->how, text);
	duration_text(run->after_ms, after);
	message(run->call, "%s: %s after %s", run->handle, text, after);
}

/* Return: is nobody left whom the caller did not want to be? */
static bool end_leftovers(struct run *run)
{
	bool is_done = run_leftovers(run) == 0;

	if (isolate_end(&run->isolate) == 0)
		return is_done;
	message(run->call, "the cgroup %s cannot be ended", run->isolate.path);
	return false;
}

static int see_it_through(struct run *run)
{
	bool is_told = true;
	bool is_clean;
	int status;
	int r;

	if (run->options->print_handle)
		is_told = fprintf(stderr, "%s\n", run->handle) > 0;
	r = run_until_end(run);
	if (r < 0) {
		message(run->call, "%s: cannot wait for it: %s", run->handle, ph_strerror(r));
		return STATUS_FAILED;
	}
	run->after_ms = now_ms() - run->start_ms;
	(void)clock_gettime(CLOCK_REALTIME, &run->end);
	say_end(run);
	is_clean = end_leftovers(run);
	status = status_of_end(run);
	/* nobody is to take it for a success */
	if (!is_clean && status == STATUS_OK)
		status = STATUS_FAILED;
	status = run_report(run, status, "");
	return is_told ? status : STATUS_FAILED;
}

static int check(const struct call *call, struct run_options *own)
{
	if (call->count == 0) {
		(void)usage_error(call, "COMMAND", "is missing (see ph run --help)");
		return STATUS_FAILED;
	}
	if (own->signo == 0) {
		(void)usage_error(call, "0", "it would stop nothing");
		return STATUS_FAILED;
	}
	if (own->leftovers == LEFTOVERS_LEAVE && own->isolate > ISOLATE_SUBREAPER) {
		(void)usage_error(call, "--leftovers=leave",
				  "a cgroup or a namespace leaves nobody");
		return STATUS_FAILED;
	}
	if (own->signo < 0)
		own->signo = SIGTERM;
	return STATUS_OK;
}

static int run_command(struct call *call)
{
	struct run run = { .call = call, .options = call->options };
	struct ph_failure failure;
	int status;

	status = check(call, call->options);
	if (status == STATUS_OK)
		status = run_pidfile_check(&run);
	if (status == STATUS_OK)
		status = run_report_open(&run);
	if (status != STATUS_OK)
		return status;
	run_signals_begin(&run);
	if (isolate_begin(&run.isolate, (enum isolate_kind)run.options->isolate) < 0)
		return fail_to_isolate(&run);
	if (start(&run, &failure) < 0)
		return fail_to_start(&run, &failure);
	status = run_pidfile_write(&run);
	if (status == STATUS_OK) {
		status = see_it_through(&run);
		run_pidfile_remove(&run);
	} else {
		(void)end_leftovers(&run);
		status = run_report(&run, status, "the pid file could not be written");
	}
	run.process = ph_unref(run.process);
	leftovers_clear(&run.leftovers);
	return status;
}

const struct verb verb_run = {
	.name = "run",
	.operands = "[--] COMMAND [ARGUMENT]...",
	.summary = "Start a command, exit as it does, and leave nothing of it behind",
	.notes = "  125: ph failed; 126: not executable; 127: not found; 128+N: killed by signal N",
	.examples = {
		{ "ph run -t 5s -- make test", "5 seconds, then SIGTERM, then SIGKILL" },
		{ "ph run --report=how.json ./job", "and how it went" },
		{ "exec ph run /srv/app", "as the first process of a container" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.operand_kind = OPERAND_COMMAND,
	.abilities = VERB_COMMAND,
	.run = run_command,
};
