/* SPDX-License-Identifier: MIT */

/*
 * From words to handles. All of them are opened before the first is acted upon,
 * and from then on only the handles are used.
 */

#include "targets.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "match.h"
#include "message.h"
#include "pidfile.h"
#include "selector.h"
#include "status.h"
#include "text.h"

/* descriptors that are needed beside one for each target */
enum { SPARE_DESCRIPTORS = 64 };

struct target *targets_add(struct targets *targets, const char *selector)
{
	struct target *target;

	if (targets->count == targets->room) {
		targets->room = targets->room ? targets->room * 2 : 16;
		targets->all = reallocarray(targets->all, targets->room, sizeof(*targets->all));
		if (!targets->all)
			abort();
	}
	target = &targets->all[targets->count++];
	*target = (struct target){ .selector = strdup(selector) };
	if (!target->selector)
		abort();
	return target;
}

/* A comment, and the blanks before it, are no part of the selector. */
static void strip_comment(char *line)
{
	char *comment = strchr(line, '#');

	if (!comment)
		return;
	while (comment > line && (comment[-1] == ' ' || comment[-1] == '\t'))
		comment--;
	*comment = '\0';
}

static int add_list(const struct call *call, struct targets *targets)
{
	PH_CLEANUP(ph_freep) char *line = NULL;
	size_t first = targets->count;
	size_t number = 0;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) >= 0) {
		int status;

		number++;
		if (length > 0 && line[length - 1] == '\n')
			line[--length] = '\0';
		if (strlen(line) != (size_t)length)
			return usage_error(call, STDIN_SELECTOR, "line %zu has a NUL byte in it",
					   number);
		strip_comment(line);
		if (*line == '\0')
			continue;
		status = selector_check(call, line);
		if (status != STATUS_OK) {
			message(call, "that was line %zu of stdin", number);
			return status;
		}
		(void)targets_add(targets, line);
	}
	if (ferror(stdin)) {
		message(call, "cannot read stdin: %s", strerror(errno));
		return STATUS_FAILED;
	}
	/* a list of nobody stays to be told of: what wrote it may have failed */
	if (targets->count == first)
		(void)targets_add(targets, STDIN_SELECTOR);
	return STATUS_OK;
}

static int collect(const struct call *call, struct targets *targets)
{
	bool has_list = false;

	for (size_t i = 0; i < call->count; i++) {
		const char *word = call->operands[i];
		int status;

		if (is_stdin(word) && has_list)
			return usage_error(call, word, "stdin can be read only once");
		if (is_stdin(word)) {
			has_list = true;
			status = add_list(call, targets);
		} else {
			status = selector_check(call, word);
			if (status == STATUS_OK)
				(void)targets_add(targets, word);
		}
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static struct ph_limit old_limit;
static bool is_raised;

static uint64_t limit_value(rlim_t limit)
{
	return limit == RLIM_INFINITY ? PH_UNLIMITED : limit;
}

void targets_raise_limit(size_t targets)
{
	struct rlimit limit;

	if (is_raised || getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= (rlim_t)targets + SPARE_DESCRIPTORS)
		return;
	old_limit = (struct ph_limit){
		.resource = RLIMIT_NOFILE,
		.soft = limit_value(limit.rlim_cur),
		.hard = limit_value(limit.rlim_max),
	};
	limit.rlim_cur = limit.rlim_max;
	is_raised = setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

bool targets_old_limit(struct ph_limit *ret_limit)
{
	*ret_limit = old_limit;
	return is_raised;
}

void target_describe(struct target *target)
{
	handle_and_comm(target->process, target->handle, target->comm);
}

static int open_one(const struct call *call, struct targets *targets, const char *selector)
{
	struct target *target;
	int r;

	if (is_pattern(selector))
		return targets_expand(call, targets, selector);
	target = targets_add(targets, selector);
	if (is_stdin(selector)) {
		target->error = -ESRCH;
	} else if (is_pidfile(selector)) {
		r = pidfile_open(call, target);
		if (r != STATUS_OK)
			return r;
	} else {
		r = selector_open(selector, &target->process);
		if (r == -EINVAL)
			return usage_error(call, selector, "not a handle (PID:INODE or :INODE)");
		target->error = r;
		target->is_over = r == -ESRCH && is_handle(selector);
	}
	if (target->error == 0)
		target_describe(target);
	return STATUS_OK;
}

/* by number, and in the order of the command line among equals */
static int compare(const void *a, const void *b)
{
	const struct target *left = *(struct target *const *)a;
	const struct target *right = *(struct target *const *)b;
	pid_t left_pid = left->process ? ph_pid(left->process) : 0;
	pid_t right_pid = right->process ? ph_pid(right->process) : 0;

	if (left_pid != right_pid)
		return left_pid < right_pid ? -1 : 1;
	return left < right ? -1 : left > right;
}

static bool is_known(struct target *const *sorted, size_t at)
{
	for (size_t i = at; i-- > 0;) {
		if (!sorted[i]->process)
			continue;
		if (ph_pid(sorted[i]->process) != ph_pid(sorted[at]->process))
			return false;
		if (ph_same(sorted[i]->process, sorted[at]->process) == 1)
			return true;
	}
	return false;
}

static void drop(struct target *target)
{
	target->process = ph_unref(target->process);
	free(target->selector);
	target->selector = NULL;
}

void targets_drop(struct targets *targets, size_t first)
{
	while (targets->count > first)
		drop(&targets->all[--targets->count]);
}

static struct target **sort(struct targets *targets, int (*order)(const void *, const void *))
{
	struct target **sorted = calloc(targets->count + 1, sizeof(*sorted));

	if (!sorted)
		abort();
	for (size_t i = 0; i < targets->count; i++)
		sorted[i] = &targets->all[i];
	qsort(sorted, targets->count, sizeof(*sorted), order);
	return sorted;
}

/* Closes the gaps that dropped ones have left. */
static void squeeze(struct targets *targets)
{
	size_t kept = 0;

	for (size_t i = 0; i < targets->count; i++)
		if (targets->all[i].selector)
			targets->all[kept++] = targets->all[i];
	targets->count = kept;
}

/* One process has one number, so only neighbours in that order are compared. */
static void merge_duplicates(struct targets *targets)
{
	PH_CLEANUP(ph_freep) struct target **sorted = sort(targets, compare);

	for (size_t i = 1; i < targets->count; i++)
		if (sorted[i]->process && is_known(sorted, i))
			drop(sorted[i]);
	squeeze(targets);
}

static int compare_words(const void *a, const void *b)
{
	const struct target *left = *(struct target *const *)a;
	const struct target *right = *(struct target *const *)b;
	int order = strcmp(left->selector, right->selector);

	return order != 0 ? order : (left > right) - (left < right);
}

/* Of what is said several times in the same words, the first is kept. */
static void merge_words(struct targets *selectors)
{
	PH_CLEANUP(ph_freep) struct target **sorted = sort(selectors, compare_words);
	struct target *first = sorted[0];

	for (size_t i = 1; i < selectors->count; i++)
		if (strcmp(first->selector, sorted[i]->selector) == 0)
			drop(sorted[i]);
		else
			first = sorted[i];
	squeeze(selectors);
}

/* A pattern takes as many descriptors as it names processes, and that is not known before. */
static void raise_limit_for(const struct targets *selectors)
{
	size_t count = selectors->count;

	for (size_t i = 0; i < selectors->count; i++)
		if (is_pattern(selectors->all[i].selector))
			count = INT_MAX;
	if (count > 1)
		targets_raise_limit(count);
}

int targets_open(struct call *call, struct targets *ret_targets)
{
	struct targets selectors = { 0 };
	struct targets targets = { 0 };
	int status;

	*ret_targets = targets;
	if (call->count == 0)
		return usage_error(call, call->verb->operands, "is missing (see ph %s --help)",
				   call->verb->name);
	status = collect(call, &selectors);
	if (status == STATUS_OK) {
		merge_words(&selectors);
		raise_limit_for(&selectors);
	}
	for (size_t i = 0; i < selectors.count && status == STATUS_OK; i++)
		status = open_one(call, &targets, selectors.all[i].selector);
	targets_close(&selectors);
	if (status != STATUS_OK) {
		targets_close(&targets);
		return status;
	}
	merge_duplicates(&targets);
	*ret_targets = targets;
	return STATUS_OK;
}

void targets_close(struct targets *targets)
{
	targets_drop(targets, 0);
	free(targets->all);
	*targets = (struct targets){ 0 };
}

void target_print(const struct target *target, FILE *out)
{
	(void)fputs(target->handle, out);
	if (target->comm[0] != '\0') {
		(void)fputc(' ', out);
		text_print(out, target->comm);
	}
}

struct json_object *target_json(const struct target *target)
{
	struct json_object *object = json_line();

	json_add_text(object, "selector", target->selector);
	if (!target->process)
		return object;
	json_add_text(object, "handle", target->handle);
	json_add_int(object, "pid", ph_pid(target->process));
	json_add_text(object, "comm", target->comm[0] != '\0' ? target->comm : NULL);
	if (is_pidfile(target->selector))
		json_add_bool(object, "verified", !target->is_unverified);
	return object;
}
