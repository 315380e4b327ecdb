/* SPDX-License-Identifier: MIT */

/*
 * Namespaces of a test's own: as root at once, otherwise through a user
 * namespace. Where neither is allowed the test is skipped.
 */

#ifndef NAMESPACE_H
#define NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Runs @body as the first process of a new pid namespace, with a /proc that
 * belongs to it. What it leaves behind fails the test.
 */
void in_own_pid_namespace(void (*body)(void *arg), void *arg);

/* The same, but /proc is still that of the namespace outside. */
void in_own_pid_namespace_with_foreign_proc(void (*body)(void *arg), void *arg);

/* Runs @body where nothing is mounted on /proc. */
void without_proc(void (*body)(void *arg), void *arg);

/*
 * Runs @body in a pid namespace whose /proc hides the processes of other
 * users; as root, for there have to be two users.
 */
void with_hidden_processes(void (*body)(void *arg), void *arg);

/*
 * A child with exactly this pid, in a pid namespace of the test's own; the
 * number must be free. It pauses.
 */
pid_t child_born_as(pid_t pid);

/* The same, but it exits with @code at once. */
pid_t child_born_as_exiting(pid_t pid, int code);

/*
 * The same, with a child of its own that pauses too and writes its pid to
 * @answer. When the first dies the second lives on.
 */
pid_t foster_born_as(pid_t pid, int answer);

/* The user that a test becomes if it must not be root. */
enum { NOBODY = 65534 };

/*
 * May the caller become that user, and a group of that number? Root may, but in
 * a user namespace that does not know them.
 */
bool can_become(uid_t user);

/* Gives up root, in a child of the test, for good; skips if it never was. */
void become_nobody(void);

#endif
