/* SPDX-License-Identifier: MIT */

/*
 * Each call that the library makes for a pid file, or for the peer of a socket,
 * fails once: what comes out is that error or what comes out otherwise, and
 * neither a descriptor nor a file is left behind.
 */

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#include "../pidfile/pidfile.h"
#include "fault.h"
#include "left.h"
#include "sys/support.h"

struct stage {
	struct place place;
	/* a file that looks stale, but for a lock that its process has on it */
	struct place held;
	struct ph_process *self;
	int pair[2];
	struct ph_process *made;
};

/* The file is that of a process that is gone. */
static int act_write(struct stage *stage)
{
	return ph_pidfile_write(stage->self, stage->place.path);
}

static int act_clear(struct stage *stage)
{
	return ph_pidfile_clear(stage->place.path);
}

/* The file is the caller's. */
static int act_remove(struct stage *stage)
{
	return ph_pidfile_remove(stage->self, stage->place.path);
}

static int act_find(struct stage *stage)
{
	return ph_find_pidfile(stage->place.path, &stage->made);
}

static int act_find_holder(struct stage *stage)
{
	return ph_find_pidfile(stage->held.path, &stage->made);
}

static int act_peer(struct stage *stage)
{
	return ph_find_peer(stage->pair[0], &stage->made);
}

static const struct {
	const char *name;
	int (*act)(struct stage *stage);
	/* the file that is there: of the caller, and not of who is gone */
	bool is_own;
	/* after success there is one */
	bool keeps_file;
} scenarios[] = {
	{ "write", act_write, false, true },
	{ "clear", act_clear, false, false },
	{ "remove", act_remove, true, false },
	{ "find", act_find, true, true },
	{ "find the holder", act_find_holder, true, true },
	{ "peer", act_peer, true, true },
};

/* which of the faults */
enum { AGAIN };

static const struct {
	enum fault_call call;
	int error;
	/* some scenario has to come out so */
	bool must_show;
} faults[] = {
	[AGAIN] = { FAULT_CLONE, EAGAIN, false },
	{ FAULT_CLONE, ENOMEM, false },
	{ FAULT_OPEN, EMFILE, true },
	{ FAULT_OPEN, ENFILE, true },
	{ FAULT_OPEN, ENOMEM, true },
	{ FAULT_OPEN, EINTR, false },
	{ FAULT_MALLOC, ENOMEM, true },
	{ FAULT_PIDFD_OPEN, EMFILE, false },
	{ FAULT_PIDFD_OPEN, ENFILE, false },
	{ FAULT_PIDFD_OPEN, ENOMEM, false },
	{ FAULT_READ, EINTR, false },
	{ FAULT_FGETXATTR, ENOMEM, true },
	/* a look for locks takes memory */
	{ FAULT_FCNTL, ENOMEM, true },
	{ FAULT_FCNTL, EINTR, false },
	{ FAULT_READLINK, ENOMEM, false },
	{ FAULT_STAT, ENOMEM, true },
};

enum {
	SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]),
	FAULTS = sizeof(faults) / sizeof(faults[0]),
};

static void set_up(int scenario, struct stage *stage)
{
	(void)unlink(stage->place.path);
	if (scenarios[scenario].is_own)
		ck_assert_int_eq(ph_pidfile_write(stage->self, stage->place.path),
				 proof(&stage->place));
	else
		put_pid(stage->place.path, missing_pid());
}

/* Return: whether the call was made at all; @shows: the error came out */
static bool fail_once(int scenario, int fault, int nth, bool is_known, struct stage *stage,
		      bool *shows)
{
	const int error = faults[fault].error;
	int usual, r, files;
	bool was_hit;

	set_up(scenario, stage);
	usual = scenarios[scenario].act(stage);
	stage->made = ph_unref(stage->made);
	ck_assert_int_ge(usual, 0);
	set_up(scenario, stage);
	atomic_store(&ph_support, 0);
	if (is_known)
		(void)ph_features();
	fault_arm(faults[fault].call, nth, error);
	r = scenarios[scenario].act(stage);
	was_hit = fault_disarm();
	files = place_count(&stage->place);
	stage->made = ph_unref(stage->made);
	ck_assert_msg(r == -error || r == usual, "%s, %s %d: %s instead of %s",
		      scenarios[scenario].name, fault_names[faults[fault].call], nth,
		      r < 0 ? strerror(-r) : "success", strerror(error));
	ck_assert_msg(error != EINTR || r == usual, "EINTR shows");
	/* whole or not at all, and what was there stays when it fails */
	ck_assert_int_eq(files, r < 0 || scenarios[scenario].keeps_file);
	if (r == -error)
		*shows = true;
	return was_hit;
}

static void take_lock(void *arg)
{
	const struct place *held = arg;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	/* open until it ends */
	int fd = must(open(held->path, O_RDWR | O_CLOEXEC));

	must(fcntl(fd, F_SETLK, &lock));
}

static struct child hold(struct place *held)
{
	struct child holder;

	*held = place_make();
	put_pid(held->path, getpid());
	holder = child_start_with(take_lock, held);
	put_pid(held->path, holder.pid);
	age_over_boot(held->path);
	return holder;
}

TEST(each_failure_is_told_and_leaves_nothing_behind)
{
	struct stage stage = { .place = place_make(), .self = found(getpid()) };
	struct child holder;
	struct left before;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stage.pair));
	(void)ph_features();
	left_remember(&before);
	holder = hold(&stage.held);
	for (int fault = 0; fault < FAULTS; fault++) {
		bool shows = false;

		for (int round = 0; round < 2 * SCENARIOS; round++)
			for (int nth = 1;
			     fail_once(round / 2, fault, nth, round % 2, &stage, &shows);)
				nth++;
		ck_assert_msg(shows || !faults[fault].must_show, "%s never shows %s",
			      fault_names[faults[fault].call], strerror(faults[fault].error));
	}
	child_end(&holder);
	left_compare(&before);
	must(close(stage.pair[0]));
	must(close(stage.pair[1]));
	stage.self = ph_unref(stage.self);
	place_end(&stage.held);
	place_end(&stage.place);
}

/* Whoever cannot look for locks does not find out that there are none. */
TEST(what_its_process_holds_locked_is_not_cleared_for_want_of_memory)
{
	struct place held;
	struct child holder = hold(&held);
	int calls[FAULT_CALLS];

	fault_count(calls);
	ck_assert_int_eq(ph_pidfile_clear(held.path), -EBUSY);
	(void)fault_disarm();
	ck_assert_int_gt(calls[FAULT_FCNTL], 0);
	for (int nth = 1; nth <= calls[FAULT_FCNTL]; nth++) {
		fault_arm(FAULT_FCNTL, nth, ENOMEM);
		ck_assert_int_eq(ph_pidfile_clear(held.path), -ENOMEM);
		ck_assert(fault_disarm());
		expect_pid(held.path, holder.pid);
	}
	child_end(&holder);
	place_end(&held);
}

/* Where there is a filter, a child finds out what the kernel gives. */
TEST(who_cannot_start_a_process_to_find_out_with_is_told_to_try_again)
{
	static const char *const names[] = { "write", "clear", "find" };
	struct stage stage = { .place = place_make(), .self = found(getpid()), .pair = { -1, -1 } };
	int shown = 0;
	int counts[FAULT_CALLS];

	atomic_store(&ph_support, 0);
	fault_count(counts);
	(void)ph_features();
	(void)fault_disarm();
	for (int scenario = 0; scenario < SCENARIOS; scenario++)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			bool shows = false;

			if (strcmp(scenarios[scenario].name, names[i]) != 0)
				continue;
			(void)fail_once(scenario, AGAIN, FAULT_EVERY, false, &stage, &shows);
			shown += shows;
		}
	stage.self = ph_unref(stage.self);
	place_end(&stage.place);
	if (counts[FAULT_CLONE] == 0)
		skip("none is needed here");
	ck_assert_int_eq(shown, sizeof(names) / sizeof(names[0]));
}
