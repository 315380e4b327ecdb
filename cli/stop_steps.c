/* SPDX-License-Identifier: MIT */

/* From the options of ph stop to steps: "TERM/5s/INT/5s/KILL/5s", or one of the usual ways. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "duration.h"
#include "message.h"
#include "options.h"
#include "status.h"
#include "stop.h"

enum { GRACE_MS = 10000 };

static void add(struct stop_steps *steps, int signo, int64_t wait_ms)
{
	steps->all[steps->count++] = (struct ph_stop_step){ .signo = signo, .wait_ms = wait_ms };
}

/* one step: a signal, and the duration after it, which only the last one may lack */
static int add_item(const struct call *call, struct stop_steps *steps, char **rest)
{
	const char *signal = strsep(rest, "/");
	const char *duration = strsep(rest, "/");
	int64_t wait_ms = PH_STOP_KILL_MS;
	int signo;
	int status;

	status = options_signal(call, signal, &signo);
	if (status != STATUS_OK)
		return status;
	if (signo == 0)
		return usage_error(call, signal, "it would stop nothing");
	if (duration && duration_parse(duration, &wait_ms) < 0)
		return usage_error(call, duration,
				   "--schedule takes a duration after each signal: TERM/5s/KILL/5s");
	if (wait_ms < 0 && *rest)
		return usage_error(call, duration, "nothing comes after it");
	add(steps, signo, wait_ms);
	return STATUS_OK;
}

static int read_schedule(const struct call *call, const char *schedule, struct stop_steps *steps)
{
	PH_CLEANUP(ph_freep) char *copy = strdup(schedule);
	char *rest = copy;
	int status = STATUS_OK;

	if (!copy)
		abort();
	while (status == STATUS_OK && rest)
		status = add_item(call, steps, &rest);
	return status;
}

static int check(const struct call *call, const struct stop_options *own)
{
	if (own->tree && own->cgroup)
		return usage_error(call, "--cgroup", "not together with --tree");
	if (own->signo == 0)
		return usage_error(call, "0", "it would stop nothing");
	if (!own->schedule)
		return STATUS_OK;
	if (own->signo > 0 || own->no_kill || own->grace_ms != NO_DURATION)
		return usage_error(call, own->schedule,
				   "--schedule says all of --signal, --grace and --no-kill");
	return STATUS_OK;
}

int stop_steps_of(const struct call *call, struct stop_steps *ret_steps)
{
	const struct stop_options *own = call->options;
	int64_t grace_ms = own->grace_ms == NO_DURATION ? GRACE_MS : own->grace_ms;
	int signo = own->signo < 0 ? SIGTERM : own->signo;
	/* a schedule has at most as many steps as bytes */
	size_t room = 2 + (own->schedule ? strlen(own->schedule) : 0);
	struct stop_steps steps = { 0 };
	int status = check(call, own);

	*ret_steps = steps;
	if (status != STATUS_OK)
		return status;
	steps.all = calloc(room, sizeof(*steps.all));
	if (!steps.all)
		abort();
	if (own->schedule) {
		status = read_schedule(call, own->schedule, &steps);
	} else {
		if (grace_ms != 0 || own->no_kill)
			add(&steps, signo, grace_ms);
		if (grace_ms >= 0 && !own->no_kill)
			add(&steps, SIGKILL, PH_STOP_KILL_MS);
	}
	if (status != STATUS_OK) {
		free(steps.all);
		return status;
	}
	*ret_steps = steps;
	return STATUS_OK;
}
