/* SPDX-License-Identifier: MIT */

/* ph ls: a list of processes. */

#include <errno.h>

#include "message.h"
#include "status.h"
#include "view.h"

static int list_targets(struct call *call, struct rows *rows)
{
	struct targets targets;
	int worst = STATUS_OK;
	int status = targets_open(call, &targets);

	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < targets.count; i++) {
		struct target *target = &targets.all[i];
		int r = target->error;

		if (r == 0)
			r = rows_add(rows, target->process);
		if (r < 0)
			worst = status_worse(worst, target_fail(call, target, r));
	}
	targets_close(&targets);
	return worst;
}

static int list_all(const struct call *call, struct rows *rows)
{
	struct ph_filter filter = view_filter(call);
	int r = rows_list(rows, &filter);

	return r < 0 ? view_fail(call, r) : STATUS_OK;
}

static int run(struct call *call)
{
	struct columns columns;
	struct rows rows;
	int status = view_begin(call, &columns, &rows);

	if (status != STATUS_OK)
		return status;
	status = call->count > 0 ? list_targets(call, &rows) : list_all(call, &rows);
	columns_sort(&columns, &rows);
	if (rows.count > 0)
		view_print(call, &columns, &rows, NULL);
	rows_free(&rows);
	return status;
}

const struct verb verb_ls = {
	.name = "ls",
	.operands = "[SELECTOR]...",
	.summary = "List processes: those of the caller, or what the selectors name",
	.notes = "Columns: handle pid ppid pgid sid tty user uid gid state threads start age cpu\n"
		 "rss vsize comm command exe cwd cgroup wchan.",
	.examples = {
		{ "ph ls", "my processes" },
		{ "ph ls -a --sort -rss -o rss,command", "who has the most memory?" },
		{ "ph ls name:'ssh*' -a", "everybody's, by name" },
	},
	.options = view_options,
	.defaults = &view_defaults,
	.options_size = sizeof(view_defaults),
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_PIDFILES,
	.run = run,
};
