/* SPDX-License-Identifier: MIT */

/*
 * Trees for tests. They are made in a pid namespace of the test's own, so that
 * nobody outlives it: the test is process 1 there, and adopts who is left
 * behind. Each process says when it is ready, by its role, and holds a pipe for
 * as long as it lives.
 */

#ifndef SCOPE_H
#define SCOPE_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "namespace.h"

enum { ROLES = 16 };

struct tree {
	/* shared by all of them */
	pid_t *pids;
	int ready[2];
	int alive[2];
};

/* whoever has no /proc has no members to find */
static inline bool finds_members(void)
{
	return has(PH_FEATURE_PROC);
}

static inline struct tree tree_new(void)
{
	struct tree tree;

	tree.pids = mmap(NULL, ROLES * sizeof(*tree.pids), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(tree.pids, MAP_FAILED);
	must(pipe2(tree.ready, O_CLOEXEC));
	must(pipe2(tree.alive, O_CLOEXEC));
	return tree;
}

/* In a process of the tree: it is there, under its role, and stays. */
static inline _Noreturn void stay(const struct tree *tree, int role)
{
	tree->pids[role] = getpid();
	if (write(tree->ready[1], "", 1) != 1)
		_exit(EXIT_FAILURE);
	for (;;)
		pause();
}

/* Waits for so many that are ready. */
static inline void tree_await(const struct tree *tree, int count)
{
	char byte;

	for (int i = 0; i < count; i++)
		ck_assert_int_eq(read(tree->ready[0], &byte, 1), 1);
}

/* Nobody who was made since then holds the pipe any more. */
static inline void tree_await_end(struct tree *tree)
{
	char byte;

	must(close(tree->alive[1]));
	ck_assert_int_eq(read(tree->alive[0], &byte, 1), 0);
	must(close(tree->alive[0]));
	must(close(tree->ready[0]));
	must(close(tree->ready[1]));
	(void)munmap(tree->pids, ROLES * sizeof(*tree->pids));
}

/* Reaps whatever there is, own children and adopted ones. Return: how many */
static inline int reap_all(void)
{
	int count = 0;

	while (waitpid(-1, NULL, 0) > 0)
		count++;
	return count;
}

/* Also for who is not a child; the number is not set free in between. */
static inline bool runs(pid_t pid)
{
	char path[32], text[512] = "";
	const char *end;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	must(read(fd, text, sizeof(text) - 1));
	must(close(fd));
	end = strrchr(text, ')');
	return end && !strchr("ZX", end[2]);
}

/* Kills who is still there and goes. */
static inline void tree_end(struct tree *tree, int roles)
{
	for (int i = 0; i < roles; i++)
		if (tree->pids[i] > 0 && runs(tree->pids[i]))
			(void)kill(tree->pids[i], SIGKILL);
	tree_await_end(tree);
	(void)reap_all();
}

#endif
