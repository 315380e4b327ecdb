/* SPDX-License-Identifier: MIT */

/*
 * Who leaves a successor in a session of its own, and ends, between a look for
 * members and the signal that comes after it: the successor is stopped, or it is
 * not said that nobody is left. In a pid namespace, whose first process adopts.
 */

#include <sched.h>

#include "grove.h"

enum { MOST_TARGETS = 2 };

struct leaving {
	/* the root has a child, and that is the one who leaves */
	bool is_child;
	/* it stays, after the successor is there */
	bool stays;
	/* or is reaped by the root as soon as it has ended */
	bool is_reaped;
	/* the successor begins no session */
	bool stays_in_session;
	/* the root is none of those who are stopped */
	bool is_root_spared;
	/* when it is told to go: before the signals of the last step, or after the root's */
	int moment;
	int signo;
	/* the root is named so often; 0: once */
	size_t targets;

	struct grove grove;
	int go[2];
	int gone[2];
	bool has_gone;
};

static bool has_ended(pid_t pid)
{
	char path[32];
	char stat[512] = "";
	const char *name_end;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	(void)!read(fd, stat, sizeof(stat) - 1);
	must(close(fd));
	name_end = strrchr(stat, ')');
	return !name_end || strchr("ZX", name_end[2]);
}

/* In the successor: its parent is a zombie then, or nobody has its number any more. */
static void see_parent_end(const struct leaving *leaving, pid_t parent)
{
	while (leaving->is_reaped ? kill(parent, 0) == 0 : !has_ended(parent))
		(void)sched_yield();
}

static void leave(struct leaving *leaving)
{
	pid_t self = getpid();
	char byte;

	if (read(leaving->go[0], &byte, 1) != 1 || fork() > 0) {
		if (leaving->stays)
			grove_stay(&leaving->grove);
		_exit(0);
	}
	if (!leaving->stays_in_session)
		(void)setsid();
	if (!leaving->stays)
		see_parent_end(leaving, self);
	(void)!write(leaving->gone[1], "", 1);
	grove_stay(&leaving->grove);
}

/* The root and a child of it. */
static bool has_two(const struct leaving *leaving)
{
	return leaving->is_child || leaving->is_root_spared;
}

static void begin(struct grove *grove, void *arg)
{
	struct leaving *leaving = arg;

	/* where it leads nobody, all are signalled one after the other */
	if (!has_two(leaving) && !leaving->stays_in_session)
		(void)setsid();
	if (leaving->is_reaped)
		(void)signal(SIGCHLD, SIG_IGN);
	if (has_two(leaving) && leaving->is_child != (fork() == 0))
		grove_stay(grove);
	grove_ready(grove);
	leave(leaving);
}

static int send_away(const struct ph_stop_report *report, void *arg)
{
	struct leaving *leaving = arg;
	char byte;

	if (report->what != leaving->moment || report->signo != leaving->signo || leaving->has_gone)
		return 0;
	leaving->has_gone = true;
	must((int)write(leaving->go[1], "", 1) - 1);
	must((int)read(leaving->gone[0], &byte, 1) - 1);
	return 0;
}

/* Return: the best of the results */
static int stop_leaving(struct leaving *leaving, bool *ret_is_empty)
{
	const struct ph_stop_step steps[] = { { .signo = 0, .wait_ms = 0 },
					      { .signo = leaving->signo, .wait_ms = NEVER_MS } };
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = 2,
		.scope = leaving->is_root_spared ? PH_DESCENDANTS : PH_TREE,
		.report = send_away,
		.arg = leaving,
	};
	struct ph_process *process;
	struct ph_process *targets[MOST_TARGETS];
	int results[MOST_TARGETS];
	int best;

	must(pipe2(leaving->go, O_CLOEXEC));
	must(pipe2(leaving->gone, O_CLOEXEC));
	process = planted(&leaving->grove, begin, leaving, has_two(leaving) ? 2 : 1);
	for (int i = 0; i < MOST_TARGETS; i++)
		targets[i] = process;
	(void)ph_stop_all(targets, leaving->targets > 0 ? leaving->targets : 1, &options, results);
	ck_assert(leaving->has_gone);
	best = results[0];
	for (size_t i = 1; i < leaving->targets; i++)
		best = results[i] == 0 ? 0 : best;
	*ret_is_empty = grove_is_empty(&leaving->grove);
	grove_cut(&leaving->grove);
	for (int i = 0; i < 2; i++) {
		must(close(leaving->go[i]));
		must(close(leaving->gone[i]));
	}
	process = ph_unref(process);
	reap_orphans();
	return best;
}

static void expect_truth(void *arg)
{
	bool is_empty;
	int r = stop_leaving(arg, &is_empty);

	ck_assert(r == 0 || r == -ENOTSUP);
	ck_assert(is_empty || r == -ENOTSUP);
}

static void expect_success(void *arg)
{
	bool is_empty;

	ck_assert_int_eq(stop_leaving(arg, &is_empty), 0);
	ck_assert(is_empty);
}

TEST(who_is_born_before_the_signals_of_a_step_gets_them)
{
	struct leaving leaving = { .stays = true, .moment = PH_STOP_STEP, .signo = SIGKILL };

	need_members();
	in_own_pid_namespace(expect_success, &leaving);
}

TEST(a_root_that_leaves_before_the_signals_of_a_step_has_not_been_stopped)
{
	struct leaving leaving = { .moment = PH_STOP_STEP, .signo = SIGKILL };

	need_members();
	in_own_pid_namespace(expect_truth, &leaving);
}

TEST(a_member_that_leaves_before_it_is_killed_has_not_been_stopped)
{
	struct leaving leaving = { .is_child = true, .moment = PH_STOP_SENT, .signo = SIGKILL };

	need_members();
	in_own_pid_namespace(expect_truth, &leaving);
}

TEST(a_member_that_leaves_before_it_is_terminated_has_not_been_stopped)
{
	struct leaving leaving = { .is_child = true, .moment = PH_STOP_SENT, .signo = SIGTERM };

	need_members();
	in_own_pid_namespace(expect_truth, &leaving);
}

TEST(what_left_is_told_of_each_target_that_it_was_a_member_of)
{
	const int signals[] = { SIGKILL, SIGTERM };

	need_members();
	for (int i = 0; i < 2; i++) {
		struct leaving leaving = {
			.is_child = true,
			.moment = PH_STOP_SENT,
			.signo = signals[i],
			.targets = 2,
		};

		in_own_pid_namespace(expect_truth, &leaving);
	}
}

TEST(a_member_that_is_reaped_before_its_end_is_seen_may_have_left_somebody)
{
	const int signals[] = { SIGKILL, SIGTERM };

	need_members();
	for (int i = 0; i < 2; i++) {
		struct leaving leaving = {
			.is_child = true,
			.is_reaped = true,
			.moment = PH_STOP_STEP,
			.signo = signals[i],
		};

		in_own_pid_namespace(expect_truth, &leaving);
	}
}

TEST(a_root_that_is_spared_may_have_left_somebody_as_well)
{
	const int moments[] = { PH_STOP_STEP, PH_STOP_SENT };

	need_members();
	for (int i = 0; i < 2; i++) {
		struct leaving leaving = {
			.is_root_spared = true,
			.moment = moments[i],
			.signo = SIGKILL,
		};

		in_own_pid_namespace(expect_truth, &leaving);
	}
}

/* One in the session of another, which has ended. */
static void have_orphan(struct grove *grove, void *arg)
{
	(void)arg;
	(void)setsid();
	if (fork() == 0)
		grove_stay(grove);
}

static void be_subreaper(void *arg)
{
	struct grove orphan;

	must(prctl(PR_SET_CHILD_SUBREAPER, 1));
	grove_begin(&orphan);
	(void)grove_plant(&orphan, have_orphan, NULL);
	grove_await(&orphan, 1);
	in_a_child(expect_truth, arg);
	grove_cut(&orphan);
	reap_orphans();
	must(prctl(PR_SET_CHILD_SUBREAPER, 0));
}

static void have_subreaper(void *arg)
{
	in_a_child(be_subreaper, arg);
}

/* It is neither process 1 nor the caller. */
TEST(what_hangs_below_a_subreaper_of_somebody_else_may_have_been_left)
{
	need_members();
	for (int i = 0; i < 2 * 2; i++) {
		struct leaving leaving = {
			.is_child = i % 2,
			.stays_in_session = i / 2,
			.moment = i % 2 ? PH_STOP_SENT : PH_STOP_STEP,
			.signo = SIGKILL,
		};

		in_own_pid_namespace(have_subreaper, &leaving);
	}
}
