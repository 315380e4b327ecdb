/* SPDX-License-Identifier: MIT */

/* ph pidfile: pid files for daemons that nobody started through ph. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "message.h"
#include "pidfile.h"
#include "status.h"
#include "targets.h"

/* Opens the one target that @selector names. */
static int open_one(const struct call *call, char *selector, struct targets *ret_targets)
{
	char *operands[] = { selector, NULL };
	struct call one = *call;
	int status;

	one.operands = operands;
	one.count = 1;
	status = targets_open(&one, ret_targets);
	if (status != STATUS_OK || ret_targets->count == 1)
		return status;
	targets_close(ret_targets);
	return usage_error(call, selector, "one process, and no more, has a pid file");
}

static void print(const struct call *call, const char *path, const struct target *target,
		  const char *did, bool is_verified)
{
	struct json_object *object;

	if (call->json) {
		object = target_json(target);
		json_add_text(object, "file", path);
		/* that of the file which is written, not of one that was read */
		json_object_object_del(object, "verified");
		json_add_bool(object, "verified", is_verified);
		json_end(object);
		return;
	}
	(void)fputs(did, stdout);
	target_print(target, stdout);
	(void)puts(is_verified ? "" : " (unverified)");
}

static int show(const struct call *call, const char *path, char *selector)
{
	PH_CLEANUP(ph_freep) char *file = NULL;
	struct targets targets;
	int status;

	(void)selector;
	if (asprintf(&file, "@%s", path) < 0)
		abort();
	status = open_one(call, file, &targets);
	if (status != STATUS_OK)
		return status;
	if (targets.all[0].error < 0)
		status = target_fail(call, &targets.all[0], targets.all[0].error);
	else
		print(call, path, &targets.all[0], "", !targets.all[0].is_unverified);
	targets_close(&targets);
	return status;
}

static bool is_empty(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

/* What is to be done with -n. Return: 0, -EBUSY another process than that has it, or -errno */
static int would_replace(const char *path, struct ph_process *process)
{
	PH_AUTO struct ph_process *holder = NULL;
	int r = ph_find_pidfile(path, &holder);

	if (r >= 0)
		return process && ph_same(holder, process) == 1 ? 0 : -EBUSY;
	if (r == -ESRCH || r == -ESTALE || (r == -EINVAL && is_empty(path)))
		return 0;
	return r;
}

static int would_write(const char *path, struct ph_process *process)
{
	int r = would_replace(path, process);

	return r == 0 || r == -ENOENT ? pidfile_directory(path) : r;
}

static int would_clear(const char *path)
{
	int r = would_replace(path, NULL);

	return r == 0 ? pidfile_directory(path) : r;
}

static int write_for(const struct call *call, const char *path, const struct target *target)
{
	int r = target->error;

	if (r < 0)
		return target_fail(call, target, r);
	r = call->dry_run ? would_write(path, target->process)
			  : pidfile_write(target->process, path);
	if (r == -ESRCH)
		return target_fail(call, target, r);
	if (r == -EBUSY)
		return pidfile_is_held(call, path);
	if (r < 0)
		return pidfile_refuse(call, path, r);
	if (call->dry_run || call->verbose > 0 || call->json)
		print(call, path, target, call->dry_run ? "would write " : "wrote ", r == 0);
	return STATUS_OK;
}

static int write_one(const struct call *call, const char *path, char *selector)
{
	struct targets targets;
	int status;

	status = open_one(call, selector, &targets);
	if (status != STATUS_OK)
		return status;
	status = write_for(call, path, &targets.all[0]);
	targets_close(&targets);
	return status;
}

static void report_clear(const struct call *call, const char *path)
{
	struct json_object *object;

	if (!call->json) {
		if (call->dry_run || call->verbose > 0)
			(void)printf("%s a stale pid file\n",
				     call->dry_run ? "would remove" : "removed");
		return;
	}
	object = json_line();
	json_add_text(object, "selector", NULL);
	json_add_text(object, "file", path);
	json_add_bool(object, "removed", !call->dry_run);
	json_end(object);
}

static int keep(const struct call *call, const char *path)
{
	char reason[64] = "kept: somebody holds it";
	pid_t pid = pidfile_number(path);

	if (pid > 0)
		(void)snprintf(reason, sizeof(reason), "kept: PID %d runs", (int)pid);
	return pidfile_fail(call, path, -EBUSY, reason);
}

static int clear(const struct call *call, const char *path, char *selector)
{
	int r = call->dry_run ? would_clear(path) : pidfile_clear(path);

	(void)selector;
	if (r == -EBUSY)
		return keep(call, path);
	if (r < 0)
		return pidfile_refuse(call, path, r);
	report_clear(call, path);
	return STATUS_OK;
}

static const struct action {
	const char *name;
	size_t operands;
	int (*run)(const struct call *call, const char *path, char *selector);
} actions[] = {
	{ "write", 3, write_one },
	{ "show", 2, show },
	{ "clear", 2, clear },
};

static int run(struct call *call)
{
	if (call->count == 0)
		return usage_error(call, call->verb->operands, "is missing (see ph pidfile --help)");
	for (size_t i = 0; i < LENGTH(actions); i++) {
		const struct action *action = &actions[i];

		if (strcmp(call->operands[0], action->name) != 0)
			continue;
		if (call->count < action->operands)
			return usage_error(call, action->name, "%s is missing",
					   call->count == 1 ? "FILE" : "SELECTOR");
		if (call->count > action->operands)
			return usage_error(call, call->operands[action->operands],
					   "one operand too many");
		return action->run(call, call->operands[1], call->operands[2]);
	}
	return usage_error(call, call->operands[0], "not one of write, show, clear");
}

const struct verb verb_pidfile = {
	.name = "pidfile",
	.operands = "write FILE SELECTOR | show FILE | clear FILE",
	.summary = "Write, show and clear pid files that name no stranger",
	.notes = "\nwrite: FILE is the pid, and the identity beside it; refused while it is held\n"
		 "show:  who it is, unless it is stale (exit 4)\n"
		 "clear: remove FILE, if it is stale",
	.examples = {
		{ "ph pidfile write /run/x.pid 1234", "with the identity of 1234" },
		{ "ph pidfile show /run/x.pid", "1234:5678 x" },
		{ "ph pidfile clear /run/x.pid", "unless it runs" },
	},
	.operand_kind = OPERAND_PIDFILE,
	.abilities = VERB_JSON | VERB_DRY_RUN | VERB_PIDFILES,
	.run = run,
};
