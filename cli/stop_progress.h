/* SPDX-License-Identifier: MIT */

/* The line on a terminal that tells what ph stop waits for. */

#ifndef PH_CLI_STOP_PROGRESS_H
#define PH_CLI_STOP_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <prochandle.h>

#include "base/deadline.h"
#include "progress.h"
#include "verb.h"

struct stop_steps;

struct stop_progress {
	struct progress line;
	const struct stop_steps *steps;
	/** the step that goes on; the number of steps, before the first */
	size_t step;
	/** the target that was told of it last */
	size_t told;
	struct ph_deadline deadline;
	/** how many are waited for, and the first of them, escaped */
	size_t living;
	char first[96];

	/** for all of the above: the library waits, and another thread draws */
	pthread_mutex_t lock;
	pthread_cond_t over;
	pthread_t thread;
	bool has_thread;
	bool is_over;
};

void stop_progress_begin(struct stop_progress *progress, const struct call *call,
			 const struct stop_steps *steps);

/* From here to stop_progress_unlock() the line is gone, and stays so. */
void stop_progress_lock(struct stop_progress *progress);

void stop_progress_unlock(struct stop_progress *progress);

/* A step begins for the target @index. Under the lock. */
void stop_progress_step(struct stop_progress *progress, uint64_t index);

/* Others are waited for than before: an interruption names them. Under the lock. */
void stop_progress_left(const struct stop_progress *progress);

void stop_progress_end(struct stop_progress *progress);

#endif
