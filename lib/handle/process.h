/* SPDX-License-Identifier: MIT */

/* The object behind a handle. */

#ifndef PH_HANDLE_PROCESS_H
#define PH_HANDLE_PROCESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "state/metrics.h"
#include "sys/home.h"
#include "sys/process.h"

struct ph_backend;

/* is it a child of ours? */
enum ph_kinship {
	PH_KIN_UNKNOWN = 0,
	PH_KIN_CHILD,
	PH_KIN_OTHER,
};

struct ph_process {
	_Atomic unsigned references;

	/* fixed from birth to death */
	pid_t pid;
	/* the backend's: a pidfd, a directory of /proc, or -1 */
	int fd;
	enum ph_guarantee guarantee;
	const struct ph_backend *backend;
	/* through the pidfd, not by number; pinned handles do both */
	bool signals_by_fd;
	bool waits_by_fd;

	/* by ph_spawn(): not to be left a zombie, perhaps not to be left alive */
	bool is_made;
	bool is_killed_on_unref;
	/* by ph_spawn(): a child that was not asked to let itself be traced */
	bool is_plain;

	/* as last seen by a wait; a child, to the process with that mark only */
	_Atomic int kinship;
	_Atomic uint64_t kin_home;

	/* start time in clock ticks since boot, plus 1; 0: not read yet */
	_Atomic uint64_t start;

	/*
	 * How it ended, in one word that is stored once: see record.h. The
	 * usage, each plus 1, is stored before it, and belongs to it if its
	 * flags say so.
	 */
	_Atomic uint64_t record;
	_Atomic int64_t user_us;
	_Atomic int64_t sys_us;
	_Atomic int64_t maxrss_kb;

	/*
	 * Who has reaped it, if there is no record of it yet: a thread of the
	 * process with that mark, which is about to make one; 0: nobody.
	 */
	_Atomic uint64_t reaper;

	/* the number is not its own any more */
	_Atomic bool is_gone;

	/*
	 * For handles that are not pinned only. Whoever acts on the number and
	 * whoever may set it free, by reaping, take turns: see number.h. The
	 * lock means something in the process with that mark only.
	 */
	uint64_t home;
	/* last, with its home: in a pinned handle they are not even cleared */
	pthread_mutex_t lock;
};

static inline bool ph_is_pinned(const struct ph_process *process)
{
	return process->guarantee == PH_PINNED;
}

/* What a wait has seen, as far as it holds in the calling process. */
static inline enum ph_kinship ph_kinship(const struct ph_process *process)
{
	enum ph_kinship kinship = (enum ph_kinship)atomic_load(&process->kinship);

	/* the parent's child is the forked child's sibling, and never its own */
	if (kinship == PH_KIN_CHILD && atomic_load(&process->kin_home) != ph_home())
		return PH_KIN_OTHER;
	return kinship;
}

void ph_kinship_is(struct ph_process *process, enum ph_kinship kinship);

/* The same for a handle that nobody else has yet. */
static inline void ph_kinship_begin(struct ph_process *process, enum ph_kinship kinship)
{
	atomic_store_explicit(&process->kin_home, ph_home(), memory_order_relaxed);
	atomic_store_explicit(&process->kinship, (int)kinship, memory_order_relaxed);
}

/* What else there is to do for a handle that is not pinned. */
void ph_process_begin_numbered(struct ph_process *process);

void ph_process_end_numbered(struct ph_process *process);

/* Makes a handle with one reference, which owns the descriptor. */
static inline void ph_process_begin(struct ph_process *process, const struct ph_backend *backend,
				    enum ph_guarantee guarantee, pid_t pid, int fd)
{
	/* what stands before this is given, and set below */
	const size_t given = offsetof(struct ph_process, signals_by_fd);

	memset((char *)process + given, 0, offsetof(struct ph_process, home) - given);
	atomic_init(&process->references, 1);
	process->pid = pid;
	process->fd = fd;
	process->guarantee = guarantee;
	process->backend = backend;
	if (PH_LIKELY(ph_is_pinned(process)))
		ph_count(PH_METRIC_HANDLES_PINNED);
	else
		ph_process_begin_numbered(process);
	ph_count(PH_METRIC_HANDLES_OPEN);
}

/* The same, with its memory. NULL: there is none, and the descriptor is not owned */
static inline struct ph_process *ph_process_new(const struct ph_backend *backend,
						enum ph_guarantee guarantee, pid_t pid, int fd)
{
	struct ph_process *process = malloc(sizeof(*process));

	if (process)
		ph_process_begin(process, backend, guarantee, pid, fd);
	return process;
}

static inline struct ph_process *ph_process_ref(struct ph_process *process)
{
	atomic_fetch_add_explicit(&process->references, 1, memory_order_relaxed);
	return process;
}

/* Closes and frees: the last reference is gone. */
static inline void ph_process_free(struct ph_process *process)
{
	if (PH_LIKELY(ph_is_pinned(process)))
		ph_close(process->fd);
	else
		ph_process_end_numbered(process);
	ph_uncount(PH_METRIC_HANDLES_OPEN);
	free(process);
}

#endif
