/* SPDX-License-Identifier: MIT */

/* What keeps everything together that a command of ph run starts. */

#ifndef PH_CLI_ISOLATE_H
#define PH_CLI_ISOLATE_H

#include <limits.h>
#include <stdbool.h>

#include <prochandle.h>

#include "base/attrs.h"

#include "json.h"

/** enum isolate_kind - in the order of the words of --isolate */
enum isolate_kind {
	/** whatever is enough; as an answer: nothing is to be had */
	ISOLATE_AUTO,
	/** orphans come to ph */
	ISOLATE_SUBREAPER,
	/** so they do, and all are born in a cgroup that the kernel can end */
	ISOLATE_CGROUP,
	/** all are in a pid namespace, which ends with its first process */
	ISOLATE_PIDNS,
};

enum { ISOLATE_REASON_SIZE = 512 };

struct pidns;

struct isolate {
	enum isolate_kind kind;
	/** ph has children that are older than the command */
	bool has_older;
	/** after a failure: why */
	char reason[ISOLATE_REASON_SIZE];
	/** what may help, or NULL */
	const char *hint;

	/* the cgroup: descriptors of the one of ph and of that of the command */
	int parent;
	int cgroup;
	char name[PH_ID_SIZE + 8];
	char path[PATH_MAX];
	/** end of file tells the keeper to end what is left, and he that it is gone; -1: none */
	int keeper;

	/* the namespace */
	struct pidns *pidns;
	/** its first process */
	struct ph_process *init;
	/** whoever the command has left there is not gone */
	bool has_left;
	bool has_user;
	bool has_proc;
};

/*
 * Before there is a command, and with all signals blocked. Return: 0, or a
 * negative errno value with a reason; isolate_end() is due in any case.
 */
int isolate_begin(struct isolate *isolate, enum isolate_kind wanted);

/* ph_spawn(), inside. */
int isolate_spawn(struct isolate *isolate, char *const argv[], struct ph_spawn_options *options,
		  struct ph_process **ret_process);

/* The command has been reaped: what is there now is what it has left. */
void isolate_leave(struct isolate *isolate);

/*
 * Whose descendants that is: the scope for ph_stop_all(), and its target, whose
 * reference is the caller's.
 * Return: 1, 0 there is nobody, or -EBUSY, -ENOTSUP: they cannot be told apart
 */
int isolate_scope(const struct isolate *isolate, struct ph_process **ret_target, int *ret_scope);

/* Is this process ph's own, and not something that was left? */
bool isolate_is_own(const struct isolate *isolate, const struct ph_process *process);

/*
 * Ends what is still inside, and removes it. Return: 0, or -EBUSY: somebody is
 * left in the cgroup
 */
int isolate_end(struct isolate *isolate);

/* { "kind", "cgroup", "user_namespace", "proc" } */
struct json_object *isolate_json(const struct isolate *isolate);

/* The parts: begin, and end. */
int isolate_cgroup_begin(struct isolate *isolate);
int isolate_cgroup_end(struct isolate *isolate);
int isolate_pidns_begin(struct isolate *isolate);
int isolate_pidns_spawn(struct isolate *isolate, char *const argv[],
			const struct ph_spawn_options *options, struct ph_process **ret_process);
/* Return: is anybody left? */
bool isolate_pidns_leave(struct isolate *isolate);
void isolate_pidns_end(struct isolate *isolate);

/* Notes why; returns @error. */
PH_PRINTF(3, 4)
int isolate_fail(struct isolate *isolate, int error, const char *format, ...);

#endif
