/* SPDX-License-Identifier: MIT */

/*
 * A spawn, from what the caller asked for to the handle. The parent works out a
 * plan; the child follows it with bare system calls.
 */

#ifndef PH_HANDLE_SPAWN_H
#define PH_HANDLE_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <prochandle.h>

/* one descriptor of the child */
struct ph_move {
	int from;
	int to;
	/* the caller says so: if it is not open, nothing of ours is meant */
	bool is_callers;
	/* another one goes to where this comes from: it has to leave first */
	bool is_in_the_way;
};

/* descriptors that the child needs on its way, and not afterwards */
enum ph_spare {
	PH_SPARE_DIRECTORY,
	PH_SPARE_TERMINAL,
	PH_SPARE_CGROUP,
	PH_SPARES,
};

/* a descriptor of the parent's, and where the child has it: -1 if it was not open */
struct ph_taken {
	int from;
	int here;
};

enum {
	PH_MOVES_INLINE = 8,
	/* as many descriptors are taken from the parent, if they have numbers from here on */
	PH_TAKEN_MOST = 16,
	PH_TAKEN_FROM = 256,
};

struct ph_plan {
	const struct ph_spawn_options *options;
	/* what is to be executed: as it is, or in each directory of path */
	const char *program;
	char *const *argv;
	char *const *environment;
	/* sorted by where they go */
	struct ph_move *moves;
	/* the highest descriptor that the child has, 2 or more */
	int highest_target;
	/* the highest one of the parent's that it needs, 2 or more; and if it takes some, of the rest */
	int highest_source;
	int highest_kept;

	/* from here on 0 to begin with */
	int moves_count;
	const char *path;
	/* made for this spawn; NULL: environment is somebody else's */
	char **own_environment;
	char *own_program;

	/* how the child is made */
	bool shares_memory;
	bool shares_files;
	bool closes_by_range;
	bool is_born_in_cgroup;
	bool has_handlers;
	bool opens_pidfd;
	bool blocks_signals;
	bool reads_proc;
	bool changes_credentials;
	/* is a child with a memory of its own told from one that has executed, by its kind? */
	bool tells_execution;
	/* how many the child takes one by one, and why it could not; 0: it could */
	int taken_count;
	int refusal;
	/* from whom: the thread that makes it, and whose table it is */
	pid_t thread;
	/* parent's number, for the death signal; 0: it cannot be told */
	pid_t parent;
	/* what the parent had blocked */
	uint64_t mask;
	/* the child's answer, if it shares the memory */
	struct ph_failure failure;

	/* descriptors; -1: none. The child's answer, if it shares the memory … */
	int pidfd;
	/* … what it needs on its way … */
	int spares[PH_SPARES];
	/* … what the parent opened, for the child and for the caller … */
	int opened[3];
	int callers[3];
	int null;
	/* … and the ends of the socket of one that has a memory of its own */
	int go;
	int report;

	/* last: these are not even cleared */
	struct ph_move moves_inline[PH_MOVES_INLINE];
	struct ph_taken taken[PH_TAKEN_MOST];
};

/* what a spawn without options asks for: nothing, so that nothing has to be looked at */
extern const struct ph_spawn_options ph_spawn_usual;

/* Return: 0, or -errno and plan->failure; release it in any case */
int ph_plan_make(struct ph_plan *plan, char *const argv[], const struct ph_spawn_options *options);

/* Closes what the child was given. */
void ph_plan_release(struct ph_plan *plan);

/* Gives the caller what is his: the ends of pipes. */
void ph_plan_deliver(struct ph_plan *plan);

/* Return: -errno, and plan->failure says the same */
int ph_plan_fail(struct ph_plan *plan, int error, enum ph_step step, int index);

/*
 * Return: 0 and *ret_environment, which is @base itself if *ret_own is NULL
 * afterwards; or -ENOMEM
 */
int ph_environment_make(char *const *base, char *const *set, char *const **ret_environment,
			char ***ret_own);

/* Where a program is looked for by whom has that environment. */
const char *ph_environment_path(char *const *environment);

/*
 * Duplicates a descriptor to where no other comes from or goes to: above them, or
 * between them if there is no room. Close-on-exec; bare system calls only.
 * Return: the new one, or -errno
 */
int ph_plan_move_away(const struct ph_plan *plan, int fd);

/* Does a descriptor of the child get this number? */
bool ph_plan_is_target(const struct ph_plan *plan, int fd);

/* The child: @plan is a struct ph_plan. Does not return. */
void ph_spawn_child(void *plan);

/* Return: as ph_spawn() without options */
int ph_spawn_usually(char *const argv[], struct ph_process **ret_process);

/* Return: as ph_spawn(), with a record in options->failure if it fails */
int ph_backend_spawn(char *const argv[], const struct ph_spawn_options *options,
		     struct ph_process **ret_process);

#endif
