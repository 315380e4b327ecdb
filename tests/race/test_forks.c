/* SPDX-License-Identifier: MIT */

/* Forks while other threads are in the middle of a call. */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "../api/api.h"
#include "left.h"

enum { THREADS = 4 };

static atomic_bool is_over;

static void *hammer(void *arg)
{
	struct ph_process *process = arg;

	while (!atomic_load(&is_over)) {
		ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
		ck_assert_int_eq(ph_wait(process, 0, NULL), -ETIMEDOUT);
	}
	return NULL;
}

static int rounds(int many)
{
	return is_slow() ? many / 20 + 1 : many;
}

/* in the forked child: whoever held a lock in the parent is not here */
static _Noreturn void use_inherited(struct ph_process *process)
{
	int r = ph_kill(process, 0, PH_ONE);

	if (r == 0)
		r = ph_queue(process, 0, 0);
	if (r == 0)
		r = ph_wait(process, 0, NULL) == -ETIMEDOUT ? 0 : -1;
	/* the child of another is not ours to reap, however long we wait */
	if (r == 0)
		r = ph_wait(process, 1, NULL) == -ETIMEDOUT ? 0 : -1;
	if (r == 0)
		r = ph_unref(process) ? -1 : 0;
	_exit(r == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

TEST(a_fork_in_the_middle_of_a_call_leaves_a_handle_that_works)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, process), 0);
	for (int round = 0; round < rounds(60); round++) {
		pid_t pid = fork_mortal();
		int status;

		if (pid == 0)
			use_inherited(process);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	atomic_store(&is_over, true);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
}

static void *find_all_the_time(void *arg)
{
	pid_t pid = *(pid_t *)arg;

	while (!atomic_load(&is_over))
		(void)ph_unref(found(pid));
	return NULL;
}

/*
 * Every descriptor is close-on-exec from birth: a program that is executed at
 * any moment inherits none.
 */
TEST(an_exec_in_the_middle_of_a_call_inherits_no_descriptor)
{
	struct child child = child_start();
	pthread_t threads[THREADS];
	int before;

	(void)ph_features();
	before = left_count_descriptors();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, find_all_the_time, &child.pid),
				 0);
	for (int round = 0; round < rounds(30); round++) {
		pid_t pid = fork_mortal();
		int status;

		if (pid == 0) {
			/* as exec(2) would do it */
			for (int fd = 3; fd < LEFT_DESCRIPTORS; fd++) {
				int flags = fcntl(fd, F_GETFD);

				if (flags >= 0 && flags & FD_CLOEXEC)
					(void)close(fd);
			}
			_exit(left_count_descriptors() <= before ? EXIT_SUCCESS : EXIT_FAILURE);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	atomic_store(&is_over, true);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(left_count_descriptors(), before);
	child_end(&child);
}

TEST(a_forked_child_gives_back_what_it_inherited)
{
	enum { HANDLES = 10 };
	struct ph_process *processes[HANDLES];
	pid_t pid;
	int status;

	for (int i = 0; i < HANDLES; i++)
		processes[i] = found(getpid());
	pid = fork_mortal();
	if (pid == 0) {
		uint64_t open = 0;
		int before = left_count_descriptors();
		int held = is_bare_here() ? 0 : HANDLES;

		for (int i = 0; i < HANDLES; i++)
			(void)ph_unref(processes[i]);
		(void)ph_metric_read("/prochandle/handles/open:handles", &open);
		_exit(open == 0 && before - left_count_descriptors() == held ? EXIT_SUCCESS
									     : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	for (int i = 0; i < HANDLES; i++) {
		ck_assert_int_eq(ph_kill(processes[i], 0, PH_ONE), 0);
		processes[i] = ph_unref(processes[i]);
	}
}
