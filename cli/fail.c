/* SPDX-License-Identifier: MIT */

/* Why a target could not be had, in the words that help its owner most. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "match.h"
#include "message.h"
#include "pidfile.h"
#include "selector.h"
#include "status.h"
#include "targets.h"

enum { REASON_SIZE = 512 };

/* the number in front of a selector; 0: it has none */
static pid_t number_in(const char *selector)
{
	pid_t pid;

	if (is_pidfile(selector))
		return pidfile_number(selector + 1);
	if (ph_parse_pid_n(selector, strcspn(selector, ":"), &pid) < 0)
		return 0;
	return pid;
}

/* "PID 312 is now payroll (312:90466)" */
static void stale_reason(const char *selector, char reason[REASON_SIZE])
{
	PH_AUTO struct ph_process *now = NULL;
	char handle[PH_ID_SIZE];
	char comm[COMM_SIZE];
	pid_t pid = number_in(selector);

	if (!is_pidfile(selector) && is_of_another_boot(selector)) {
		(void)snprintf(reason, REASON_SIZE, "it is of another boot of this system");
		return;
	}
	if (pid == 0 || ph_find(pid, &now) < 0 || handle_text(now, handle) < 0) {
		(void)snprintf(reason, REASON_SIZE, "the PID belongs to another process now");
		return;
	}
	comm_of(now, comm);
	if (is_pidfile(selector) && comm[0] != '\0' && !pidfile_has_identity(selector + 1)) {
		(void)snprintf(reason, REASON_SIZE, "%s started after %s was written", comm,
			       selector + 1);
		return;
	}
	(void)snprintf(reason, REASON_SIZE, "%sPID %d is now %s (%s)",
		       is_pidfile(selector) ? "the file is stale: " : "", (int)pid,
		       comm[0] != '\0' ? comm : "another process", handle);
}

static void thread_reason(const char *selector, char reason[REASON_SIZE])
{
	pid_t leader = leader_of_thread(number_in(selector));

	if (leader > 0)
		(void)snprintf(reason, REASON_SIZE, "a thread of process %d, not a process; use %d",
			       (int)leader, (int)leader);
	else
		(void)snprintf(reason, REASON_SIZE, "a thread, not a process");
}

/* what it was called, or what it is called if nobody has named it */
static const char *name_of(const struct target *target)
{
	return target->selector ? target->selector : target->handle;
}

static void explain(const struct target *target, int error, char reason[REASON_SIZE])
{
	const char *selector = name_of(target);
	const char *text = is_pidfile(selector) ? pidfile_reason(error) : NULL;

	if (text) {
		(void)snprintf(reason, REASON_SIZE, "%s", text);
		return;
	}
	switch (error) {
	case -ESTALE:
		stale_reason(selector, reason);
		return;
	case -ENOENT:
		thread_reason(selector, reason);
		return;
	case -ESRCH:
		if (is_stdin(selector))
			text = "the list on stdin names nobody";
		else if (is_pattern(selector) && !target->process)
			text = "no process matches";
		else
			text = is_handle(selector) || target->process ? "the process is gone"
								      : "no such process";
		break;
	case -EPERM:
		text = "not permitted";
		break;
	case -EDEADLK:
		text = "refused: ph itself, an ancestor of it or process 1 is among them";
		break;
	case -ETIMEDOUT:
		text = "it still runs";
		break;
	case -ENOTSUP:
		if (is_pattern(selector) && !target->process)
			text = "looking for processes needs /proc (and the setting procfs=1)";
		else if (strstr(selector, ":t"))
			text = "start times need /proc (and the setting procfs=1)";
		else if (is_handle(selector))
			text = "inodes of processes need Linux 6.9 (and the setting pidfs=1)";
		else
			text = "nothing tells it from its successors here: that takes Linux 6.9 or /proc";
		break;
	default:
		text = ph_strerror(error);
		break;
	}
	(void)snprintf(reason, REASON_SIZE, "%s", text);
}

/* what is a thread for others is no file here */
static const char *word_of(const struct target *target, int error)
{
	return error == -ENOENT && is_pidfile(target->selector) ? "missing" : status_word(error);
}

int target_fail_because(const struct call *call, const struct target *target, int error,
			const char *reason)
{
	int status = status_of(error);
	bool was_sent = !(call->verb->abilities & VERB_SENDS) || error == -ETIMEDOUT;
	struct json_object *object;

	if (call->json) {
		object = target_json(target);
		json_add_error(object, word_of(target, error), reason);
		json_end(object);
	} else if (!call->quiet || !STATUS_SPEAKS(status)) {
		message(call, "%s: %s%s", name_of(target), reason,
			error == -ESTALE && !was_sent ? "; nothing sent" : "");
	}
	return status;
}

int target_fail(const struct call *call, const struct target *target, int error)
{
	char reason[REASON_SIZE];

	explain(target, error, reason);
	return target_fail_because(call, target, error, reason);
}
