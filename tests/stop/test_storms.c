/* SPDX-License-Identifier: MIT */

/*
 * What runs away from a stop, by leaving a successor behind and ending: a stop
 * that says that nobody is left is right. In a pid namespace, so that the test
 * does not leave anything either.
 */

#include <stdatomic.h>
#include <sys/mman.h>

#include "grove.h"
#include "storm.h"

enum {
	ROUNDS = 3,
	/* ends by itself if nobody catches it */
	GENERATIONS = 200000,
};

struct storm {
	/* the root leads this */
	int leads;
	/* each of them is in a session of its own */
	bool each_leaves;
	/* begins when the stop has begun, and not before */
	bool is_started_by_stop;
	int scope;

	struct grove grove;
	int go[2];
	_Atomic int *generation;
};

enum { NOTHING, A_GROUP, A_SESSION };

static void lead(const struct storm *storm)
{
	if (storm->leads == A_SESSION)
		(void)setsid();
	if (storm->leads == A_GROUP)
		(void)setpgid(0, 0);
}

static void run_away(struct grove *grove, void *arg)
{
	struct storm *storm = arg;
	struct pollfd leash = { .fd = grove->leash[0] };
	unsigned short before = storm_begin();
	char byte;

	lead(storm);
	grove_ready(grove);
	if (storm->is_started_by_stop && read(storm->go[0], &byte, 1) != 1)
		return;
	while (poll(&leash, 1, 0) == 0) {
		if (!storm_has_room(before))
			continue;
		if (fork() > 0 || atomic_fetch_add(storm->generation, 1) > GENERATIONS)
			return;
		if (storm->each_leaves)
			(void)setsid();
	}
}

static int start_storm(const struct ph_stop_report *report, void *arg)
{
	struct storm *storm = arg;

	if (report->what == PH_STOP_STEP && storm->go[1] >= 0) {
		must((int)write(storm->go[1], "", 1) - 1);
		must(close(storm->go[1]));
		storm->go[1] = -1;
	}
	return 0;
}

/* Time for the storm to come up, and then to be ended. */
static const struct ph_stop_step steps[] = { { .signo = 0, .wait_ms = SHORT_MS },
					     { .signo = SIGKILL, .wait_ms = NEVER_MS } };

static int stop_storm(struct storm *storm, bool *ret_is_empty)
{
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = 2,
		.scope = storm->scope,
		.report = start_storm,
		.arg = storm,
	};
	struct ph_process *process;
	int r;

	must(pipe2(storm->go, O_CLOEXEC));
	atomic_store(storm->generation, 0);
	process = planted(&storm->grove, run_away, storm, 1);
	r = ph_stop_all(&process, 1, &options, NULL);
	*ret_is_empty = grove_is_empty(&storm->grove);
	must(close(storm->go[0]));
	grove_cut(&storm->grove);
	process = ph_unref(process);
	reap_orphans();
	return r;
}

static void expect_end_of_storm(void *arg)
{
	struct storm *storm = arg;
	bool is_empty;

	for (int i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(stop_storm(storm, &is_empty), 0);
		ck_assert(is_empty);
	}
}

static void expect_truth(void *arg)
{
	struct storm *storm = arg;
	bool is_empty;

	for (int i = 0; i < ROUNDS; i++) {
		int r = stop_storm(storm, &is_empty);

		ck_assert(r == 0 || r == -ENOTSUP);
		ck_assert(is_empty || r == -ENOTSUP);
	}
}

/* The first process adopts, and reaps whom it has stopped. */
static void under_first(void *arg)
{
	const struct storm *storm = arg;

	if (storm->leads == NOTHING || storm->each_leaves)
		expect_truth(arg);
	else
		expect_end_of_storm(arg);
}

static void weather(struct storm storm)
{
	need_members();
	if (is_slow())
		skip("would not be caught up with");
	storm.generation = mmap(NULL, sizeof(*storm.generation), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(storm.generation, MAP_FAILED);
	in_own_pid_namespace(under_first, &storm);
	(void)munmap((void *)storm.generation, sizeof(*storm.generation));
}

TEST(a_storm_in_the_session_of_its_root_is_ended_with_the_tree)
{
	weather((struct storm){ .leads = A_SESSION, .scope = PH_TREE });
}

TEST(a_storm_in_a_session_is_ended)
{
	weather((struct storm){ .leads = A_SESSION, .scope = PH_SESSION });
}

TEST(a_storm_in_a_group_is_ended)
{
	weather((struct storm){ .leads = A_GROUP, .scope = PH_GROUP });
}

TEST(a_storm_that_comes_up_in_the_group_of_its_root_is_ended_with_the_tree)
{
	weather((struct storm){ .leads = A_GROUP, .is_started_by_stop = true, .scope = PH_TREE });
}

TEST(a_storm_that_comes_up_below_a_root_that_leads_nothing_is_not_said_to_be_over)
{
	weather((struct storm){ .is_started_by_stop = true, .scope = PH_TREE });
}

TEST(a_storm_that_comes_up_and_leaves_all_sessions_is_not_said_to_be_over)
{
	weather((struct storm){
		.leads = A_SESSION,
		.each_leaves = true,
		.is_started_by_stop = true,
		.scope = PH_TREE,
	});
}

/* In the group of the root, and outlasts it. @arg: NULL, or it leads a session too */
static void have_deaf_child(struct grove *grove, void *arg)
{
	if (arg)
		(void)setsid();
	else
		(void)setpgid(0, 0);
	have_child(grove, ignore_terms);
	grove_stay(grove);
}

struct order {
	pid_t root;
	int ends;
	bool was_kept;
};

static int look_at_root(const struct ph_stop_report *report, void *arg)
{
	struct order *order = arg;
	siginfo_t info = { .si_pid = 0 };

	/* who ignores SIGTERM is not to be killed before the root has obeyed it */
	if (report->what == PH_STOP_STEP && report->signo == SIGKILL)
		child_await_end(order->root);
	if (report->what != PH_STOP_ENDED)
		return 0;
	if (order->ends++ == 0) {
		ck_assert_int_ne(ph_pid(report->process), order->root);
		/* a zombie, and it has ended first */
		order->was_kept =
			waitid(P_PID, (id_t)order->root, &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
			info.si_pid == order->root;
	} else {
		ck_assert_int_eq(ph_pid(report->process), order->root);
		ck_assert_int_eq(report->exit.value, SIGTERM);
	}
	return 0;
}

TEST(a_child_that_leads_keeps_its_number_until_nobody_needs_it)
{
	struct ph_process *process;
	struct grove grove;
	struct order order = { .ends = 0 };
	const struct ph_stop_options options = {
		.steps = leftovers,
		.steps_count = 2,
		.scope = PH_TREE,
		.report = look_at_root,
		.arg = &order,
	};

	need_members();
	process = planted(&grove, have_deaf_child, NULL, 2);
	order.root = ph_pid(process);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(order.ends, 2);
	ck_assert(order.was_kept);
	ck_assert(grove_is_empty(&grove));
	expect_end(process, 0, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	ck_assert_int_eq(waitpid(order.root, NULL, WNOHANG), -1);
	grove_end(&grove);
	process = ph_unref(process);
}

static int see_all_end(const struct ph_stop_report *report, void *arg)
{
	struct grove *grove = arg;
	char byte;

	/* of the first one, and nobody else has been signalled yet by itself */
	if (report->what == PH_STOP_SENT)
		ck_assert_int_eq(read(grove->life[0], &byte, 1), 0);
	return 0;
}

static void expect_end_at_once(int scope)
{
	const struct ph_stop_step kill[] = { { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	struct ph_process *process;
	struct grove grove;
	const struct ph_stop_options options = {
		.steps = kill,
		.steps_count = 1,
		.scope = scope,
		.report = see_all_end,
		.arg = &grove,
	};

	need_members();
	process = planted(&grove, have_deaf_child, scope == PH_SESSION ? &scope : NULL, 2);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	grove_end(&grove);
	process = ph_unref(process);
}

TEST(whom_the_root_of_a_tree_leads_is_killed_with_it)
{
	expect_end_at_once(PH_TREE);
}

TEST(a_group_is_killed_at_once)
{
	expect_end_at_once(PH_GROUP);
}

TEST(the_group_of_the_leader_of_a_session_is_killed_at_once)
{
	expect_end_at_once(PH_SESSION);
}

/* The root leads, and has one who has ended and one who lives. */
static void have_zombie(struct grove *grove, void *arg)
{
	siginfo_t info;
	pid_t pid;

	(void)arg;
	(void)setpgid(0, 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	(void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	grove_stay(grove);
}

static int see_who_is_first(const struct ph_stop_report *report, void *arg)
{
	int *first = arg;

	if (*first == 0 && report->what != PH_STOP_STEP)
		*first = report->what;
	return 0;
}

TEST(who_lives_is_signalled_before_those_who_have_ended_are_taken_in)
{
	struct ph_process *process;
	struct grove grove;
	int first = 0;
	const struct ph_stop_options options = {
		.steps = leftovers,
		.steps_count = 2,
		.scope = PH_TREE,
		.report = see_who_is_first,
		.arg = &first,
	};

	need_members();
	process = planted(&grove, have_zombie, NULL, 1);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(first, PH_STOP_SENT);
	grove_end(&grove);
	process = ph_unref(process);
}

enum { ZOMBIES = 1000, LATE_MS = 200 };

struct late {
	struct grove grove;
	pid_t root;
};

static void have_zombies(struct grove *grove, void *arg)
{
	(void)arg;
	(void)setpgid(0, 0);
	for (int i = 0; i < ZOMBIES; i++) {
		pid_t pid = must(fork());

		if (pid == 0)
			_exit(0);
		child_await_end(pid);
	}
	grove_stay(grove);
}

/* The time of the last step is over when everybody has ended, and before all have been met. */
static int be_late(const struct ph_stop_report *report, void *arg)
{
	const struct late *late = arg;

	if (report->what == PH_STOP_SENT) {
		child_await_end(late->root);
		must(poll(NULL, 0, 2 * LATE_MS));
	}
	return 0;
}

static void stop_late(void *arg)
{
	const struct ph_stop_step firm[] = { { .signo = SIGKILL, .wait_ms = LATE_MS } };
	struct ph_process *process;
	struct late late;
	const struct ph_stop_options options = {
		.steps = firm,
		.steps_count = 1,
		.scope = PH_TREE,
		.report = be_late,
		.arg = &late,
	};

	(void)arg;
	process = planted(&late.grove, have_zombies, NULL, 1);
	late.root = ph_pid(process);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	grove_end(&late.grove);
	process = ph_unref(process);
	reap_orphans();
}

TEST(those_who_have_ended_are_all_met_though_the_time_is_over)
{
	need_members();
	in_own_pid_namespace(stop_late, NULL);
}
