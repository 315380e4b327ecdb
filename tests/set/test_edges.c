/* SPDX-License-Identifier: MIT */

/* What a set refuses, what it lends, and what is left of it after a fork. */

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "left.h"
#include "set.h"

TEST(no_set_and_no_process_are_refused)
{
	struct ph_set *set = made();
	struct ph_event event;
	struct ph_process *self = found(getpid());

	ck_assert_int_eq(ph_set_new(NULL), -EINVAL);
	ck_assert_int_eq(ph_set_add(NULL, self, NULL), -EINVAL);
	ck_assert_int_eq(ph_set_add(set, NULL, NULL), -EINVAL);
	ck_assert_int_eq(ph_set_remove(NULL, self), -EINVAL);
	ck_assert_int_eq(ph_set_remove(set, NULL), -EINVAL);
	ck_assert_int_eq(ph_set_wait(NULL, 0, &event, 1), -EINVAL);
	ck_assert_int_eq(ph_set_wait(set, 0, NULL, 1), -EINVAL);
	ck_assert_int_eq(ph_set_wait(set, 0, &event, 0), -EINVAL);
	ck_assert_int_eq(ph_set_wait(set, 0, &event, -1), -EINVAL);
	ck_assert_int_eq(ph_set_wait(set, -2, &event, 1), -EINVAL);
	ck_assert_int_eq(ph_set_count(NULL), -EINVAL);
	ck_assert_int_eq(ph_set_fd(NULL), -EINVAL);
	ck_assert_ptr_null(ph_set_ref(NULL));
	ck_assert_ptr_null(ph_set_unref(NULL));
	self = ph_unref(self);
	set = ph_set_unref(set);
}

TEST(oneself_is_watched_and_has_not_ended)
{
	struct ph_set *set = made();
	struct ph_process *self = found(getpid());

	ck_assert_int_eq(ph_set_add(set, self, NULL), 0);
	ck_assert_int_eq(ph_set_add(set, self, NULL), -EEXIST);
	expect_nobody(set, 5);
	ck_assert_int_eq(ph_set_remove(set, self), 0);
	self = ph_unref(self);
	set = ph_set_unref(set);
}

TEST(a_set_is_not_made_without_a_descriptor_to_spare)
{
	struct ph_set *set = (struct ph_set *)&set;
	struct rlimit before;

	not_in_valgrind("takes descriptors for itself");
	before = descriptors_leave(0);
	if (expected_state(PH_FEATURE_PIDFD) == PH_FEATURE_UNBUILT) {
		ck_assert_int_eq(ph_set_new(&set), 0);
		set = ph_set_unref(set);
	} else {
		ck_assert_int_eq(ph_set_new(&set), -EMFILE);
		ck_assert_ptr_null(set);
	}
	descriptors_restore(before);
}

TEST(a_set_holds_one_descriptor_and_a_second_for_who_has_none)
{
	int built = expected_state(PH_FEATURE_PIDFD) != PH_FEATURE_UNBUILT;
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int before = left_count_descriptors();
	struct ph_set *set = made();
	int second = built && ph_fd(process) < 0;

	ck_assert_int_eq(left_count_descriptors() - before, built);
	ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	ck_assert_int_eq(left_count_descriptors() - before, built + second);
	ck_assert_int_eq(ph_set_remove(set, process), 0);
	ck_assert_int_eq(left_count_descriptors() - before, built);
	set = ph_set_unref(set);
	ck_assert_int_eq(left_count_descriptors() - before, 0);
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_full_descriptor_table_is_no_obstacle_to_add_or_an_error)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_event event;
	struct rlimit before;
	int r;

	not_in_valgrind("takes descriptors for itself");
	before = descriptors_leave(0);
	r = ph_set_add(set, process, NULL);
	descriptors_restore(before);
	if (has_descriptors() || expected_state(PH_FEATURE_PIDFD) == PH_FEATURE_UNBUILT) {
		ck_assert_int_eq(r, 0);
	} else {
		/* what wakes up those who sleep is not to be had */
		ck_assert_int_eq(r, -EMFILE);
		ck_assert_int_eq(ph_set_count(set), 0);
		ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	}
	child_exit(&child, 1);
	event = expect_one(set, -1);
	expect_record(&event.exit, PH_EXITED, 1, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(an_end_is_not_lost_when_there_is_nothing_to_look_with)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_event event;
	struct rlimit before;
	int r;

	not_in_valgrind("takes descriptors for itself");
	leave_proc_only();
	(void)give(set, child.pid, set);
	child_become_zombie(&child, 12);
	before = descriptors_leave(0);
	r = ph_set_wait(set, 0, &event, 1);
	descriptors_restore(before);
	/* a bare number needs no proof */
	if (is_bare_here()) {
		ck_assert_int_eq(r, 1);
	} else {
		ck_assert_int_eq(r, -EMFILE);
		ck_assert_int_eq(ph_set_count(set), 1);
		event = expect_one(set, -1);
	}
	ck_assert_ptr_eq(event.data, set);
	expect_record(&event.exit, PH_EXITED, 12, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	set = ph_set_unref(set);
}

TEST(a_limit_of_no_descriptors_is_told)
{
	struct ph_set *set = made();
	struct rlimit before, none;
	struct ph_event event;
	int r;

	not_in_valgrind("takes descriptors for itself");
	if (ph_set_fd(set) < 0)
		skip("there is no descriptor to sleep on");
	must(getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 0;
	must(setrlimit(RLIMIT_NOFILE, &none));
	r = ph_set_wait(set, -1, &event, 1);
	must(setrlimit(RLIMIT_NOFILE, &before));
	ck_assert_int_eq(r, -EMFILE);
	set = ph_set_unref(set);
}

static bool is_readable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return must(poll(&poll_fd, 1, 0)) == 1;
}

TEST(a_set_lends_a_descriptor_that_is_readable_while_there_are_ends)
{
	struct ph_set *set = made();
	struct child child = child_start(), other = child_start();
	struct ph_event event;
	int fd;

	(void)give(set, child.pid, NULL);
	(void)give(set, other.pid, NULL);
	fd = ph_set_fd(set);
	if (!has_descriptors()) {
		ck_assert_int_eq(fd, -ENOTSUP);
		child_end(&child);
		child_end(&other);
		set = ph_set_unref(set);
		return;
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert(!is_readable(fd));
	child_become_zombie(&child, 1);
	child_become_zombie(&other, 2);
	/* level-triggered, as long as one is left */
	for (int i = 0; i < 2; i++) {
		ck_assert(is_readable(fd));
		ck_assert(is_readable(fd));
		event = expect_one(set, 0);
		(void)ph_unref(event.process);
	}
	ck_assert(!is_readable(fd));
	set = ph_set_unref(set);
}

TEST(a_handle_that_is_kept_after_its_end_does_not_wake_anybody)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_event event;

	ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	child_exit(&child, 0);
	event = expect_one(set, -1);
	if (has_descriptors())
		ck_assert(!is_readable(ph_set_fd(set)));
	expect_nobody(set, 5);
	(void)ph_unref(event.process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(the_descriptor_nests_in_another_epoll)
{
	struct ph_set *set = made();
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = must(epoll_create1(EPOLL_CLOEXEC));
	int fd = ph_set_fd(set);

	if (fd < 0) {
		must(close(epoll));
		set = ph_set_unref(set);
		skip("there is no descriptor to nest");
	}
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	for (int i = 0; has_descriptors() && i < 10; i++) {
		struct child child = child_start();

		ck_assert_int_eq(epoll_wait(epoll, &event, 1, 0), 0);
		(void)give(set, child.pid, NULL);
		child_exit(&child, i);
		ck_assert_int_eq(epoll_wait(epoll, &event, 1, TEST_SECONDS * 1000), 1);
		ck_assert_int_eq(epoll_wait(epoll, &event, 1, 0), 1);
		(void)ph_unref(expect_one(set, 0).process);
	}
	must(close(epoll));
	set = ph_set_unref(set);
}

/* By number and by descriptor in one set. */
TEST(handles_of_both_kinds_mix)
{
	struct ph_set *set = made();
	struct child firm = child_start(), bare = child_start();
	struct ph_process *by_fd = found(firm.pid), *by_number;
	struct ph_event event;
	int fd = ph_set_fd(set);

	ck_assert_int_eq(ph_set_add(set, by_fd, &firm), 0);
	change("osfinderr", "0");
	by_number = found(bare.pid);
	change("osfinderr", NULL);
	ck_assert_int_eq(ph_guarantee(by_number), PH_UNCHECKED);
	ck_assert_int_eq(ph_set_add(set, by_number, &bare), 0);
	ck_assert_int_eq(ph_set_fd(set), -ENOTSUP);
	/* the loan of before is not to sleep through an end */
	if (fd >= 0)
		ck_assert(is_readable(fd));
	expect_nobody(set, 5);
	child_exit(&firm, 1);
	event = expect_one(set, -1);
	ck_assert_ptr_eq(event.data, &firm);
	(void)ph_unref(event.process);
	child_exit(&bare, 2);
	event = expect_one(set, -1);
	ck_assert_ptr_eq(event.data, &bare);
	expect_record(&event.exit, PH_EXITED, 2, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	/* as it was */
	ck_assert_int_eq(ph_set_fd(set), fd);
	if (fd >= 0)
		ck_assert(!is_readable(fd));
	by_fd = ph_unref(by_fd);
	by_number = ph_unref(by_number);
	set = ph_set_unref(set);
}

TEST(a_look_sees_an_end_whatever_else_is_in_the_set)
{
	struct ph_set *set = made();
	struct child bare = child_start();
	struct ph_process *by_number;

	change("osfinderr", "0");
	by_number = found(bare.pid);
	change("osfinderr", NULL);
	ck_assert_int_eq(ph_set_add(set, by_number, NULL), 0);
	for (int i = 0; i < 10; i++) {
		struct child child = child_start();
		struct ph_process *process = give(set, child.pid, NULL);
		struct ph_event event;

		child_become_zombie(&child, i);
		event = expect_one(set, 0);
		ck_assert_ptr_eq(event.process, process);
		(void)ph_unref(event.process);
	}
	ck_assert_int_eq(ph_set_remove(set, by_number), 0);
	by_number = ph_unref(by_number);
	child_end(&bare);
	set = ph_set_unref(set);
}

struct inherited {
	struct ph_set *set;
	struct ph_process *process;
};

static void use_inherited(void *arg)
{
	struct inherited *inherited = arg;
	struct ph_set *set = inherited->set;
	struct ph_event event;

	ck_assert_int_eq(ph_set_wait(set, -1, &event, 1), -ECHILD);
	ck_assert_int_eq(ph_set_add(set, inherited->process, NULL), -ECHILD);
	ck_assert_int_eq(ph_set_remove(set, inherited->process), -ECHILD);
	ck_assert_int_eq(ph_set_count(set), -ECHILD);
	ck_assert_int_eq(ph_set_fd(set), -ECHILD);
}

/* What a child gives back of what it has inherited is its own copy. */
static void release_inherited(struct inherited *inherited)
{
	int status;
	pid_t pid = fork_mortal();

	must(pid);
	if (pid == 0)
		_exit(ph_set_unref(inherited->set) || ph_unref(inherited->process));
	must(waitpid(pid, &status, 0));
	ck_assert_int_eq(status, 0);
}

TEST(a_forked_child_takes_nothing_from_an_inherited_set)
{
	struct child child = child_start();
	struct inherited inherited = { .set = made(), .process = found(child.pid) };
	struct ph_event event;

	ck_assert_int_eq(ph_set_add(inherited.set, inherited.process, NULL), 0);
	child_become_zombie(&child, 5);
	in_a_child(use_inherited, &inherited);
	release_inherited(&inherited);
	event = expect_one(inherited.set, 0);
	expect_record(&event.exit, PH_EXITED, 5, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	inherited.process = ph_unref(inherited.process);
	inherited.set = ph_set_unref(inherited.set);
}

/* It has the same open files, and they stay open in it. */
TEST(a_forked_child_does_not_keep_what_was_removed_or_reported_alive)
{
	struct ph_set *set = made();
	struct child removed = child_start(), reported = child_start();
	struct ph_process *process = give(set, removed.pid, NULL);
	struct child holder;

	(void)give(set, reported.pid, NULL);
	holder = child_start();
	ck_assert_int_eq(ph_set_remove(set, process), 0);
	child_become_zombie(&removed, 0);
	child_exit(&reported, 0);
	(void)ph_unref(expect_one(set, -1).process);
	expect_nobody(set, 5);
	if (has_descriptors())
		ck_assert(!is_readable(ph_set_fd(set)));
	child_end(&holder);
	(void)child_reap(&removed);
	set = ph_set_unref(set);
}

/* The address sanitizer does not learn that the frames of such a thread are gone. */
static void not_with_asan(void)
{
#if defined(__SANITIZE_ADDRESS__)
	skip("the address sanitizer takes a cancelled thread for an error");
#endif
}

static void *wait_for_ever(void *arg)
{
	struct ph_event event;

	(void)ph_set_wait(arg, -1, &event, 1);
	return NULL;
}

TEST(a_waiter_that_is_cancelled_takes_no_end_with_it)
{
	struct ph_set *set;
	struct child child;
	pthread_t thread;
	void *result;

	not_in_valgrind("does not unwind a thread that is cancelled");
	not_with_asan();
	set = made();
	child = child_start();
	(void)give(set, child.pid, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, set), 0);
	ck_assert_int_eq(pthread_cancel(thread), 0);
	ck_assert_int_eq(pthread_join(thread, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	child_exit(&child, 3);
	(void)ph_unref(expect_one(set, -1).process);
	set = ph_set_unref(set);
}

static void on_signal(int signo)
{
	(void)signo;
}

static void *interrupt(void *arg)
{
	pthread_t *waiter = ((void **)arg)[0];
	struct child *child = ((void **)arg)[1];

	for (int i = 0; i < 50; i++)
		(void)pthread_kill(*waiter, SIGUSR1);
	child_exit(child, 0);
	return NULL;
}

TEST(a_signal_is_no_reason_to_return)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct ph_set *set = made();
	struct child child = child_start();
	pthread_t self = pthread_self(), thread;
	void *both[] = { &self, &child };

	must(sigaction(SIGUSR1, &action, NULL));
	(void)give(set, child.pid, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, interrupt, both), 0);
	(void)ph_unref(expect_one(set, -1).process);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	action.sa_handler = SIG_DFL;
	must(sigaction(SIGUSR1, &action, NULL));
	set = ph_set_unref(set);
}
