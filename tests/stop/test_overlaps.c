/* SPDX-License-Identifier: MIT */

/*
 * Targets that have members in common. Who is stopped counts for itself: signals
 * that are queued are not lost one in the other, as two SIGTERM may be.
 */

#include "stop.h"

enum {
	/* the last of a process, behind which it looks how many of the others it got */
	LAST = SIGTERM,
	MOST = 8,
};

/* what each of them says at its end */
struct count {
	pid_t pid;
	int first;
	int second;
};

static int count_pending(int signo)
{
	const struct timespec now = { .tv_sec = 0 };
	int count = 0;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	while (sigtimedwait(&set, NULL, &now) == signo)
		count++;
	return count;
}

/* With all of them blocked from before its birth, so that nothing is to be waited for. */
static _Noreturn void count_to_the_last(int answer)
{
	struct count count = { .pid = getpid() };
	sigset_t last;
	int signo;

	sigemptyset(&last);
	sigaddset(&last, LAST);
	if (sigwait(&last, &signo) != 0)
		_exit(EXIT_FAILURE);
	count.first = count_pending(SIGRTMIN);
	count.second = count_pending(SIGRTMIN + 1);
	if (write(answer, &count, sizeof(count)) != sizeof(count))
		_exit(EXIT_FAILURE);
	/* the child of one that has ended is no member of its tree any more */
	while (wait(NULL) > 0)
		;
	_exit(0);
}

/* A process, and another below it. */
struct pair {
	pid_t upper;
	pid_t lower;
	int answers;
};

static struct pair pair_start(void)
{
	struct pair pair;
	int answers[2], ready[2];
	sigset_t all;

	must(pipe2(answers, O_CLOEXEC));
	must(pipe2(ready, O_CLOEXEC));
	sigemptyset(&all);
	sigaddset(&all, SIGRTMIN);
	sigaddset(&all, SIGRTMIN + 1);
	sigaddset(&all, LAST);
	must(sigprocmask(SIG_BLOCK, &all, NULL));
	pair.upper = must(fork());
	if (pair.upper == 0) {
		pid_t lower = fork();

		if (lower == 0)
			count_to_the_last(answers[1]);
		if (lower < 0 || write(ready[1], &lower, sizeof(lower)) != sizeof(lower))
			_exit(EXIT_FAILURE);
		count_to_the_last(answers[1]);
	}
	must(sigprocmask(SIG_UNBLOCK, &all, NULL));
	must(close(answers[1]));
	must(close(ready[1]));
	ck_assert_int_eq(read(ready[0], &pair.lower, sizeof(pair.lower)), sizeof(pair.lower));
	must(close(ready[0]));
	pair.answers = answers[0];
	return pair;
}

/* Each of so many got each signal once; nobody else says anything. */
static void expect_once(const struct pair *pair, int processes)
{
	struct count count;

	for (int i = 0; i < processes; i++) {
		ck_assert_int_eq(read(pair->answers, &count, sizeof(count)), sizeof(count));
		ck_assert(count.pid == pair->upper || count.pid == pair->lower);
		ck_assert_int_eq(count.first, 1);
		ck_assert_int_eq(count.second, 1);
	}
	ck_assert_int_eq(read(pair->answers, &count, sizeof(count)), 0);
	must(close(pair->answers));
}

/* who has ended by its last signal is not told of it again */
static int count_sent(const struct kept *kept)
{
	int count = 0;

	for (int i = 0; i < kept->count; i++)
		count += kept->reports[i].what == PH_STOP_SENT && kept->reports[i].signo != LAST;
	return count;
}

static void stop_them(struct ph_process *const targets[], size_t count, int scope, int members)
{
	const struct ph_stop_step steps[] = {
		{ .signo = SIGRTMIN },
		{ .signo = SIGRTMIN + 1 },
		{ .signo = LAST, .wait_ms = NEVER_MS },
	};
	struct kept kept = { .count = 0 };
	const struct ph_stop_options options = {
		.scope = scope,
		.steps = steps,
		.steps_count = 3,
		.report = keep,
		.arg = &kept,
	};
	uint64_t before = metric("/prochandle/signals/sent:signals");
	int results[MOST];

	ck_assert_int_eq(ph_stop_all(targets, count, &options, results), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(results[i], 0);
	/* said of each member of each target, and sent and counted once */
	ck_assert_int_eq(count_sent(&kept), members * 2);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals") - before, 2 * 3);
}

TEST(one_that_is_named_twice_gets_each_signal_once)
{
	struct pair pair = pair_start();
	struct ph_process *upper = found(pair.upper), *lower = found(pair.lower);
	struct ph_process *again = found(pair.lower), *once_more = found(pair.upper);
	struct ph_process *targets[] = { upper, lower, lower, again, once_more, upper };

	stop_them(targets, 6, PH_ONE, 6);
	expect_once(&pair, 2);
	(void)ph_unref(upper);
	(void)ph_unref(lower);
	(void)ph_unref(again);
	(void)ph_unref(once_more);
}

TEST(a_member_of_two_trees_gets_each_signal_once)
{
	struct pair pair = pair_start();
	struct ph_process *upper = found(pair.upper), *lower = found(pair.lower);
	struct ph_process *targets[] = { lower, upper, lower };

	if (!has(PH_FEATURE_PROC)) {
		/* as if they were alone, then: nobody is left behind */
		must(kill(pair.lower, SIGKILL));
		must(kill(pair.upper, SIGKILL));
		ck_assert_int_eq(waitpid(pair.upper, NULL, 0), pair.upper);
		must(close(pair.answers));
		skip("members are found in /proc");
	}
	stop_them(targets, 3, PH_TREE, 4);
	expect_once(&pair, 2);
	(void)ph_unref(upper);
	(void)ph_unref(lower);
}
