/* SPDX-License-Identifier: MIT */

/*
 * Daemons of others, who begin sessions of their own and hang where orphans go, are
 * not taken for what a tree has left behind where it has left nothing. In a pid
 * namespace, where everybody is known.
 */

#include <time.h>

#include "grove.h"

/* Members who end when they are told to, and strangers who come meanwhile. */
struct obeying {
	/* the root reaps them, and does not end itself */
	bool does_root_reap;
	int (*send)(struct ph_process *process);
};

enum { OBEYING = 30, OBEYED_ROUNDS = 8 };

/* One byte, for all of them: they end one after the other. */
static int turn[2];

static void obey(int signo)
{
	char byte;

	(void)signo;
	(void)!read(turn[0], &byte, 1);
	(void)!write(turn[1], "", 1);
	_exit(0);
}

static void have_obeying(struct grove *grove, void *arg)
{
	const struct obeying *obeying = arg;

	(void)signal(SIGTERM, obey);
	if (obeying->does_root_reap) {
		(void)signal(SIGTERM, SIG_IGN);
		(void)signal(SIGCHLD, SIG_IGN);
	}
	for (int i = 0; i < OBEYING; i++)
		if (fork() == 0) {
			(void)signal(SIGTERM, obey);
			grove_stay(grove);
		}
	grove_stay(grove);
}

/* A daemon every millisecond, each with a session of its own, until the test is over. */
static void have_daemons(struct grove *grove, void *arg)
{
	struct pollfd leash = { .fd = grove->leash[0] };

	(void)arg;
	(void)setsid();
	while (poll(&leash, 1, 1) == 0) {
		pid_t pid = fork();

		if (pid == 0) {
			if (fork() > 0)
				_exit(0);
			(void)setsid();
			grove_ready(grove);
			(void)poll(&leash, 1, 10);
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
	}
}

static void stop_obeying(void *arg)
{
	struct obeying *obeying = arg;
	struct grove daemons, grove;

	grove_begin(&daemons);
	(void)grove_plant(&daemons, have_daemons, NULL);
	grove_await(&daemons, 1);
	for (int i = 0; i < OBEYED_ROUNDS; i++) {
		struct ph_process *process;

		must(pipe2(turn, O_CLOEXEC));
		must((int)write(turn[1], "", 1) - 1);
		process = planted(&grove, have_obeying, obeying, OBEYING + 1);
		ck_assert_int_eq(obeying->send(process), 0);
		process = ph_unref(process);
		grove_cut(&grove);
		must(close(turn[0]));
		must(close(turn[1]));
	}
	grove_cut(&daemons);
	reap_orphans();
}

static int terminate_tree(struct ph_process *process)
{
	return ph_kill(process, SIGTERM, PH_TREE);
}

static int stop_tree(struct ph_process *process)
{
	return stop_firmly(process, PH_TREE);
}

TEST(who_obeys_a_signal_to_a_tree_has_left_nobody)
{
	struct obeying obeying = { .send = terminate_tree };

	need_members();
	in_own_pid_namespace(stop_obeying, &obeying);
}

TEST(who_obeys_and_is_reaped_by_the_root_has_left_nobody)
{
	struct obeying obeying = { .does_root_reap = true, .send = stop_tree };

	need_members();
	in_own_pid_namespace(stop_obeying, &obeying);
}

/* A process that is told to end, ends its child first, and reaps it. */
static struct keeper {
	struct grove *grove;
	pid_t child;
} keeper;

static void end_child(int signo)
{
	(void)signo;
	(void)kill(keeper.child, SIGKILL);
	(void)waitpid(keeper.child, NULL, 0);
	grove_ready(keeper.grove);
	_exit(0);
}

static void be_keeper(struct grove *grove, void *arg)
{
	(void)arg;
	keeper.grove = grove;
	keeper.child = must(fork());
	if (keeper.child == 0)
		grove_stay(grove);
	(void)signal(SIGTERM, end_child);
	grove_stay(grove);
}

struct kept_child {
	struct grove grove;
	struct grove daemons;
};

/* The child is gone when its own signal comes, and a daemon has been born since it was met. */
static int await_child(const struct ph_stop_report *report, void *arg)
{
	struct kept_child *kept = arg;
	struct pollfd earlier = { .fd = kept->daemons.ready[0], .events = POLLIN };

	if (report->what != PH_STOP_SENT)
		return 0;
	grove_await(&kept->grove, 1);
	while (must(poll(&earlier, 1, 0)) == 1)
		grove_await(&kept->daemons, 1);
	grove_await(&kept->daemons, 1);
	return 0;
}

static void stop_keeper(void *arg)
{
	/* a second signal, to who takes its time to end, would be waited for as the first one is */
	const struct ph_stop_step ask[] = { { .signo = SIGTERM, .wait_ms = NEVER_MS } };
	struct kept_child kept;
	const struct ph_stop_options options = {
		.steps = ask,
		.steps_count = 1,
		.scope = PH_TREE,
		.report = await_child,
		.arg = &kept,
	};
	struct ph_process *process;

	(void)arg;
	grove_begin(&kept.daemons);
	(void)grove_plant(&kept.daemons, have_daemons, NULL);
	process = planted(&kept.grove, be_keeper, NULL, 2);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	process = ph_unref(process);
	grove_end(&kept.grove);
	grove_cut(&kept.daemons);
	reap_orphans();
}

TEST(who_is_ended_by_a_parent_that_was_told_to_end_has_left_nobody)
{
	need_members();
	in_own_pid_namespace(stop_keeper, NULL);
}

/* What has ended, and what is left of it, before the stop; and a daemon of somebody else, begun later. */
struct ended {
	int scope;
	/* of the root, with which it leads something or not */
	int (*lead)(void);
	/* and not a child of it */
	bool is_root;
	struct grove grove;
};

static int lead_nothing(void)
{
	return 0;
}

static int lead_group(void)
{
	return setpgid(0, 0);
}

static int lead_session(void)
{
	return setsid();
}

static void have_ended(struct grove *grove, void *arg)
{
	const struct ended *ended = arg;
	pid_t pid;

	(void)ended->lead();
	if (ended->is_root) {
		grove_ready(grove);
		_exit(0);
	}
	pid = must(fork());
	if (pid == 0)
		_exit(0);
	child_await_end(pid);
	grove_stay(grove);
}

static void begin_daemon(struct grove *grove)
{
	pid_t pid = must(fork());

	if (pid == 0) {
		if (must(fork()) > 0)
			_exit(0);
		must(setsid());
		must(close(grove->leash[1]));
		grove_stay(grove);
	}
	must(waitpid(pid, NULL, 0));
	grove_await(grove, 1);
}

static void stop_ended(void *arg)
{
	struct ended *ended = arg;
	struct ph_process *process = planted(&ended->grove, have_ended, ended, 1);
	struct grove others;

	if (ended->is_root)
		child_await_end(ph_pid(process));
	grove_begin(&others);
	begin_daemon(&others);
	must(close(others.life[1]));
	ck_assert_int_eq(stop_firmly(process, ended->scope), 0);
	process = ph_unref(process);
	grove_cut(&others);
	grove_end(&ended->grove);
	reap_orphans();
}

TEST(what_had_ended_before_the_stop_has_left_nobody_that_is_looked_for)
{
	int (*const leads[])(void) = { lead_nothing, lead_group, lead_session };
	const int scopes[] = { PH_TREE, PH_DESCENDANTS };

	need_members();
	for (int i = 0; i < 3 * 2 * 2; i++) {
		struct ended ended = {
			.lead = leads[i % 3],
			.scope = scopes[i / 3 % 2],
			.is_root = i / 3 / 2,
		};

		in_own_pid_namespace(stop_ended, &ended);
	}
}

/* A child that ends by itself before it is killed, and leaves nobody; and a daemon that is older. */
struct round {
	struct grove grove;
	/* the last number before they begin again from below */
	pid_t last;
	int go[2];
};

static pid_t last_of_all(void)
{
	char text[16] = "";
	int fd = open("/proc/sys/kernel/pid_max", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		skip("it is not told how far the numbers go");
	must(close(fd));
	return (pid_t)atoi(text) - 1;
}

static void go_to_number(pid_t last)
{
	char text[16];
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	int length = snprintf(text, sizeof(text), "%d", (int)last);

	if (fd < 0 || write(fd, text, (size_t)length) != length)
		skip("the next number is not to be chosen here");
	must(close(fd));
}

static void have_leaf(struct grove *grove, void *arg)
{
	struct round *round = arg;
	char byte;
	pid_t pid = must(fork());

	if (pid == 0) {
		grove_ready(grove);
		_exit(read(round->go[0], &byte, 1) == 1 ? 0 : 1);
	}
	child_await_end(pid);
	grove_stay(grove);
}

static int go_round(const struct ph_stop_report *report, void *arg)
{
	struct round *round = arg;
	pid_t pid;

	if (report->what != PH_STOP_STEP || report->signo != SIGKILL)
		return 0;
	must((int)write(round->go[1], "", 1) - 1);
	grove_await(&round->grove, 1);
	do {
		pid = must(fork());
		if (pid == 0)
			_exit(0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	} while (pid > round->last / 2);
	return 0;
}

/* Starts are told in ticks of the clock: the next one has come. */
static void await_tick(void)
{
	struct timespec now;
	long tick = 1000000000 / sysconf(_SC_CLK_TCK), before;

	must(clock_gettime(CLOCK_BOOTTIME, &now));
	before = now.tv_nsec / tick;
	while (now.tv_nsec / tick == before)
		must(clock_gettime(CLOCK_BOOTTIME, &now));
}

static void stop_in_another_round(void *arg)
{
	static const struct ph_stop_step steps[] = { { .signo = 0, .wait_ms = 0 },
						     { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	struct round round = { .last = last_of_all() };
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = 2,
		.scope = PH_TREE,
		.report = go_round,
		.arg = &round,
	};
	struct ph_process *process;
	struct grove others;

	(void)arg;
	must(pipe2(round.go, O_CLOEXEC));
	grove_begin(&others);
	begin_daemon(&others);
	must(close(others.life[1]));
	await_tick();
	/* for the two of them, and some who are started to look at the kernel */
	(void)ph_features();
	go_to_number(round.last - 4);
	process = planted(&round.grove, have_leaf, &round, 1);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	process = ph_unref(process);
	grove_end(&round.grove);
	grove_cut(&others);
	must(close(round.go[0]));
	must(close(round.go[1]));
	reap_orphans();
}

TEST(a_daemon_is_as_old_as_it_is_though_the_numbers_have_begun_again)
{
	need_members();
	in_own_pid_namespace(stop_in_another_round, NULL);
}
