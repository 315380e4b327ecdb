/* SPDX-License-Identifier: MIT */

/*
 * Finding out what the kernel gives, where something stands in the way: other
 * threads that reap everybody, filters that refuse what the finding out itself
 * needs, and tables that are nearly full.
 */

#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "api.h"
#include "filter.h"

static void install(const struct filter_rule *rules, size_t count)
{
	int r = filter_install(rules, count);

	if (r < 0)
		skip("no seccomp filters here: %s", strerror(-r));
}

static void expect_the_usual(void)
{
	struct ph_process *process = found(getpid());

	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	ck_assert_uint_eq(ph_features(), expected_features());
	process = ph_unref(process);
}

/* As on a kernel without pidfds, which has some of the @others. */
static void expect_no_pidfds(unsigned others)
{
	struct ph_process *process = found(getpid());

	ck_assert_int_eq(ph_guarantee(process), has(PH_FEATURE_PROC) ? PH_CHECKED : PH_UNCHECKED);
	ck_assert_uint_eq(ph_features(), expected_features() & others);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	process = ph_unref(process);
}

static pthread_barrier_t barrier;

/* Reaps whatever there is to reap, as a host program may do. */
static void *steal(void *arg)
{
	(void)arg;
	(void)pthread_barrier_wait(&barrier);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
	return NULL;
}

static void probe_beside_thieves(void *arg)
{
	enum { THIEVES = 3 };
	struct child child = child_start();
	pthread_t thieves[THIEVES];

	(void)arg;
	/* any filter makes the library careful */
	filter_call("handles", FILTER_ERRNO(ENOSYS));
	ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THIEVES + 1), 0);
	for (int i = 0; i < THIEVES; i++)
		ck_assert_int_eq(pthread_create(&thieves[i], NULL, steal, NULL), 0);
	(void)pthread_barrier_wait(&barrier);
	ck_assert_uint_eq(ph_features(), expected_features() & ~PH_FEATURE_HANDLE);
	/* as long as this one lives, each of them waits */
	child_exit(&child, 0);
	for (int i = 0; i < THIEVES; i++)
		ck_assert_int_eq(pthread_join(thieves[i], NULL), 0);
	ck_assert_int_eq(pthread_barrier_destroy(&barrier), 0);
}

/*
 * Whether a thief or the library is faster is up to the scheduler; both are
 * right. Several rounds of several thieves see both.
 */
TEST(a_host_that_reaps_everybody_gets_the_same_answer)
{
	for (int round = 0; round < 8; round++)
		in_a_child(probe_beside_thieves, NULL);
}

static void refuse_to_tell_of_filters(void *arg)
{
	struct filter_rule rules[3] = { {
		.call = SYS_prctl,
		.action = FILTER_ERRNO(EPERM),
		.mask = UINT32_MAX,
		.value = PR_GET_SECCOMP,
	} };

	(void)arg;
	ck_assert(filter_rule_for("pidfd_open", FILTER_KILL, &rules[1]));
	install(rules, 3);
	expect_no_pidfds(FILE_FEATURES | PH_FEATURE_CLOSE);
}

TEST(a_filter_that_does_not_let_itself_be_seen_does_not_kill_the_host)
{
	in_a_child(refuse_to_tell_of_filters, NULL);
}

static void refuse_a_bare_clone(void *arg)
{
	/* without flags: fork(2) and threads have some */
	const struct filter_rule rule = {
		.call = SYS_clone,
		.action = FILTER_ERRNO(EPERM),
		.mask = UINT32_MAX,
		.value = 0,
	};

	(void)arg;
	install(&rule, 1);
	expect_no_pidfds(FILE_FEATURES);
}

TEST(who_may_not_make_a_process_to_find_out_goes_without_pidfds)
{
	in_a_child(refuse_a_bare_clone, NULL);
}

static void refuse_wait4(void *arg)
{
	/* with an option for clones: that of the test goes on */
	struct filter_rule rules[] = {
		{ .argument = 2, .mask = UINT32_MAX, .value = (uint32_t)__WCLONE },
		{ .argument = 2, .mask = UINT32_MAX, .value = __WALL },
	};

	(void)arg;
	for (int i = 0; i < 2; i++) {
		rules[i].call = SYS_wait4;
		rules[i].action = FILTER_ERRNO(EPERM);
	}
	install(rules, 2);
	expect_the_usual();
}

/* and leaves no zombie: the end of the test looks */
TEST(one_of_two_calls_is_enough_to_reap)
{
	in_a_child(refuse_wait4, NULL);
}

static void answer_several_with_signals(void *arg)
{
	uint32_t action = *(uint32_t *)arg;
	struct filter_rule rules[4];

	ck_assert(filter_rule_for("waitid", action, &rules[0]));
	ck_assert(filter_rule_for("handles", action, &rules[2]));
	install(rules, 4);
	ck_assert_uint_eq(ph_features(),
			  expected_features() & ~(PH_FEATURE_WAIT | PH_FEATURE_HANDLE));
	(void)ph_unref(found(getpid()));
}

TEST(a_filter_that_minds_several_calls_takes_these_and_no_others)
{
	static const uint32_t actions[] = { FILTER_TRAP, FILTER_KILL };

	for (int i = 0; i < 2; i++)
		in_a_child(answer_several_with_signals, (void *)&actions[i]);
}

/* Few free descriptors at the first call of all, with a filter or without. */
static void start_in_a_tight_table(void *arg)
{
	int room = *(int *)arg;
	struct ph_process *process = NULL;
	struct rlimit before = descriptors_leave(room);
	int r = ph_find(getpid(), &process);

	descriptors_restore(before);
	if (r == 0)
		ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	else
		ck_assert_int_eq(r, -EMFILE);
	process = ph_unref(process);
	expect_the_usual();
}

static void filter_and_start(void *arg)
{
	const struct filter_rule harmless = {
		.call = SYS_prctl,
		.action = FILTER_ERRNO(EPERM),
		.mask = UINT32_MAX,
		.value = UINT32_MAX,
	};

	install(&harmless, 1);
	start_in_a_tight_table(arg);
}

TEST(a_nearly_full_table_at_the_first_call_is_no_answer)
{
	for (int room = 0; room < 4; room++) {
		in_a_child(start_in_a_tight_table, &room);
		in_a_child(filter_and_start, &room);
	}
}
