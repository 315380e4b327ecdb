/* SPDX-License-Identifier: MIT */

/* What a call could leave behind in the process that made it. */

#ifndef LEFT_H
#define LEFT_H

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

enum {
	LEFT_DESCRIPTORS = 1024,
	LEFT_SIGNALS = 64,
};

struct left {
	/* 0: closed, otherwise 1 + the flags of F_GETFD */
	unsigned char descriptors[LEFT_DESCRIPTORS];
	sigset_t mask;
	struct sigaction actions[LEFT_SIGNALS];
	struct rlimit limits[RLIM_NLIMITS];
	int dumpable;
	int subreaper;
	uint64_t handles;
};

void left_remember(struct left *left);

/* Fails the test if something is not as it was, or if there is a child. */
void left_compare(const struct left *before);

/* Descriptors that are open now. */
int left_count_descriptors(void);

#endif
