/* SPDX-License-Identifier: MIT */

/* Which containment it is, and what all of them share: ph as the reaper of orphans. */

#include "isolate.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int isolate_fail(struct isolate *isolate, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(isolate->reason, sizeof(isolate->reason), format, args);
	va_end(args);
	return error;
}

/* Those who have ended as well: ph_stop_all() tells how. */
static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/* Of whoever has ended before the command nothing is left. */
static void reap(void)
{
	siginfo_t info;

	do
		info.si_pid = 0;
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0);
}

static int become_subreaper(struct isolate *isolate, enum isolate_kind wanted)
{
	int r = ph_subreaper(1);

	if (r >= 0 || getpid() == 1) {
		isolate->kind = wanted == ISOLATE_AUTO ? ISOLATE_SUBREAPER : wanted;
		return 0;
	}
	/* it was not asked for in so many words */
	if (wanted == ISOLATE_AUTO || wanted == ISOLATE_PIDNS) {
		isolate->kind = wanted;
		return 0;
	}
	return isolate_fail(isolate, r, "cannot become the parent of orphans: %s", ph_strerror(r));
}

int isolate_begin(struct isolate *isolate, enum isolate_kind wanted)
{
	int r = 0;

	isolate->parent = isolate->cgroup = isolate->keeper = -1;
	reap();
	isolate->has_older = has_children();
	if (wanted == ISOLATE_CGROUP) {
		/* whoever ran ph may have been one */
		(void)ph_subreaper(0);
		r = isolate_cgroup_begin(isolate);
	}
	if (r == 0)
		r = become_subreaper(isolate, wanted);
	/* last, for a thread that has namespaces of its own cannot be followed by others */
	if (r == 0 && wanted == ISOLATE_PIDNS)
		r = isolate_pidns_begin(isolate);
	return r;
}

int isolate_spawn(struct isolate *isolate, char *const argv[], struct ph_spawn_options *options,
		  struct ph_process **ret_process)
{
	if (isolate->kind == ISOLATE_PIDNS)
		return isolate_pidns_spawn(isolate, argv, options, ret_process);
	if (isolate->kind == ISOLATE_CGROUP) {
		options->flags |= PH_SPAWN_CGROUP;
		options->cgroup = isolate->cgroup;
	}
	return ph_spawn(argv, options, ret_process);
}

void isolate_leave(struct isolate *isolate)
{
	if (isolate->kind != ISOLATE_PIDNS)
		reap();
	else
		isolate->has_left = isolate_pidns_leave(isolate);
}

int isolate_scope(const struct isolate *isolate, struct ph_process **ret_target, int *ret_scope)
{
	int r;

	*ret_target = NULL;
	if (isolate->kind == ISOLATE_PIDNS) {
		if (!isolate->has_left)
			return 0;
		*ret_target = ph_ref(isolate->init);
		*ret_scope = PH_TREE;
		return 1;
	}
	if (!has_children())
		return 0;
	/* those of the first process of a namespace end with it, however old */
	if (isolate->has_older && getpid() != 1)
		return -EBUSY;
	r = ph_self(ret_target);
	*ret_scope = PH_DESCENDANTS;
	return r < 0 ? r : 1;
}

bool isolate_is_own(const struct isolate *isolate, const struct ph_process *process)
{
	return isolate->init && ph_pid(isolate->init) == ph_pid(process);
}

int isolate_end(struct isolate *isolate)
{
	isolate_pidns_end(isolate);
	return isolate_cgroup_end(isolate);
}

struct json_object *isolate_json(const struct isolate *isolate)
{
	static const char *const kinds[] = {
		[ISOLATE_AUTO] = "none",
		[ISOLATE_SUBREAPER] = "subreaper",
		[ISOLATE_CGROUP] = "cgroup",
		[ISOLATE_PIDNS] = "pidns",
	};
	struct json_object *object = json_object_new_object();

	json_add_text(object, "kind", kinds[isolate->kind]);
	json_add_text(object, "cgroup", isolate->kind == ISOLATE_CGROUP ? isolate->path : NULL);
	json_add_bool(object, "user_namespace", isolate->has_user);
	json_add_bool(object, "proc", isolate->has_proc);
	return object;
}
