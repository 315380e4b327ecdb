/* SPDX-License-Identifier: MIT */

/*
 * The pidfds stand in an epoll instance, each armed for one event. Whoever takes
 * events from it does so with the lock of the set, and marks them in the table:
 * so what is armed is in the table, and what is marked is in the hands of one
 * waiter, who learns without the lock how it ended. Sleepers look at the epoll
 * instance and take nothing from it, so that none is lost with a thread that is
 * cancelled.
 *
 * The event is armed once and for all: closing the pidfd, after the record, ends
 * the registration, and if somebody else still has that open file, in a forked
 * child for example, it stays behind and is silent.
 *
 * Handles without a pidfd are looked at one by one.
 */

#include "handle/set.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/late.h"
#include "handle/record.h"
#include "sys/home.h"
#include "sys/ready.h"

enum {
	/* the pauses between two looks grow from the one to the other */
	FIRST_PAUSE_MS = 1,
	LAST_PAUSE_MS = 50,
	/* how many are looked at before another thread may have the lock */
	LOOKS_AT_ONCE = 16,
};

static struct ph_set *lock(struct ph_set *set)
{
	(void)pthread_mutex_lock(&set->lock);
	return set;
}

static void unlockp(struct ph_set *const *set)
{
	(void)pthread_mutex_unlock(&(*set)->lock);
}

/* In a forked child its epoll instance would hand out the ends of the parent. */
static bool is_ours(const struct ph_set *set)
{
	return set->home == ph_home();
}

int ph_set_make(struct ph_set **ret_set)
{
	PH_CLEANUP(ph_freep) struct ph_set *set = calloc(1, sizeof(*set));
	int epoll;

	if (!set)
		return -ENOMEM;
	epoll = ph_ready_new();
	if (ph_is_a_shortage(epoll))
		return epoll;
	atomic_init(&set->references, 1);
	set->home = ph_home();
	set->epoll = epoll < 0 ? -1 : epoll;
	set->awake = -1;
	(void)pthread_mutex_init(&set->lock, NULL);
	*ret_set = set;
	set = NULL;
	return 0;
}

static void release_all(struct ph_set *set)
{
	for (size_t i = 0; i < set->table.capacity; i++)
		if (set->table.slots[i].key != 0)
			ph_process_unref(ph_set_slot_process(&set->table.slots[i]));
	free(set->table.slots);
}

void ph_set_free(struct ph_set *set)
{
	PH_UNCANCELLED_ANYHOW;

	ph_closep(&set->epoll);
	ph_closep(&set->awake);
	if (is_ours(set)) {
		release_all(set);
		(void)pthread_mutex_destroy(&set->lock);
	} else if (pthread_mutex_trylock(&set->lock) == 0) {
		/* no thread of the parent was changing it when it was copied */
		release_all(set);
	}
	free(set);
}

static bool is_looked_at(const struct ph_set *set, const struct ph_process *process)
{
	return set->epoll < 0 || process->backend->pollable(process) < 0;
}

static int begin_looking(struct ph_set *set)
{
	/* who sleeps does so on the others, and is to wake up for this one */
	if (set->epoll >= 0 && atomic_load(&set->looked_at) == 0) {
		int r = ph_ready_keep_awake(set->epoll);

		if (r < 0)
			return r;
		set->awake = r;
	}
	atomic_fetch_add(&set->looked_at, 1);
	return 0;
}

static void end_looking(struct ph_set *set)
{
	if (atomic_fetch_sub(&set->looked_at, 1) != 1 || set->awake < 0)
		return;
	/* a forked child may have the open file as well: closing is not enough */
	ph_ready_remove(set->epoll, set->awake);
	(void)close(set->awake);
	set->awake = -1;
}

static int arm(struct ph_set *set, struct ph_process *process)
{
	return ph_ready_arm(set->epoll, process->backend->pollable(process),
			    (union ph_ready_what){ .pointer = process });
}

static int watch(struct ph_set *set, struct ph_process *process, void *data)
{
	PH_CLEANUP(unlockp) struct ph_set *locked = lock(set);
	int r;

	if (ph_set_table_find(&set->table, process))
		return -EEXIST;
	if (set->table.count == INT_MAX)
		return -ENOMEM;
	r = ph_set_table_reserve(&set->table);
	if (r == 0)
		r = is_looked_at(set, process) ? begin_looking(set) : arm(set, process);
	if (r < 0)
		return r;
	(void)ph_process_ref(process);
	ph_set_table_insert(&set->table, process, data);
	return 0;
}

int ph_set_watch(struct ph_set *set, struct ph_process *process, void *data)
{
	PH_UNCANCELLED_ANYHOW;

	return is_ours(set) ? watch(set, process, data) : -ECHILD;
}

static int unwatch(struct ph_set *set, struct ph_process *process)
{
	PH_CLEANUP(unlockp) struct ph_set *locked = lock(set);
	struct ph_set_slot *slot = ph_set_table_find(&set->table, process);

	if (!slot || ph_set_slot_is_in_hand(slot))
		return -ENOENT;
	ph_set_table_erase(&set->table, slot);
	if (is_looked_at(set, process))
		end_looking(set);
	else
		ph_ready_remove(set->epoll, process->backend->pollable(process));
	return 0;
}

int ph_set_unwatch(struct ph_set *set, struct ph_process *process)
{
	PH_UNCANCELLED_ANYHOW;
	int r;

	if (!is_ours(set))
		return -ECHILD;
	r = unwatch(set, process);
	if (r == 0)
		ph_process_unref(process);
	return r;
}

/* some that have ended, by their descriptors, in the hands of one waiter */
struct hand {
	struct ph_ready ready[PH_READY_BATCH];
	int count;
};

static struct ph_process *who(const struct ph_ready *ready)
{
	return ready->what.pointer;
}

/* Return: how many places in the hand were filled, also with nobody's end, or -errno */
static int take_some(struct ph_set *set, struct hand *hand, int max)
{
	struct ph_ready *ready = &hand->ready[hand->count];
	int taken = ph_ready_take(set->epoll, ready, max - hand->count);

	for (int i = 0; i < taken; i++) {
		/* what keeps others awake is nobody's end */
		if (!ready[i].what.pointer)
			continue;
		ph_set_slot_take(ph_set_table_find(&set->table, who(&ready[i])));
		hand->ready[hand->count++] = ready[i];
	}
	return taken;
}

static int take_in_hand(struct ph_set *set, struct hand *hand, int max)
{
	PH_CLEANUP(unlockp) struct ph_set *locked = lock(set);
	int taken;

	if (max > PH_READY_BATCH)
		max = PH_READY_BATCH;
	hand->count = 0;
	taken = take_some(set, hand, max);
	/* it took the place of somebody, whose turn comes now */
	if (taken == max && hand->count < max)
		taken = take_some(set, hand, max);
	atomic_store(&set->has_more, hand->count == max);
	return hand->count > 0 || taken >= 0 ? hand->count : taken;
}

/*
 * With the lock: the first @told of the hand are events now, and no longer in
 * the set, and the others are armed again.
 */
static void settle(struct ph_set *set, const struct hand *hand, int told, struct ph_event *events)
{
	PH_CLEANUP(unlockp) struct ph_set *locked = lock(set);

	for (int i = 0; i < hand->count; i++) {
		struct ph_set_slot *slot = ph_set_table_find(&set->table, who(&hand->ready[i]));

		if (i < told) {
			events[i].data = slot->data;
			ph_set_table_erase(&set->table, slot);
		} else {
			ph_set_slot_put_back(slot);
			(void)arm(set, who(&hand->ready[i]));
		}
	}
}

/* Return: 0, or -errno: there was nothing left to look with */
static int tell(const struct ph_ready *ready, struct ph_event *ret_event)
{
	struct ph_process *process = who(ready);
	/* nobody waits for it who would come too late for its record */
	bool is_sole = atomic_load_explicit(&process->references, memory_order_acquire) == 1;

	ret_event->process = process;
	if (ph_record_read(process, &ret_event->exit))
		return 0;
	return process->backend->tell(process, ready->has_hung_up, is_sole, &ret_event->exit);
}

/* Return: how many ended, or -errno if it is not known of any of them how */
static int collect_ready(struct ph_set *set, struct ph_event *events, int max)
{
	struct hand hand;
	int told = 0;
	int r = take_in_hand(set, &hand, max);

	if (r <= 0)
		return r;
	for (r = 0; r == 0 && told < hand.count; told += r == 0)
		r = tell(&hand.ready[told], &events[told]);
	settle(set, &hand, told, events);
	return told > 0 ? told : r;
}

/* Return: 1 it has ended, 0 it has not, or that cannot be seen, or -errno */
static int look(struct ph_process *process, struct ph_exit *ret_exit)
{
	int r;

	if (ph_record_read(process, ret_exit))
		return 1;
	r = process->backend->wait(process, ph_deadline_after(0), ret_exit);
	if (r == 0)
		return 1;
	return ph_is_a_shortage(r) ? r : 0;
}

/* Goes on at *next, which others may move meanwhile. Return: as collect_looked_at() */
static int look_at_some(struct ph_set *set, size_t *next, struct ph_event *events, int max)
{
	PH_CLEANUP(unlockp) struct ph_set *locked = lock(set);
	int looks = 0, count = 0;

	while (*next < set->table.capacity && looks < LOOKS_AT_ONCE && count < max) {
		struct ph_set_slot *slot = &set->table.slots[*next];
		struct ph_process *process = ph_set_slot_process(slot);
		int r = 0;

		if (process && is_looked_at(set, process)) {
			looks++;
			r = look(process, &events[count].exit);
		}
		if (r < 0)
			return count > 0 ? count : r;
		if (r == 0) {
			++*next;
			continue;
		}
		events[count].process = process;
		events[count++].data = slot->data;
		/* the next one may come to stand in its place */
		ph_set_table_erase(&set->table, slot);
		end_looking(set);
	}
	return count;
}

/* Return: how many have ended, or -errno if there was nothing left to look with */
static int collect_looked_at(struct ph_set *set, struct ph_event *events, int max)
{
	size_t next = 0, capacity;
	int count = 0;

	do {
		int r = look_at_some(set, &next, &events[count], max - count);

		if (r < 0)
			return count > 0 ? count : r;
		count += r;
		(void)lock(set);
		capacity = set->table.capacity;
		unlockp(&set);
	} while (next < capacity && count < max);
	return count;
}

static int collect(struct ph_set *set, struct ph_event *events, int max)
{
	PH_UNCANCELLED_ANYHOW;
	int count = 0;
	int r = 0;

	if (set->epoll >= 0)
		count = collect_ready(set, events, max);
	if (count < 0)
		return count;
	if (count < max && atomic_load(&set->looked_at) > 0)
		r = collect_looked_at(set, &events[count], max - count);
	if (r < 0 && count == 0)
		return r;
	return r < 0 ? count : count + r;
}

/* There are some that have no descriptor to sleep on. */
static bool has_to_look(const struct ph_set *set)
{
	return set->epoll < 0 || atomic_load(&set->looked_at) > 0;
}

/*
 * Sleeps until there may be something to collect: for a pause at most, if that
 * has to be looked at. What is added meanwhile wakes up who need not.
 * Return: 0, -ETIMEDOUT, or -errno
 */
static int sleep_a_while(const struct ph_set *set, struct ph_deadline deadline, int pause)
{
	/* asked once: who sleeps for ever does so on the descriptors */
	bool looks = has_to_look(set);
	int left = looks ? ph_deadline_left_ms_at_most(deadline, pause)
			 : ph_deadline_left_ms(deadline);
	int r = 0;

	if (left == 0)
		return -ETIMEDOUT;
	if (looks)
		(void)poll(NULL, 0, left);
	else
		r = ph_ready_sleep(set->epoll, left);
	return r == -EINTR ? 0 : r;
}

int ph_set_await(struct ph_set *set, struct ph_deadline deadline, struct ph_event *events, int max)
{
	int pause = FIRST_PAUSE_MS;
	int r = 0;

	if (!is_ours(set))
		return -ECHILD;
	/* who is going to sleep anyway need not look first */
	if (!has_to_look(set) && !atomic_load(&set->has_more))
		r = sleep_a_while(set, deadline, pause);
	/* but once at least */
	if (r == -ETIMEDOUT)
		r = 0;
	while (r == 0) {
		r = collect(set, events, max);
		if (r == 0)
			r = sleep_a_while(set, deadline, pause);
		pause = pause < LAST_PAUSE_MS / 2 ? pause * 2 : LAST_PAUSE_MS;
	}
	return r;
}

int ph_set_size(struct ph_set *set)
{
	int size;

	if (!is_ours(set))
		return -ECHILD;
	(void)lock(set);
	size = (int)set->table.count;
	unlockp(&set);
	return size;
}

int ph_set_pollable(const struct ph_set *set)
{
	if (!is_ours(set))
		return -ECHILD;
	return set->epoll < 0 || atomic_load(&set->looked_at) > 0 ? -ENOTSUP : set->epoll;
}
