/* SPDX-License-Identifier: MIT */

/* What is measured: each call of the library, and the bare calls that do the same. */

#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include <prochandle.h>

/* another number in front of what follows it in an id */
enum { LONG_ID_SIZE = PH_ID_SIZE + 12 };

/* the processes that the operations are done to */
struct subjects {
	/* lives, and nobody holds a pidfd on it: the next one would be cheaper */
	pid_t unheld;
	pid_t missing;
	/* another one that lives, held both ways */
	int pidfd;
	struct ph_process *process;
	/* one that has ended, and how is known */
	int ended_pidfd;
	struct ph_process *ended;
	/* identities: of the first one, and with an inode that is not its own */
	char id[PH_ID_SIZE];
	char stale_id[LONG_ID_SIZE];
	char missing_id[LONG_ID_SIZE];
	/* the inode alone, of the first one, and of the one that has ended */
	char inode[PH_ID_SIZE];
	char ended_inode[PH_ID_SIZE];
};

enum side {
	FLOOR,
	LIBRARY,
	SIDES,
};

struct operation {
	/* "" if it has none */
	const char *budget;
	const char *name;
	/* the floor in words */
	const char *floor;
	/* true: the answer was the expected one */
	bool (*once[SIDES])(const struct subjects *subjects);
	/* or the operation, so many times, where that is not one by one */
	bool (*many[SIDES])(long times);
	/* PH_FEATURE_…, without which it is left out */
	unsigned needs;
	/* system calls, exactly, but for what malloc(3) may need now and then */
	int calls;
	double slack;
	/* user instructions at most, and least time in units of the floor's; 0: no budget */
	int instructions;
	double ratio;
	/* more instructions than that are shown, and no failure */
	bool is_goal;
	/* its instructions are too many to be stepped through */
	bool is_not_stepped;
	/* its times are another table's: see starts.h */
	bool is_only_counted;
};

#define OPERATIONS 13
extern const struct operation operations[OPERATIONS];

/* Return: false if they could not be made */
bool subjects_make(struct subjects *ret_subjects);

void subjects_release(struct subjects *subjects);

/* Return: false if an answer was not the expected one */
bool operation_repeat(const struct operation *operation, enum side side,
		      const struct subjects *subjects, long times);

#endif
