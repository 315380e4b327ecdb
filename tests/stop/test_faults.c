/* SPDX-License-Identifier: MIT */

/* A stop, when what it needs fails: calls that fail on demand. */

#include <poll.h>
#include <sys/epoll.h>

#include "handle/backend.h"
#include "handle/members.h"

#include "grove.h"

static struct {
	/* the looks for members from that one on fail with look_error; 0: none */
	int look;
	int look_error;
	bool has_no_memory;
	/* every second sleep is interrupted */
	bool interrupts;
	int poll_error;
	/* from here on, and those that failed */
	int create_error;
	int add_error;
	int failures;
} fault;

int __real_ph_members_look(struct ph_members *members);
int __wrap_ph_members_look(struct ph_members *members);

int __wrap_ph_members_look(struct ph_members *members)
{
	if (fault.look == 0 || --fault.look > 0)
		return __real_ph_members_look(members);
	fault.look = 1;
	return fault.look_error;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return fault.has_no_memory ? NULL : __real_calloc(count, size);
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	static bool was_interrupted;

	/* those of a wait are about one */
	if (count == 2 && fault.poll_error) {
		errno = fault.poll_error;
		return -1;
	}
	was_interrupted = count == 2 && fault.interrupts && !was_interrupted;
	if (!was_interrupted)
		return __real_poll(fds, count, timeout);
	errno = EINTR;
	return -1;
}

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);

int __wrap_epoll_create1(int flags)
{
	if (!fault.create_error)
		return __real_epoll_create1(flags);
	fault.failures++;
	errno = fault.create_error;
	return -1;
}

int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);

int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (!fault.add_error)
		return __real_epoll_ctl(epoll, operation, fd, event);
	fault.failures++;
	errno = fault.add_error;
	return -1;
}

enum { THREE = 3 };

struct three {
	struct child children[THREE];
	struct ph_process *targets[THREE];
};

static struct three three_start(void)
{
	struct three three;

	for (int i = 0; i < THREE; i++) {
		three.children[i] = child_start();
		three.targets[i] = found(three.children[i].pid);
	}
	return three;
}

static void three_end(struct three *three)
{
	for (int i = 0; i < THREE; i++) {
		ck_assert_int_eq(ph_stop(three->targets[i], PH_ONE, 0, NULL), 0);
		child_forget(&three->children[i]);
		three->targets[i] = ph_unref(three->targets[i]);
	}
}

static void expect_stopped(struct three *three)
{
	ck_assert_int_eq(ph_stop_all(three->targets, THREE, NULL, NULL), 0);
	for (int i = 0; i < THREE; i++)
		expect_end(three->targets[i], 0, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
}

TEST(without_memory_nobody_is_signalled)
{
	struct three three = three_start();

	fault.has_no_memory = true;
	ck_assert_int_eq(ph_stop_all(three.targets, THREE, NULL, NULL), -ENOMEM);
	fault.has_no_memory = false;
	expect_running(three.targets[0], 0);
	three_end(&three);
}

TEST(interruptions_do_not_show)
{
	struct three three = three_start();

	fault.interrupts = true;
	expect_stopped(&three);
	fault.interrupts = false;
	three_end(&three);
}

TEST(who_cannot_sleep_ends_the_stop)
{
	struct three three = three_start();
	int results[THREE];

	fault.poll_error = ENOMEM;
	ck_assert_int_eq(ph_stop_all(three.targets, THREE, NULL, results), -ENOMEM);
	fault.poll_error = 0;
	for (int i = 0; i < THREE; i++)
		ck_assert_int_eq(results[i], -ECANCELED);
	three_end(&three);
}

TEST(who_cannot_be_watched_is_looked_at)
{
	struct three three = three_start();

	fault.create_error = EMFILE;
	expect_stopped(&three);
	fault.create_error = 0;
	three_end(&three);
	three = three_start();
	fault.add_error = ENOSPC;
	expect_stopped(&three);
	fault.add_error = 0;
	/* where there is something to be watched */
	ck_assert(fault.failures > 0 || ph_fd(three.targets[0]) < 0);
	three_end(&three);
}

/* What the first look says is the result, and nobody is signalled. */
TEST(what_cannot_be_looked_at_is_left_alone)
{
	const int errors[] = { -EDEADLK, -EREMOTE, -ENOTSUP, -EPERM, -EMFILE, -ENFILE, -ENOMEM };
	struct three three = three_start();

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fault.look_error = errors[i];
		fault.look = 1;
		ck_assert_int_eq(ph_stop(three.targets[0], PH_TREE, 0, NULL), errors[i]);
		fault.look = 0;
		expect_running(three.targets[0], 0);
	}
	three_end(&three);
}

/* What a later one says is the result too, and who is known is stopped. */
TEST(who_is_known_is_stopped_whatever_later_looks_say)
{
	const int errors[] = { -EREMOTE, -ENOTSUP, -EMFILE, -ENFILE, -ENOMEM };

	need_members();
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct three three = three_start();

		fault.look_error = errors[i];
		fault.look = 2;
		ck_assert_int_eq(ph_stop(three.targets[0], PH_TREE, 0, NULL), errors[i]);
		fault.look = 0;
		expect_end(three.targets[0], 0, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
		three_end(&three);
	}
}

TEST(who_appears_for_ever_is_given_up)
{
	const struct ph_stop_step step = { .signo = SIGKILL, .wait_ms = SHORT_MS };
	const struct ph_stop_options options = {
		.steps = &step,
		.steps_count = 1,
		.scope = PH_TREE,
	};
	struct three three;

	need_members();
	three = three_start();
	child_become_zombie(&three.children[0], 0);
	fault.look_error = -ELOOP;
	fault.look = 2;
	ck_assert_int_eq(ph_stop_all(three.targets, 1, &options, NULL), -ELOOP);
	fault.look = 0;
	three_end(&three);
}

/* The caller has come into the scope: nobody gets a signal any more. */
TEST(a_scope_that_has_become_forbidden_is_left_alone)
{
	struct three three;

	need_members();
	three = three_start();
	fault.look_error = -EDEADLK;
	fault.look = 2;
	ck_assert_int_eq(ph_stop(three.targets[0], PH_TREE, NEVER_MS, NULL), -EDEADLK);
	fault.look = 0;
	three_end(&three);
}

static void have_stubborn_chain(struct grove *grove, void *arg)
{
	ignore_terms();
	have_chain(grove, arg);
}

/* of the handle that refuses */
static const struct ph_backend *backend;

static int refuse_sigterm(struct ph_process *process, int signo)
{
	return signo == SIGTERM ? -EPERM : backend->kill(process, signo);
}

TEST(who_is_refused_in_one_step_and_signalled_in_the_next_is_stopped)
{
	struct ph_backend refusing;
	struct ph_process *process;
	struct kept kept = { 0 };
	const struct ph_stop_options options = {
		.scope = PH_TREE,
		.steps = leftovers,
		.steps_count = 2,
		.report = keep,
		.arg = &kept,
	};
	struct grove grove;
	int depth = 2;

	need_members();
	process = planted(&grove, have_stubborn_chain, &depth, 2);
	backend = process->backend;
	refusing = *backend;
	refusing.kill = refuse_sigterm;
	process->backend = &refusing;
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	process->backend = backend;
	expect_kept(&kept, 1, PH_STOP_REFUSED, SIGTERM, -EPERM);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_REFUSED), 1);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_SENT), 3);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_ENDED), 2);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}
