/* SPDX-License-Identifier: MIT */

/*
 * Processes for tests. Nothing here sleeps or polls: who waits, waits for a
 * byte on a pipe or for the kernel. None of them outlives the test.
 */

#ifndef CHILD_H
#define CHILD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* A child on a leash: it reads commands, and exits when there are no more. */
struct child {
	pid_t pid;
	int leash;
};

/* A child that does nothing until it is told to. */
struct child child_start(void);

/* The same, after @body has run in it; returns when that has returned. */
struct child child_start_with(void (*body)(void *arg), void *arg);

/* The same, in a process group of its own that it leads. */
struct child child_start_leader(void);

/* The same, as a member of that group. */
struct child child_start_member(pid_t group);

/* A child with a pidfd from its birth: needs no pidfd_open(2). */
struct child child_start_with_pidfd(int *ret_pidfd);

/* Lets it exit; does not wait for that. */
void child_exit(struct child *child, int code);

/* Lets it exit and waits until it is a zombie. */
void child_become_zombie(struct child *child, int code);

/* Kills it and waits until it is a zombie. */
void child_kill(struct child *child, int signo);

/* Waits until it has ended, without reaping it. */
void child_await_end(pid_t pid);

/* Reaps it. Return: the status of wait(2) */
int child_reap(struct child *child);

/* For a child that the library has reaped: only lets go of the leash. */
void child_forget(struct child *child);

/* Kills it if it lives, and reaps it. */
void child_end(struct child *child);

/* fork(2), with a child that dies with the calling process. */
pid_t fork_mortal(void);

/* Is the process there: not reaped, not ended? */
bool is_running(pid_t child);

/*
 * A process whose parent is not the test but its child, the foster, which
 * reaps it when it is told to.
 */
struct foster {
	struct child ward;
	pid_t pid;
	int ask;
	int answer;
};

struct foster foster_start(void);

/* Lets the ward exit and waits until it is a zombie. */
void foster_let_exit(struct foster *foster, int code);

/* Kills the ward and waits until it is a zombie. */
void foster_kill(struct foster *foster, int signo);

/* The foster waits until the ward is a zombie. */
void foster_await_zombie(struct foster *foster);

/* The foster reaps the ward. Return: the status of wait(2) */
int foster_reap(struct foster *foster);

/* The same, told but not waited for: see foster_join(). */
void foster_tell_reap(struct foster *foster);
int foster_join(struct foster *foster);

void foster_end(struct foster *foster);

/* A thread that does nothing, for its id. */
struct idle_thread {
	pthread_t thread;
	pid_t id;
	int stop[2];
};

struct idle_thread idle_thread_start(void);
void idle_thread_end(struct idle_thread *thread);

/* The id of a process that does not exist, and did a moment ago. */
pid_t missing_pid(void);

#endif
