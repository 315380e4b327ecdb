/* SPDX-License-Identifier: MIT */

/* Waiters, adders and removers at one set: nothing is missed, nothing told twice. */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "../api/api.h"

enum {
	WAITERS = 4,
	ADDERS = 3,
	REMOVERS = 2,
	EACH = 40,
	MOST = ADDERS * EACH,
};

struct watched {
	pid_t pid;
	struct ph_process *process;
	atomic_int told;
	atomic_int removed;
	/* added, and not yet removed: may be removed by number */
	_Atomic(struct ph_process *) there;
};

static struct ph_set *all;
static struct watched watched[MOST];
static struct child stop;
static atomic_int left;
static int each;

static void *wait_until_stop(void *arg)
{
	struct ph_event events[3];

	for (bool is_over = false; !is_over;) {
		int count = ph_set_wait(all, -1, events, 3);

		ck_assert_int_ge(count, 1);
		for (int i = 0; i < count; i++) {
			struct watched *one = events[i].data;

			/* one of these for each waiter: the next is for somebody else */
			if (!one && is_over)
				ck_assert_int_eq(ph_set_add(all, events[i].process, NULL), 0);
			is_over = is_over || !one;
			if (one) {
				ck_assert_ptr_eq(events[i].process, one->process);
				expect_record(&events[i].exit, PH_EXITED, 0, PH_HAS_USAGE);
				ck_assert_int_eq(atomic_fetch_add(&one->told, 1), 0);
				atomic_fetch_sub(&left, 1);
			}
			(void)ph_unref(events[i].process);
		}
	}
	return arg;
}

static void *add_each(void *arg)
{
	struct watched *mine = arg;

	for (int i = 0; i < each; i++) {
		ck_assert_int_eq(ph_set_add(all, mine[i].process, &mine[i]), 0);
		atomic_store(&mine[i].there, mine[i].process);
	}
	return NULL;
}

/* Takes some out again, if nobody was faster, and puts them back in. */
static void *remove_some(void *arg)
{
	int from = *(int *)arg;

	while (atomic_load(&left) > 0)
		for (int i = from; i < MOST; i += 7) {
			struct ph_process *process = atomic_exchange(&watched[i].there, NULL);
			int r;

			if (!process)
				continue;
			r = ph_set_remove(all, process);
			if (r == -ENOENT)
				continue;
			ck_assert_int_eq(r, 0);
			/* out of the set nobody is told */
			ck_assert_int_eq(atomic_load(&watched[i].told), 0);
			atomic_fetch_add(&watched[i].removed, 1);
			ck_assert_int_eq(ph_set_add(all, process, &watched[i]), 0);
			atomic_store(&watched[i].there, process);
		}
	return NULL;
}

/* They wait for the gate to be closed, or have ended before they are added. */
static void start_all(int gate[2])
{
	for (int i = 0; i < MOST; i++) {
		pid_t pid = i % EACH < each ? fork_mortal() : -1;
		char byte;

		watched[i] = (struct watched){ .pid = pid };
		if (i % EACH >= each)
			continue;
		if (must(pid) == 0) {
			(void)close(gate[1]);
			if (i % 3)
				(void)!read(gate[0], &byte, 1);
			_exit(0);
		}
		watched[i].process = found(pid);
		atomic_fetch_add(&left, 1);
	}
}

TEST(waiters_adders_and_removers_lose_nothing_and_tell_nothing_twice)
{
	pthread_t waiters[WAITERS], adders[ADDERS], removers[REMOVERS];
	int from[REMOVERS];
	int gate[2];

	each = is_slow() ? EACH / 8 : EACH;
	ck_assert_int_eq(ph_set_new(&all), 0);
	must(pipe2(gate, O_CLOEXEC));
	start_all(gate);
	for (int i = 0; i < WAITERS; i++)
		ck_assert_int_eq(pthread_create(&waiters[i], NULL, wait_until_stop, NULL), 0);
	for (int i = 0; i < ADDERS; i++)
		ck_assert_int_eq(pthread_create(&adders[i], NULL, add_each, &watched[i * EACH]), 0);
	for (int i = 0; i < REMOVERS; i++) {
		from[i] = i * 3;
		ck_assert_int_eq(pthread_create(&removers[i], NULL, remove_some, &from[i]), 0);
	}
	must(close(gate[0]));
	must(close(gate[1]));
	for (int i = 0; i < ADDERS; i++)
		ck_assert_int_eq(pthread_join(adders[i], NULL), 0);
	for (int i = 0; i < REMOVERS; i++)
		ck_assert_int_eq(pthread_join(removers[i], NULL), 0);
	ck_assert_int_eq(atomic_load(&left), 0);
	/* one that stops each of the waiters */
	stop = child_start();
	for (int i = 0; i < WAITERS; i++) {
		struct ph_process *process = found(stop.pid);

		ck_assert_int_eq(ph_set_add(all, process, NULL), 0);
		(void)ph_unref(process);
	}
	child_exit(&stop, 0);
	for (int i = 0; i < WAITERS; i++)
		ck_assert_int_eq(pthread_join(waiters[i], NULL), 0);
	for (int i = 0; i < MOST; i++) {
		if (!watched[i].process)
			continue;
		ck_assert_int_eq(atomic_load(&watched[i].told), 1);
		watched[i].process = ph_unref(watched[i].process);
	}
	all = ph_set_unref(all);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
}

/* The set and the waiters of the handle find out about one end at once. */
struct duel {
	struct ph_set *set;
	struct ph_process *process;
	struct ph_exit record;
};

static void *wait_for_it(void *arg)
{
	struct duel *duel = arg;

	ck_assert_int_eq(ph_wait(duel->process, -1, &duel->record), 0);
	return NULL;
}

TEST(a_set_and_a_waiter_agree_on_the_record)
{
	for (int round = 0; round < (is_slow() ? 3 : 100); round++) {
		struct child child = child_start();
		struct duel duel = { .process = found(child.pid) };
		struct ph_event event;
		pthread_t thread;

		ck_assert_int_eq(ph_set_new(&duel.set), 0);
		ck_assert_int_eq(ph_set_add(duel.set, duel.process, NULL), 0);
		ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_it, &duel), 0);
		child_exit(&child, round);
		ck_assert_int_eq(ph_set_wait(duel.set, -1, &event, 1), 1);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		expect_record(&event.exit, PH_EXITED, round, PH_HAS_USAGE);
		expect_record(&duel.record, PH_EXITED, round, PH_HAS_USAGE);
		ck_assert_int_eq(event.exit.maxrss_kb, duel.record.maxrss_kb);
		(void)ph_unref(event.process);
		duel.process = ph_unref(duel.process);
		duel.set = ph_set_unref(duel.set);
	}
}

static atomic_bool is_over;

static void *change(void *arg)
{
	struct ph_process *process = arg;

	while (!atomic_load(&is_over)) {
		ck_assert_int_eq(ph_set_add(all, process, NULL), 0);
		ck_assert_int_eq(ph_set_remove(all, process), 0);
	}
	return NULL;
}

TEST(a_fork_while_a_set_is_changed_leaves_one_that_can_be_released)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	pthread_t thread;

	ck_assert_int_eq(ph_set_new(&all), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, change, process), 0);
	for (int round = 0; round < (is_slow() ? 3 : 60); round++) {
		int status;
		pid_t pid = fork_mortal();

		if (must(pid) == 0) {
			struct ph_event event;
			int r = ph_set_wait(all, -1, &event, 1);

			_exit(r == -ECHILD && !ph_set_unref(all) ? 0 : 1);
		}
		must(waitpid(pid, &status, 0));
		ck_assert_int_eq(status, 0);
	}
	atomic_store(&is_over, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	process = ph_unref(process);
	child_end(&child);
	all = ph_set_unref(all);
}
