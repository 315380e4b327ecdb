/* SPDX-License-Identifier: MIT */

/* ph_spawn: a child that has the rights of others, while it has our memory. */

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "spawn.h"

enum { NOBODY = 65534 };

/*
 * A child that stands still between the change of its user and its exec: the
 * kernel reads its argument from a page that is filled when we say so.
 */
struct slow {
	pthread_t thread;
	int faults;
	char *page;
	size_t size;
	/* closed when the spawn has returned */
	int ends[2];
	int r;
	struct ph_process *process;
};

static void *spawn_slowly(void *arg)
{
	struct slow *slow = arg;
	struct ph_spawn_options options = { .flags = PH_SPAWN_UID, .uid = NOBODY };
	char *const argv[] = { (char *)SPAWNED_PATH, slow->page, NULL };

	slow->r = ph_spawn(argv, &options, &slow->process);
	must(close(slow->ends[1]));
	return NULL;
}

/* Return: false if the child is one that has no memory of ours */
static bool begin(struct slow *slow)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct pollfd wait[2];

	*slow = (struct slow){ .size = (size_t)sysconf(_SC_PAGESIZE) };
	slow->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (slow->faults < 0)
		skip("no page faults in user space here");
	must(ioctl(slow->faults, UFFDIO_API, &api));
	slow->page =
		mmap(NULL, slow->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(slow->page, MAP_FAILED);
	area.range.start = (uintptr_t)slow->page;
	area.range.len = slow->size;
	must(ioctl(slow->faults, UFFDIO_REGISTER, &area));
	must(pipe2(slow->ends, O_CLOEXEC));
	ck_assert_int_eq(pthread_create(&slow->thread, NULL, spawn_slowly, slow), 0);
	wait[0] = (struct pollfd){ .fd = slow->faults, .events = POLLIN };
	wait[1] = (struct pollfd){ .fd = slow->ends[0], .events = POLLIN };
	must(poll(wait, 2, -1));
	return wait[0].revents & POLLIN;
}

static void finish(struct slow *slow)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)slow->page, slow->size } };

	(void)ioctl(slow->faults, UFFDIO_ZEROPAGE, &zero);
	ck_assert_int_eq(pthread_join(slow->thread, NULL), 0);
	ck_assert_int_eq(slow->r, 0);
	expect_exit(slow->process, PH_EXITED, 0);
	slow->process = ph_unref(slow->process);
	must(close(slow->ends[0]));
	must(close(slow->faults));
	must(munmap(slow->page, slow->size));
}

/* Without the calls of Check: their lock may have been in the hands of another thread at the fork. */
static bool can_spawn_as_nobody(void)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_UID, .uid = NOBODY };
	struct ph_process *process = NULL;
	struct ph_exit how;
	int r = ph_spawn(SPAWNED("exit", "3"), &options, &process);

	if (r == 0)
		r = ph_wait(process, -1, &how);
	process = ph_unref(process);
	return r == 0 && how.how == PH_EXITED && how.value == 3 &&
	       (how.flags & (PH_FOREIGN | PH_STOLEN | PH_PENDING)) == 0;
}

static void spawn_as_nobody(void)
{
	ck_assert(can_spawn_as_nobody());
}

TEST(others_cannot_write_into_our_memory_through_one_of_several_children)
{
	struct slow slow;
	bool is_shared;

	need_to_run_as_others();
	must(prctl(PR_SET_DUMPABLE, 1));
	is_shared = begin(&slow);
	if (is_shared) {
		ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
		spawn_as_nobody();
		ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
	}
	finish(&slow);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
	if (!is_shared)
		skip("the child does not start in our memory");
}

TEST(one_that_fails_leaves_it_as_it_was)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_UID, .uid = NOBODY };

	need_to_run_as_others();
	for (int dumpable = 0; dumpable < 2; dumpable++) {
		must(prctl(PR_SET_DUMPABLE, dumpable));
		expect_failure((char *const[]){ (char *)"/nowhere", NULL }, &options, -ENOENT,
			       PH_STEP_EXEC, 0);
		ck_assert_int_eq(prctl(PR_GET_DUMPABLE), dumpable);
	}
}

static void *become_nobody(void *arg)
{
	(void)arg;
	/* in all threads: it waits for the one that stands still */
	must(setresuid(NOBODY, NOBODY, NOBODY));
	return NULL;
}

static void change_the_user_meanwhile(void *arg)
{
	struct slow slow;
	pthread_t thread;

	(void)arg;
	must(prctl(PR_SET_DUMPABLE, 1));
	(void)begin(&slow);
	ck_assert_int_eq(pthread_create(&thread, NULL, become_nobody, NULL), 0);
	finish(&slow);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
	/* for the harness, which compares */
	must(prctl(PR_SET_DUMPABLE, 1));
}

TEST(a_change_of_our_own_user_is_not_undone)
{
	need_to_run_as_others();
	for (int i = 0; i < 10; i++)
		in_a_child(change_the_user_meanwhile, NULL);
}

TEST(a_fork_in_the_middle_leaves_nothing_locked)
{
	struct slow slow;
	int status = 0;
	pid_t pid;

	need_to_run_as_others();
	(void)begin(&slow);
	pid = must(fork());
	if (pid == 0) {
		(void)prctl(PR_SET_DUMPABLE, 1);
		_exit(can_spawn_as_nobody() && prctl(PR_GET_DUMPABLE) == 1 ? 0 : 1);
	}
	must(waitpid(pid, &status, 0));
	ck_assert_int_eq(status, 0);
	finish(&slow);
}

static void *spawn_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 25; i++)
		spawn_as_nobody();
	return NULL;
}

TEST(forks_of_other_threads_do_not_stop_anybody)
{
	enum { THREADS = 2 };
	pthread_t threads[THREADS];

#if defined(__SANITIZE_ADDRESS__)
	skip("the allocator of the address sanitizer may be locked for ever in a forked child");
#endif
	need_to_run_as_others();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, spawn_many, NULL), 0);
	for (int i = 0; i < 25; i++) {
		int status = 0;
		pid_t pid = must(fork());

		if (pid == 0)
			_exit(can_spawn_as_nobody() ? 0 : 1);
		must(waitpid(pid, &status, 0));
		ck_assert_int_eq(status, 0);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
}
