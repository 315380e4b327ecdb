/* SPDX-License-Identifier: MIT */

/*
 * What the child may use and do: see spawn_child.h for the rules. The calls of
 * libc that change ids do so in all threads of the caller; these do not.
 */

#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "handle/spawn_child.h"

/* on some 32-bit machines the plain calls have ids of 16 bits */
#ifdef SYS_setresuid32
#define SET_UIDS SYS_setresuid32
#define SET_GIDS SYS_setresgid32
#define SET_GROUPS SYS_setgroups32
#else
#define SET_UIDS SYS_setresuid
#define SET_GIDS SYS_setresgid
#define SET_GROUPS SYS_setgroups
#endif

enum { CAPABILITIES = 64 };

static void set_oom_score(struct ph_plan *plan)
{
	int score = plan->options->oom_score;
	unsigned rest = score < 0 ? (unsigned)-score : (unsigned)score;
	char text[8];
	size_t at = sizeof(text);
	long fd, r;

	do
		text[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (score < 0)
		text[--at] = '-';
	fd = PH_RAW(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ph_child_check(plan, fd, PH_STEP_OOM_SCORE, 0);
	r = PH_RAW(SYS_write, fd, text + at, sizeof(text) - at);
	ph_child_check(plan, r, PH_STEP_OOM_SCORE, 0);
	(void)PH_RAW(SYS_close, fd);
}

static void set_limits(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;

	for (uint32_t i = 0; i < options->limits_count; i++) {
		const struct ph_limit *limit = &options->limits[i];
		/* struct rlimit64: infinity is all ones, as ours is */
		uint64_t both[2] = { limit->soft, limit->hard };
		long r = PH_RAW(SYS_prlimit64, 0, limit->resource, both, NULL);

		ph_child_check(plan, r, PH_STEP_LIMIT, (int)i);
	}
}

void ph_child_resources(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	long r;

	if (ph_child_wants(plan, PH_SPAWN_OOM_SCORE))
		set_oom_score(plan);
	set_limits(plan);
	if (ph_child_wants(plan, PH_SPAWN_NICE)) {
		r = PH_RAW(SYS_setpriority, PRIO_PROCESS, 0, options->nice);
		ph_child_check(plan, r, PH_STEP_NICE, 0);
	}
	if (ph_child_wants(plan, PH_SPAWN_POLICY)) {
		int priority = options->priority;

		r = PH_RAW(SYS_sched_setscheduler, 0, options->policy, &priority);
		ph_child_check(plan, r, PH_STEP_POLICY, 0);
	}
	if (options->cpus_count > 0) {
		r = PH_RAW(SYS_sched_setaffinity, 0, options->cpus_count * sizeof(uint64_t),
			   options->cpus);
		ph_child_check(plan, r, PH_STEP_CPUS, 0);
	}
	if (ph_child_wants(plan, PH_SPAWN_UMASK))
		(void)PH_RAW(SYS_umask, options->umask);
}

static void change_root(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	long r;

	if (!options->root)
		return;
	r = PH_RAW(SYS_chroot, options->root);
	ph_child_check(plan, r, PH_STEP_ROOT, 0);
	/* not outside of it in any case */
	r = PH_RAW(SYS_chdir, "/");
	ph_child_check(plan, r, PH_STEP_ROOT, 0);
}

static void change_directory(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	long r;

	if (ph_child_wants(plan, PH_SPAWN_DIRECTORY_FD)) {
		r = PH_RAW(SYS_fchdir, plan->spares[PH_SPARE_DIRECTORY]);
		ph_child_check(plan, r, PH_STEP_DIRECTORY, 0);
	}
	if (options->directory) {
		r = PH_RAW(SYS_chdir, options->directory);
		ph_child_check(plan, r, PH_STEP_DIRECTORY, 0);
	}
}

static void change_ids(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	uint64_t ids = PH_SPAWN_UID | PH_SPAWN_GID;
	long r;

	if (ph_child_wants(plan, PH_SPAWN_GROUPS) ||
	    (ph_child_wants(plan, ids) && !ph_child_wants(plan, PH_SPAWN_KEEP_GROUPS))) {
		r = PH_RAW(SET_GROUPS, options->groups_count, options->groups);
		ph_child_check(plan, r, PH_STEP_GROUPS, 0);
	}
	if (ph_child_wants(plan, PH_SPAWN_GID)) {
		r = PH_RAW(SET_GIDS, options->gid, options->gid, options->gid);
		ph_child_check(plan, r, PH_STEP_GID, 0);
	}
	if (ph_child_wants(plan, PH_SPAWN_UID)) {
		r = PH_RAW(SET_UIDS, options->uid, options->uid, options->uid);
		ph_child_check(plan, r, PH_STEP_UID, 0);
	}
}

/* Inheritable first: only what is there can be ambient. */
static void raise_capabilities(struct ph_plan *plan)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint64_t wanted = plan->options->capabilities;
	long r;

	r = PH_RAW(SYS_capget, &header, data);
	ph_child_check(plan, r, PH_STEP_CAPABILITY, -1);
	for (int i = 0; i < 2; i++) {
		data[i].inheritable |= (uint32_t)(wanted >> 32 * i);
		data[i].effective |= data[i].permitted & (uint32_t)(wanted >> 32 * i);
	}
	r = PH_RAW(SYS_capset, &header, data);
	ph_child_check(plan, r, PH_STEP_CAPABILITY, -1);
	for (int i = 0; i < CAPABILITIES; i++) {
		if (!(wanted >> i & 1))
			continue;
		r = PH_RAW(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
		ph_child_check(plan, r, PH_STEP_CAPABILITY, i);
	}
}

void ph_child_privileges(struct ph_plan *plan)
{
	long r;

	change_root(plan);
	if (plan->options->capabilities != 0) {
		/* they are to survive the change of the user */
		r = PH_RAW(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
		ph_child_check(plan, r, PH_STEP_CAPABILITY, -1);
	}
	change_ids(plan);
	if (plan->options->capabilities != 0)
		raise_capabilities(plan);
	change_directory(plan);
	if (ph_child_wants(plan, PH_SPAWN_NO_NEW_PRIVS)) {
		r = PH_RAW(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		ph_child_check(plan, r, PH_STEP_NO_NEW_PRIVS, 0);
	}
}
