/* SPDX-License-Identifier: MIT */

/*
 * ph tree: processes below their parents. All of them are listed, as a line of
 * descent may lead through those of other users; then some are left out.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "message.h"
#include "status.h"
#include "view.h"

/** struct forest - who stands below whom; places are those in rows.all */
struct forest {
	struct call *call;
	struct columns columns;
	/** what the selectors name; opened first, so that who is not in rows is not shown */
	struct targets targets;
	struct rows rows;
	/** SIZE_MAX: nobody */
	size_t *parents;
};

static void *or_abort(void *pointer)
{
	if (!pointer)
		abort();
	return pointer;
}

/*
 * The rows are of different moments: a number may have changed hands in between.
 * A parent was there before its child.
 */
static bool may_be_parent(const struct row *parent, const struct row *row)
{
	return parent->info.start_ticks <= row->info.start_ticks && parent != row;
}

/* Within one tick a line may even go round. Would it, if that was the parent of @at? */
static bool goes_round(const struct forest *forest, size_t at, size_t parent)
{
	while (parent != SIZE_MAX && parent != at)
		parent = forest->parents[parent];
	return parent == at;
}

static void find_parents(struct forest *forest)
{
	const struct rows *rows = &forest->rows;

	forest->parents = or_abort(calloc(rows->count + 1, sizeof(*forest->parents)));
	for (size_t i = 0; i < rows->count; i++)
		forest->parents[i] = SIZE_MAX;
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->all[i];
		const struct row *parent = rows_by_pid(rows, row->info.parent);

		if (parent && may_be_parent(parent, row) &&
		    !goes_round(forest, i, (size_t)(parent - rows->all)))
			forest->parents[i] = (size_t)(parent - rows->all);
	}
}

/* Takes those out that are not @is_kept; whoever stood below one becomes a root. */
static void keep(struct forest *forest, const bool *is_kept)
{
	PH_CLEANUP(ph_freep) size_t *places = NULL;
	struct rows *rows = &forest->rows;
	size_t count = 0;

	places = or_abort(calloc(rows->count + 1, sizeof(*places)));
	for (size_t i = 0; i < rows->count; i++)
		places[i] = is_kept[i] ? count++ : SIZE_MAX;
	for (size_t i = 0; i < rows->count; i++) {
		size_t parent = forest->parents[i];

		if (!is_kept[i]) {
			row_free(&rows->all[i]);
			continue;
		}
		rows->all[places[i]] = rows->all[i];
		forest->parents[places[i]] = parent == SIZE_MAX ? SIZE_MAX : places[parent];
	}
	rows->count = count;
}

/* Is one of those above it in the set? It is remembered for all on the way. */
static bool is_below(const struct forest *forest, bool *is_kept, size_t at)
{
	size_t above = at;

	while (above != SIZE_MAX && !is_kept[above])
		above = forest->parents[above];
	if (above == SIZE_MAX)
		return false;
	for (; at != above; at = forest->parents[at])
		is_kept[at] = true;
	return true;
}

/* Is it that row? A bare number names whoever has it, and has no identity to compare. */
static bool is_row_of(const struct row *row, const struct target *target)
{
	return strcmp(row->handle, target->handle) == 0 ||
	       ph_guarantee(target->process) == PH_UNCHECKED;
}

/* Why a target is not among the rows. */
static int absence_of(const struct target *target)
{
	if (!target->process)
		return target->error;
	return is_reaped(target->process) ? -ESRCH : -EPERM;
}

static int choose_targets(struct forest *forest, bool *is_kept)
{
	int worst = STATUS_OK;

	for (size_t i = 0; i < forest->targets.count; i++) {
		const struct target *target = &forest->targets.all[i];
		const struct row *row = NULL;

		if (target->process)
			row = rows_by_pid(&forest->rows, ph_pid(target->process));
		if (row && is_row_of(row, target))
			is_kept[row - forest->rows.all] = true;
		else
			worst = status_worse(worst,
					     target_fail(forest->call, target, absence_of(target)));
	}
	for (size_t i = 0; i < forest->rows.count; i++)
		(void)is_below(forest, is_kept, i);
	return worst;
}

static void choose_own(const struct forest *forest, bool *is_kept)
{
	const struct view_options *own = forest->call->options;

	for (size_t i = 0; i < forest->rows.count; i++) {
		const struct ph_info *info = &forest->rows.all[i].info;

		is_kept[i] = own->all_users ||
			     (info->uid == geteuid() && !(info->flags & PH_IS_KERNEL));
	}
}

/* Sorts the rows; the places of the parents move with them. */
static void sort(struct forest *forest)
{
	struct rows *rows = &forest->rows;
	PH_CLEANUP(ph_freep) size_t *places = NULL;
	PH_CLEANUP(ph_freep) size_t *parents = NULL;

	places = or_abort(calloc(rows->count + 1, sizeof(*places)));
	parents = or_abort(calloc(rows->count + 1, sizeof(*parents)));
	/* where each stands is noted in the row while it is sorted */
	for (size_t i = 0; i < rows->count; i++)
		rows->all[i].place = i;
	columns_sort(&forest->columns, rows);
	for (size_t i = 0; i < rows->count; i++)
		places[rows->all[i].place] = i;
	for (size_t i = 0; i < rows->count; i++) {
		size_t parent = forest->parents[rows->all[i].place];

		parents[i] = parent == SIZE_MAX ? SIZE_MAX : places[parent];
	}
	memcpy(forest->parents, parents, rows->count * sizeof(*parents));
}

static void find_depths(struct forest *forest)
{
	for (size_t i = 0; i < forest->rows.count; i++)
		for (size_t at = forest->parents[i]; at != SIZE_MAX; at = forest->parents[at])
			forest->rows.all[i].depth++;
}

static int choose(struct forest *forest)
{
	PH_CLEANUP(ph_freep) bool *is_kept = or_abort(calloc(forest->rows.count + 1, sizeof(bool)));
	int status = STATUS_OK;

	if (forest->call->count > 0)
		status = choose_targets(forest, is_kept);
	else
		choose_own(forest, is_kept);
	keep(forest, is_kept);
	return status;
}

static int show(struct forest *forest)
{
	static const struct ph_filter everybody = { .flags = 0 };
	int status;
	int r;

	forest->rows.want |= PH_INFO_PARENT | PH_INFO_START | PH_INFO_INODE | PH_INFO_USER;
	r = rows_list(&forest->rows, &everybody);
	if (r < 0)
		return view_fail(forest->call, r);
	find_parents(forest);
	status = choose(forest);
	sort(forest);
	find_depths(forest);
	if (forest->rows.count > 0)
		view_print(forest->call, &forest->columns, &forest->rows, forest->parents);
	return status;
}

static int run(struct call *call)
{
	struct forest forest = { .call = call };
	int status = view_begin(call, &forest.columns, &forest.rows);

	if (status != STATUS_OK)
		return status;
	if (call->count > 0)
		status = targets_open(call, &forest.targets);
	if (status != STATUS_OK)
		return status;
	status = show(&forest);
	targets_close(&forest.targets);
	rows_free(&forest.rows);
	free(forest.parents);
	return status;
}

const struct verb verb_tree = {
	.name = "tree",
	.operands = "[SELECTOR]...",
	.summary = "Show processes below their parents: the caller's, or what is named",
	.notes = "The tree stands in the last column. Columns are those of ph ls.",
	.examples = {
		{ "ph tree", "my processes" },
		{ "ph tree 1234", "that process, and all that it has started" },
		{ "ph tree -a -o handle,user,comm", "everybody, by name" },
	},
	.options = view_options,
	.defaults = &view_defaults,
	.options_size = sizeof(view_defaults),
	.operand_kind = OPERAND_SELECTOR,
	.abilities = VERB_JSON | VERB_PIDFILES,
	.run = run,
};
