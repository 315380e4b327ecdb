/* SPDX-License-Identifier: MIT */

/* /proc/PID/stat as text. */

#ifndef PH_PROC_STAT_H
#define PH_PROC_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ph_proc_stat {
	pid_t pid;
	/* in the text, and without a NUL */
	const char *comm;
	size_t comm_size;
	/* R S D T t Z X … */
	char state;
	/* 0: none, or one that cannot be seen from here */
	pid_t parent;
	/* 0: one that cannot be seen from here; threads of the kernel have none */
	pid_t group;
	pid_t session;
	/* the controlling terminal as the kernel packs it; 0: none */
	uint32_t tty;
	/* as the kernel has them, PF_… */
	uint64_t flags;
	/* clock ticks */
	uint64_t user;
	uint64_t sys;
	int64_t threads;
	/* clock ticks since boot */
	uint64_t start;
	/* bytes */
	uint64_t vsize;
	/* pages */
	int64_t rss;
	/* as wait(2) writes it; 0 also if the reader may not know */
	int exit_code;
};

/*
 * The pid, the name, the state, and those of @want, a set of PH_INFO_…: the flags
 * come with STATE, the exit code with EXIT. What is not wanted is 0, and is not
 * looked at. The name is the process's own and may hold anything, blanks and
 * parentheses included. Return: 0, or -EBADMSG
 */
int ph_proc_stat_parse(const char *text, uint64_t want, struct ph_proc_stat *ret_stat);

/* All its threads have ended, not only the first. */
bool ph_proc_stat_has_ended(const struct ph_proc_stat *stat);

/* It is a thread of the kernel. */
bool ph_proc_stat_is_kernel(const struct ph_proc_stat *stat);

#endif
