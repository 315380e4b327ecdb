/* SPDX-License-Identifier: MIT */

/* Any call on any handle from any thread. */

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

#include "../api/api.h"
#include "namespace.h"

enum { THREADS = 16 };

static pthread_barrier_t barrier;

static void run(void *(*body)(void *arg), void *arg)
{
	pthread_t threads[THREADS];

	ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, body, arg), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(pthread_barrier_destroy(&barrier), 0);
}

static int rounds(int many)
{
	return is_slow() ? many / 20 + 1 : many;
}

/* the first call of each thread is the first call of all */
static void *call_first(void *arg)
{
	struct ph_process *process;
	(void)arg;

	(void)pthread_barrier_wait(&barrier);
	process = found(getpid());
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	ck_assert_uint_eq(ph_features(), expected_features());
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	process = ph_unref(process);
	return NULL;
}

static void call_first_together(void *arg)
{
	(void)arg;
	run(call_first, NULL);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
}

TEST(first_calls_at_once_agree_and_leave_nothing)
{
	for (int i = 0; i < rounds(8); i++)
		in_a_child(call_first_together, NULL);
}

struct shared {
	struct ph_process *process;
	atomic_int ended;
	struct ph_exit records[THREADS];
	atomic_int next;
};

static void *wait_and_tell(void *arg)
{
	struct shared *shared = arg;
	int i = atomic_fetch_add(&shared->next, 1);

	(void)pthread_barrier_wait(&barrier);
	ck_assert_int_eq(
		ph_wait(shared->process, i % 3 ? -1 : TEST_SECONDS * 1000, &shared->records[i]), 0);
	return NULL;
}

static void expect_equal(const struct ph_exit *a, const struct ph_exit *b)
{
	ck_assert_int_eq(a->how, b->how);
	ck_assert_int_eq(a->value, b->value);
	ck_assert_uint_eq(a->flags, b->flags);
	ck_assert_int_eq(a->user_us, b->user_us);
	ck_assert_int_eq(a->sys_us, b->sys_us);
	ck_assert_int_eq(a->maxrss_kb, b->maxrss_kb);
}

TEST(waiters_agree_on_every_number)
{
	for (int round = 0; round < rounds(30); round++) {
		struct child child = child_start();
		struct shared shared = { .process = found(child.pid) };

		child_exit(&child, round % 256);
		run(wait_and_tell, &shared);
		for (int i = 0; i < THREADS; i++) {
			expect_record(&shared.records[i], PH_EXITED, round % 256, PH_HAS_USAGE);
			expect_equal(&shared.records[i], &shared.records[0]);
		}
		shared.process = ph_unref(shared.process);
	}
}

static void *signal_until_gone(void *arg)
{
	struct shared *shared = arg;
	int i = atomic_fetch_add(&shared->next, 1), r;

	(void)pthread_barrier_wait(&barrier);
	if (i % 2) {
		do
			r = ph_kill(shared->process, i % 4 == 1 ? SIGCONT : 0, PH_ONE);
		while (r == 0);
		ck_assert_int_eq(r, -ESRCH);
		/* it stays gone */
		ck_assert_int_eq(ph_kill(shared->process, SIGKILL, PH_ONE), -ESRCH);
		return NULL;
	}
	if (i == 0)
		ck_assert_int_eq(ph_kill(shared->process, SIGKILL, PH_ONE), 0);
	ck_assert_int_eq(ph_wait(shared->process, -1, &shared->records[i]), 0);
	expect_record(&shared->records[i], PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	return NULL;
}

TEST(signals_race_with_the_reap_and_end_with_it)
{
	for (int round = 0; round < rounds(30); round++) {
		struct child child = child_start();
		struct shared shared = { .process = found(child.pid) };

		run(signal_until_gone, &shared);
		shared.process = ph_unref(shared.process);
		child_forget(&child);
	}
}

enum { NUMBER = 4242 };

static atomic_bool is_over;

/* Signals a handle whose process is gone, again and again. */
static void *shoot(void *arg)
{
	struct ph_process *process = arg;

	while (!atomic_load(&is_over)) {
		ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -ESRCH);
		ck_assert_int_eq(ph_queue(process, SIGKILL, 1), -ESRCH);
		ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -ESRCH);
		ck_assert_int_eq(ph_wait(process, 0, NULL), 0);
	}
	return NULL;
}

static void recycle_under_fire(void *arg)
{
	pid_t pid = child_born_as(NUMBER);
	struct ph_process *process = found(pid);
	pthread_t threads[4];
	int status;

	(void)arg;
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, shoot, process), 0);
	for (int round = 0; round < rounds(50); round++) {
		/* each of them lives to exit as it wants to */
		pid = child_born_as_exiting(NUMBER, 99);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 99 << 8);
	}
	atomic_store(&is_over, true);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	process = ph_unref(process);
}

TEST(strangers_live_under_fire_at_their_number)
{
	in_own_pid_namespace(recycle_under_fire, NULL);
}

/*
 * The handle reaps, others signal, and the number is taken again at once: who
 * goes by number has to take turns.
 */
struct duel {
	struct ph_process *process;
	atomic_bool is_over;
};

static void *aim(void *arg)
{
	struct duel *duel = arg;
	int r;

	(void)pthread_barrier_wait(&barrier);
	do
		r = ph_kill(duel->process, SIGUSR1, PH_ONE);
	while (r == 0 && !atomic_load(&duel->is_over));
	if (r != 0)
		ck_assert_int_eq(r, -ESRCH);
	return NULL;
}

static void reap_under_fire(void *arg)
{
	enum { SHOOTERS = 3 };
	int status;

	(void)arg;
	ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, SHOOTERS + 1), 0);
	for (int round = 0; round < rounds(50); round++) {
		pid_t pid = child_born_as_exiting(NUMBER, 1);
		struct duel duel = { .process = found(pid) };
		pthread_t threads[SHOOTERS];

		for (int i = 0; i < SHOOTERS; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, aim, &duel), 0);
		(void)pthread_barrier_wait(&barrier);
		/* exited, or shot before it came to that: it is the process itself */
		ck_assert_int_eq(ph_wait(duel.process, -1, NULL), 0);
		pid = child_born_as_exiting(NUMBER, 98);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 98 << 8);
		atomic_store(&duel.is_over, true);
		for (int i = 0; i < SHOOTERS; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		duel.process = ph_unref(duel.process);
	}
	ck_assert_int_eq(pthread_barrier_destroy(&barrier), 0);
}

TEST(no_signal_comes_between_the_reap_and_the_next_owner)
{
	in_own_pid_namespace(reap_under_fire, NULL);
}

static void *find_and_release(void *arg)
{
	pid_t pid = *(pid_t *)arg;

	(void)pthread_barrier_wait(&barrier);
	for (int i = 0; i < rounds(60); i++) {
		struct ph_process *process = NULL;
		char id[PH_ID_SIZE];
		int r = ph_find(pid, &process);

		ck_assert(r == 0 || r == -ESRCH);
		if (r == 0 && ph_id(process, id, sizeof(id)) > 0) {
			struct ph_process *again = NULL;

			r = ph_find_id(id, &again);
			ck_assert(r == 0 || r == -ESRCH || r == -ESTALE);
			again = ph_unref(again);
		}
		process = ph_unref(process);
	}
	return NULL;
}

TEST(finds_race_with_an_end)
{
	struct child child = child_start();
	pthread_t threads[THREADS];

	ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, find_and_release, &child.pid), 0);
	(void)pthread_barrier_wait(&barrier);
	child_end(&child);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(pthread_barrier_destroy(&barrier), 0);
}

static int look_at_setting(const struct ph_setting *setting, void *arg)
{
	(void)arg;
	ck_assert(setting->value[0] == '0' || setting->value[0] == '1');
	return 0;
}

static void *change_settings(void *arg)
{
	atomic_int *next = arg;
	int who = atomic_fetch_add(next, 1);

	(void)pthread_barrier_wait(&barrier);
	for (int i = 0; i < rounds(60); i++) {
		set("osfinderr", (i + who) % 2 ? "0" : NULL);
		set("pidfs", (i + who) % 3 ? "0" : "1");
		ck_assert_int_eq(ph_settings_default(i % 2 ? "pidfd=0,exitinfo=0" : ""), 0);
		ck_assert_int_eq(ph_setting_each(look_at_setting, NULL), 0);
		(void)ph_unref(found(getpid()));
	}
	return NULL;
}

TEST(settings_may_be_changed_by_all_threads)
{
	atomic_int next = 0;
	const char *value = NULL;

	run(change_settings, &next);
	set("osfinderr", "0");
	ck_assert_int_eq(ph_setting_get("osfinderr", &value), 0);
	ck_assert_str_eq(value, "0");
	/* what one of two writers said last is what holds */
	set("osfinderr", NULL);
	set("pidfs", NULL);
	ck_assert_int_eq(ph_settings_default(""), 0);
	ck_assert_uint_eq(ph_features(), expected_features());
}

static void *count(void *arg)
{
	char text[16384];
	(void)arg;

	(void)pthread_barrier_wait(&barrier);
	for (int i = 0; i < rounds(50); i++) {
		ck_assert_int_gt(ph_metrics_text(text, sizeof(text)), 0);
		(void)ph_unref(found(getpid()));
	}
	return NULL;
}

TEST(metrics_add_up_when_all_threads_count)
{
	run(count, NULL);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
	ck_assert_uint_eq(metric("/prochandle/handles/pinned:handles") +
				  metric("/prochandle/handles/checked:handles") +
				  metric("/prochandle/handles/unchecked:handles"),
			  (uint64_t)THREADS * (uint64_t)rounds(50));
}
