/* SPDX-License-Identifier: MIT */

/* What has run out, and what a sandbox refuses. */

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "set.h"

/* the calls that fail now, with this error; 0: they do not */
static int epoll_create1_error, epoll_ctl_error, eventfd_error;
static bool is_calloc_failing;
static int polls;

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __real_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
int __real_eventfd(unsigned value, int flags);
int __wrap_eventfd(unsigned value, int flags);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

static int failing(int error)
{
	errno = error;
	return -1;
}

int __wrap_epoll_create1(int flags)
{
	return epoll_create1_error ? failing(epoll_create1_error) : __real_epoll_create1(flags);
}

int __wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event)
{
	return epoll_ctl_error ? failing(epoll_ctl_error)
			       : __real_epoll_ctl(epoll, what, fd, event);
}

int __wrap_eventfd(unsigned value, int flags)
{
	return eventfd_error ? failing(eventfd_error) : __real_eventfd(value, flags);
}

void *__wrap_calloc(size_t count, size_t size)
{
	if (!is_calloc_failing)
		return __real_calloc(count, size);
	errno = ENOMEM;
	return NULL;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	polls++;
	return __real_poll(fds, count, timeout);
}

static bool is_built(void)
{
	return expected_state(PH_FEATURE_PIDFD) != PH_FEATURE_UNBUILT;
}

TEST(a_set_that_cannot_be_made_says_so)
{
	static const int errors[] = { EMFILE, ENFILE, ENOMEM };
	struct ph_set *set;

	for (int i = 0; i < 3; i++) {
		set = (struct ph_set *)&set;
		epoll_create1_error = errors[i];
		ck_assert_int_eq(ph_set_new(&set), is_built() ? -errors[i] : 0);
		set = ph_set_unref(set);
	}
	epoll_create1_error = 0;
	set = (struct ph_set *)&set;
	is_calloc_failing = true;
	ck_assert_int_eq(ph_set_new(&set), -ENOMEM);
	is_calloc_failing = false;
	ck_assert_ptr_null(set);
}

/* It is added as if nothing had been, once there is room again. */
static void expect_added(struct ph_set *set, struct child *child, struct ph_process *process)
{
	struct ph_event event;

	ck_assert_int_eq(ph_set_count(set), 0);
	expect_nobody(set, 0);
	ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	child_exit(child, 6);
	event = expect_one(set, -1);
	expect_record(&event.exit, PH_EXITED, 6, PH_HAS_USAGE);
	(void)ph_unref(event.process);
}

TEST(what_cannot_be_watched_is_not_in_the_set)
{
	static const int errors[] = { ENOSPC, ENOMEM };
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	is_calloc_failing = true;
	ck_assert_int_eq(ph_set_add(set, process, NULL), -ENOMEM);
	is_calloc_failing = false;
	for (int i = 0; is_built() && i < 2; i++) {
		epoll_ctl_error = errors[i];
		ck_assert_int_eq(ph_set_add(set, process, NULL), -errors[i]);
		epoll_ctl_error = 0;
	}
	expect_added(set, &child, process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(what_cannot_wake_up_others_is_not_in_the_set)
{
	static const int errors[] = { EMFILE, ENFILE, ENOMEM };
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process;

	change("osfinderr", "0");
	process = found(child.pid);
	change("osfinderr", NULL);
	for (int i = 0; is_built() && i < 3; i++) {
		eventfd_error = errors[i];
		ck_assert_int_eq(ph_set_add(set, process, NULL), -errors[i]);
		eventfd_error = 0;
	}
	expect_added(set, &child, process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(a_table_that_cannot_grow_keeps_what_is_in_it)
{
	enum { SOME = 50 };
	struct ph_set *set = made();
	struct child children[SOME];
	int left = 0;

	for (int i = 0; i < SOME; i++) {
		struct ph_process *process;

		children[i] = child_start();
		process = found(children[i].pid);
		is_calloc_failing = true;
		if (ph_set_add(set, process, NULL) == 0)
			left++;
		else
			ck_assert_int_eq(ph_set_count(set), left);
		is_calloc_failing = false;
		if (ph_set_add(set, process, NULL) == 0)
			left++;
		(void)ph_unref(process);
	}
	ck_assert_int_eq(left, SOME);
	for (int i = 0; i < SOME; i++)
		child_exit(&children[i], 0);
	/* nor does it shrink then */
	is_calloc_failing = true;
	for (; left > 0; left--)
		(void)ph_unref(expect_one(set, -1).process);
	is_calloc_failing = false;
	expect_nobody(set, 0);
	set = ph_set_unref(set);
}

TEST(a_sandbox_that_refuses_it_leaves_a_set_that_looks)
{
	struct ph_set *set;
	struct child child = child_start();
	struct ph_event event;

	epoll_create1_error = EPERM;
	set = made();
	epoll_create1_error = 0;
	ck_assert_int_eq(ph_set_fd(set), -ENOTSUP);
	(void)give(set, child.pid, NULL);
	expect_nobody(set, 5);
	child_exit(&child, 3);
	event = expect_one(set, -1);
	expect_record(&event.exit, PH_EXITED, 3, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	set = ph_set_unref(set);
}

TEST(for_what_there_was_no_room_nobody_sleeps)
{
	enum { SOME = 3 };
	struct ph_set *set = made();
	struct ph_process *processes[SOME];
	struct ph_event event;

	if (!has_descriptors()) {
		set = ph_set_unref(set);
		skip("there is no descriptor to sleep on");
	}
	for (int i = 0; i < SOME; i++) {
		struct child child = child_start();

		processes[i] = found(child.pid);
		ck_assert_int_eq(ph_set_add(set, processes[i], NULL), 0);
		child_become_zombie(&child, i);
	}
	for (int i = 0; i < SOME; i++) {
		int before = polls;

		event = expect_one(set, -1);
		/* whether there is one is not known the first time */
		ck_assert_int_eq(polls - before, i == 0);
		(void)ph_unref(event.process);
	}
	for (int i = 0; i < SOME; i++)
		processes[i] = ph_unref(processes[i]);
	set = ph_set_unref(set);
}
