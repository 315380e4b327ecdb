/* SPDX-License-Identifier: MIT */

/* ph find: print the handles of processes, and verify handles that are given. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "columns.h"
#include "find.h"
#include "message.h"
#include "status.h"
#include "targets.h"

#define FIELD(name) offsetof(struct find_options, name)

static const struct option_spec options[] = {
	{ 'l', "long", NULL, "A table: user, state, age, CPU time and command too", OPTION_FLAG,
	  FIELD(long_format) },
	{ 0, "exe", "PATH", "Only those that run this program", OPTION_TEXT, FIELD(exe) },
	{ 0, "cmd", "REGEX", "Only those whose command line matches", OPTION_PATTERN, FIELD(cmd) },
	{ 'u', "user", "USER", "Only those of this user", OPTION_USER, FIELD(user) },
	{ 0, "parent", "SEL", "Only children of what this selector names", OPTION_SELECTOR,
	  FIELD(parent) },
	{ 0, "state", "X", "Only those in state X: R, S, D, T, Z, or several", OPTION_PATTERN,
	  FIELD(state) },
	{ 0, "older", "D", "Only those started D ago or before, or after", OPTION_DURATION,
	  FIELD(older_ms) },
	{ 0, "newer", "D", "Only those started D ago or after", OPTION_DURATION, FIELD(newer_ms),
	  .joins = true },
	{ 0, "newest", NULL, "Of these, the one that was started last, or first", OPTION_FLAG,
	  FIELD(newest) },
	{ 0, "oldest", NULL, "Of all these, the one that was started first", OPTION_FLAG,
	  FIELD(oldest), .joins = true },
	{ 0, "count", NULL, "Print how many there are", OPTION_FLAG, FIELD(count) },
	{ 0 },
};

static const struct find_options defaults = { .older_ms = NO_DURATION, .newer_ms = NO_DURATION };

struct finding {
	struct call *call;
	const struct find_options *options;
	struct find_filter filter;
	struct targets targets;
	/** of each target: the filters leave it */
	bool *is_left;
	/** -l */
	struct rows rows;
	/** --newest, --oldest: the best so far, and the selector that named it */
	struct ph_process *best;
	const char *best_selector;
	size_t count;
	int worst;
};

static void fail(struct finding *finding, struct target *target, int error)
{
	if (!target->selector)
		target_describe(target);
	finding->worst = status_worse(finding->worst, target_fail(finding->call, target, error));
}

/* Prints one process. Return: 0, or a negative errno value */
static int print(struct finding *finding, struct target *target)
{
	const struct call *call = finding->call;
	struct json_object *object;
	char id[PH_ID_SIZE];
	int r;

	if (finding->options->long_format && !call->json)
		return rows_add(&finding->rows, target->process);
	r = call->json || call->verbose > 0 ? ph_id(target->process, id, sizeof(id))
					    : handle_text(target->process, id);
	if (r < 0)
		return r;
	if (!call->json) {
		(void)puts(id);
		return 0;
	}
	target_describe(target);
	object = target_json(target);
	json_add_text(object, "id", id);
	json_add_text(object, "guarantee", guarantee_text(ph_guarantee(target->process)));
	if (finding->options->long_format && rows_add(&finding->rows, target->process) == 0)
		row_json(&finding->rows.all[finding->rows.count - 1], object);
	json_end(object);
	return 0;
}

/* Who ends under a look at all processes is none of those that are there. */
static void print_or_forget(struct finding *finding, struct target *target)
{
	int r = print(finding, target);

	if (r == -ESRCH && !target->selector)
		finding->count--;
	else if (r < 0)
		fail(finding, target, r);
}

static void fail_because(struct finding *finding, const struct target *target, int error,
			 const char *reason)
{
	finding->worst = status_worse(finding->worst,
				      target_fail_because(finding->call, target, error, reason));
}

/*
 * What is not known cannot be compared, and is not the oldest for it. Of all
 * processes, those are compared that are shown.
 */
static bool has_start(struct finding *finding, struct target *target)
{
	struct ph_info info;
	int r = start_of(target->process, &info);

	if (r == 0 || (!target->selector && (r == -ESRCH || r == -EPERM)))
		return r == 0;
	if (r == -EPERM)
		fail_because(finding, target, r, "its start time is hidden");
	else if (r == -ENOTSUP)
		fail_because(finding, target, r,
			     "start times need /proc (and the setting procfs=1)");
	else
		fail(finding, target, r);
	return false;
}

/* One that is left; it is printed, counted or remembered. */
static void found(struct finding *finding, struct target *target)
{
	const struct find_options *own = finding->options;
	bool is_compared = own->newest || own->oldest;

	if (is_compared && !has_start(finding, target))
		return;
	finding->count++;
	if (is_compared) {
		if (finding->best && started_after(target->process, finding->best) != own->newest)
			return;
		(void)ph_unref(finding->best);
		finding->best = ph_ref(target->process);
		finding->best_selector = target->selector;
	} else if (!own->count) {
		print_or_forget(finding, target);
	}
}

static int take_any(struct ph_process *process, void *arg)
{
	struct target target = { .process = process };

	found(arg, &target);
	return 0;
}

static int mark(struct ph_process *process, void *arg)
{
	struct finding *finding = arg;

	for (size_t i = 0; i < finding->targets.count; i++) {
		struct ph_process *other = finding->targets.all[i].process;

		if (other && ph_pid(other) == ph_pid(process) && ph_same(other, process) == 1)
			finding->is_left[i] = true;
	}
	return 0;
}

static void walk(struct finding *finding, int (*callback)(struct ph_process *, void *))
{
	int r = find_filter_each(&finding->filter, callback, finding);

	if (r >= 0)
		return;
	message(finding->call, "cannot look for processes: %s",
		r == -ENOTSUP ? "that needs /proc (and the setting procfs=1)" : ph_strerror(r));
	finding->worst = status_worse(finding->worst, status_of(r));
}

static void find_targets(struct finding *finding)
{
	struct targets *targets = &finding->targets;

	finding->is_left = calloc(targets->count + 1, sizeof(*finding->is_left));
	if (!finding->is_left)
		abort();
	if (finding->filter.is_there)
		walk(finding, mark);
	for (size_t i = 0; i < targets->count; i++)
		if (!targets->all[i].process)
			fail(finding, &targets->all[i], targets->all[i].error);
		else if (finding->is_left[i] || !finding->filter.is_there)
			found(finding, &targets->all[i]);
}

static void print_best(struct finding *finding)
{
	struct target best = {
		.process = finding->best,
		.selector = (char *)finding->best_selector,
	};

	if (!finding->best)
		return;
	finding->count = 1;
	if (!finding->options->count)
		print_or_forget(finding, &best);
}

static void print_count(const struct finding *finding)
{
	struct json_object *object;

	if (!finding->call->json) {
		(void)printf("%zu\n", finding->count);
		return;
	}
	object = json_line();
	json_add_int(object, "count", (int64_t)finding->count);
	json_end(object);
}

static void finish(struct finding *finding, const struct columns *columns)
{
	print_best(finding);
	/* who could not be looked for has not been counted */
	if (finding->options->count && finding->worst != STATUS_FAILED)
		print_count(finding);
	else if (finding->options->long_format && !finding->call->json && finding->rows.count > 0)
		columns_print(finding->call, columns, &finding->rows, NULL, true, true);
	if (finding->count > 0 || finding->worst != STATUS_OK)
		return;
	if (!finding->call->quiet)
		message(finding->call, "no process matches");
	finding->worst = STATUS_NO;
}

static int check(const struct call *call, const struct find_options *own)
{
	if (own->newest && own->oldest)
		return usage_error(call, "--oldest", "only one of --newest and --oldest");
	if (own->long_format && own->count)
		return usage_error(call, "--count", "a number is no table; give one of them");
	return STATUS_OK;
}

static int run(struct call *call)
{
	struct finding finding = { .call = call, .options = call->options };
	struct columns columns;
	int status;

	status = check(call, finding.options);
	if (status == STATUS_OK)
		status = columns_parse(call, COLUMNS_DEFAULT, NULL, &columns);
	if (status != STATUS_OK)
		return status;
	columns_need(&columns, &finding.rows);
	if (call->json)
		finding.rows.want = ROW_EVERYTHING;
	status = find_filter_begin(call, &finding.filter);
	if (status == STATUS_OK && call->count > 0)
		status = targets_open(call, &finding.targets);
	if (status == STATUS_OK && call->count > 0)
		find_targets(&finding);
	else if (status == STATUS_OK)
		walk(&finding, take_any);
	if (status == STATUS_OK)
		finish(&finding, &columns);
	(void)ph_unref(finding.best);
	rows_free(&finding.rows);
	free(finding.is_left);
	targets_close(&finding.targets);
	find_filter_end(&finding.filter);
	return status_worse(status, finding.worst);
}

const struct verb verb_find = {
	.name = "find",
	.operands = "[SELECTOR]...",
	.summary = "Print the handles of processes, PID:INODE, one a line",
	.notes = "SELECTOR is PID, PID:INODE, :INODE, @PIDFILE, name:GLOB, exe:PATH, cmd:REGEX,\n"
		 "pg:N, sid:N, cgroup:PATH, - for a list on stdin; none: all. -v: with boot id.",
	.examples = {
		{ "ph find $$", "the handle of this shell" },
		{ "ph find 1234:5678 && echo same", "is it still that process?" },
		{ "ph find -l -u root name:'ssh*'", "who of root's is called like that?" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_PIDFILES,
	.run = run,
};
