/* SPDX-License-Identifier: MIT */

/*
 * All targets go through the steps side by side. In each step every member gets
 * the signal once, also who is one of several targets, and whoever appears
 * meanwhile as well: before the signals it is looked for new members, after them
 * until a round finds nobody, then at growing intervals, and sooner if somebody
 * has ended, for others may have been left behind. A target is over once nobody
 * lives and one more round has found nobody.
 */

#include "handle/stop.h"

#include <errno.h>
#include <time.h>

#include "base/errors.h"
#include "handle/stop_member.h"
#include "state/metrics.h"

enum {
	/* the pauses between two looks for new members, and for ends that nobody tells */
	FIRST_LOOK_MS = 10,
	LAST_LOOK_MS = 500,
	/* also where one look takes long */
	LONGEST_LOOK_MS = 2000,
	FIRST_PEEK_MS = 1,
	LAST_PEEK_MS = 50,
	/* of the time, what looks may take: one part in so many */
	LOOK_SHARE = 20,
	/* rounds before anything else is looked after */
	ROUNDS_AT_ONCE = 16,
	ENDS_AT_ONCE = 64,
	/* for all parents together */
	REAP_WAIT_MS = 200,
	/* at the very end, for those who have ended and have not been met yet */
	LAST_ROUNDS = 16,
	MS_PER_SECOND = 1000,
	NS_PER_MS = 1000 * 1000,
};

static struct ph_deadline sooner(struct ph_deadline a, struct ph_deadline b)
{
	return a.at < b.at ? a : b;
}

static bool has_passed(struct ph_deadline deadline)
{
	return ph_deadline_left_ms(deadline) == 0;
}

/* One process is nobody's: nobody joins it. */
static bool is_of_one(const struct ph_stop *stop)
{
	return (stop->order->scope & ~PH_FORCE) == PH_ONE;
}

static void be_over(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];

	ph_stop_let_root_go(stop, index);
	target->is_over = true;
	stop->going--;
	for (size_t i = 0; i < target->known; i++) {
		struct ph_member *member = &target->members.list[i];

		/* one that is refused, and not waited for any longer */
		if (!(member->mark & PH_STOP_IS_WATCHED)) {
			member->mark |= PH_STOP_IS_WATCHED;
			stop->unwatched--;
		}
	}
}

/* One round. Return: whether there is somebody new */
static bool look_for_new(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];
	size_t before = target->known;
	int r;

	target->is_quiet = true;
	if (stop->is_callers_turn || (is_of_one(stop) && target->known > 0))
		return false;
	r = ph_members_look(&target->members);
	if (ph_is_a_shortage(r) && ph_stop_let_go(target))
		r = ph_members_look(&target->members);
	if (r == -ESRCH)
		r = ph_stop_without_root(stop, index);
	target->look_error = r < 0 ? r : 0;
	if (ph_is_a_shortage(r))
		target->shortage = r;
	/* nothing but the time can say that it will never end */
	target->is_quiet = r != -ELOOP;
	if (r == -EDEADLK) {
		target->result = r;
		be_over(stop, index);
	}
	if (r < 0)
		return false;
	while (target->known < target->members.count)
		ph_stop_take_in(stop, index, target->known++);
	target->is_quiet = target->known == before;
	return !target->is_quiet;
}

/*
 * Rounds until one finds nobody new; if that does not come soon, they go on
 * later, or the next step does. Return: whether there was somebody
 */
static bool settle(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];
	bool has_found = false;

	for (int round = 0; round < ROUNDS_AT_ONCE && !stop->answer; round++) {
		if (!look_for_new(stop, index))
			break;
		has_found = true;
		while (target->signalled < target->known && !stop->answer)
			ph_stop_signal(stop, index, target->signalled++);
		if (target->living > 0 && has_passed(stop->deadline))
			break;
	}
	if (target->is_over || stop->answer)
		return has_found;
	if (!target->is_quiet)
		stop->look = ph_deadline_after(0);
	else if (target->living == 0)
		be_over(stop, index);
	return has_found;
}

/* Before any signal. Of whom all have ended, there is nothing to be done. */
static void look_first(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];
	int rounds = 0;

	while (rounds++ < ROUNDS_AT_ONCE && look_for_new(stop, index) && target->living == 0)
		;
	if (!target->is_over && target->is_quiet && target->living == 0)
		be_over(stop, index);
}

/* Of this thread: what callbacks wait for, and others have of the processor, is no cost of looks. */
static int64_t spent_ms(void)
{
	struct timespec spent = { .tv_sec = 0 };

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
	return (int64_t)spent.tv_sec * MS_PER_SECOND + spent.tv_nsec / NS_PER_MS;
}

static void look_again(struct ph_stop *stop)
{
	int64_t start_ms = spent_ms();
	bool has_found = false;
	int64_t least_ms;

	stop->look = ph_deadline_after(-1);
	for (size_t i = 0; i < stop->order->count && !stop->answer; i++)
		if (!stop->targets[i].is_over)
			has_found |= settle(stop, i);
	least_ms = (spent_ms() - start_ms) * (LOOK_SHARE - 1);
	stop->look_least_ms = least_ms < LONGEST_LOOK_MS ? (int)least_ms : LONGEST_LOOK_MS;
	if (stop->look_least_ms < FIRST_LOOK_MS)
		stop->look_least_ms = FIRST_LOOK_MS;
	stop->look_pause_ms = has_found ? stop->look_least_ms : 2 * stop->look_pause_ms;
	if (stop->look_pause_ms > LAST_LOOK_MS)
		stop->look_pause_ms = LAST_LOOK_MS;
	if (stop->look_pause_ms < stop->look_least_ms)
		stop->look_pause_ms = stop->look_least_ms;
	stop->look = sooner(stop->look, ph_deadline_after(stop->look_pause_ms));
}

/* Somebody has ended: perhaps it was the last, perhaps it left others behind. */
static void look_after_end(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];

	if (target->is_over || stop->answer)
		return;
	if (target->living == 0)
		(void)settle(stop, index);
	else
		stop->look_pause_ms = stop->look_least_ms;
	stop->look = sooner(stop->look, ph_deadline_after(stop->look_pause_ms));
}

static void take_ends(struct ph_stop *stop)
{
	uint64_t data[ENDS_AT_ONCE];
	size_t index, place;
	int count;

	while (!stop->answer && (count = ph_watch_take(&stop->watch, data, ENDS_AT_ONCE)) > 0)
		for (int i = 0; i < count; i++) {
			ph_stop_watched(data[i], &index, &place);
			if (ph_stop_look_for_end(stop, index, place)) {
				look_after_end(stop, index);
				continue;
			}
			/* it cannot be asked now: there is no sleeping on that */
			stop->targets[index].members.list[place].mark &=
				~(unsigned)PH_STOP_IS_WATCHED;
			stop->unwatched++;
		}
}

static void peek(struct ph_stop *stop)
{
	for (size_t i = 0; i < stop->order->count; i++) {
		struct ph_stop_target *target = &stop->targets[i];

		for (size_t k = 0; k < target->known && !target->is_over && !stop->answer; k++)
			if (!(target->members.list[k].mark & PH_STOP_IS_WATCHED) &&
			    ph_stop_look_for_end(stop, i, k))
				look_after_end(stop, i);
	}
	stop->peek = ph_deadline_after(stop->peek_pause_ms);
	stop->peek_pause_ms *= 2;
	if (stop->peek_pause_ms > LAST_PEEK_MS)
		stop->peek_pause_ms = LAST_PEEK_MS;
}

static void begin_step(struct ph_stop *stop, size_t step)
{
	stop->step = step;
	stop->deadline = ph_deadline_after(ph_stop_step_of(stop)->wait_ms);
	for (size_t i = 0; i < stop->order->count; i++) {
		struct ph_stop_target *target = &stop->targets[i];
		struct ph_stop_report report = {
			.what = PH_STOP_STEP,
			.signo = ph_stop_step_of(stop)->signo,
			.value = ph_stop_step_of(stop)->wait_ms,
		};

		if (!target->is_over)
			ph_stop_tell(stop, i, target->members.root, &report);
	}
	/* since the last look some may have been left behind by those who are signalled now */
	for (size_t i = 0; step > 0 && i < stop->order->count && !stop->answer; i++)
		if (!stop->targets[i].is_over)
			(void)look_for_new(stop, i);
	for (size_t i = 0; i < stop->order->count; i++) {
		struct ph_stop_target *target = &stop->targets[i];

		target->signalled = target->is_over ? target->known : 0;
		if (!target->is_over && !stop->answer)
			ph_stop_kill_at_once(stop, i);
		while (target->signalled < target->known && !stop->answer)
			ph_stop_signal(stop, i, target->signalled++);
	}
	stop->look_pause_ms = stop->look_least_ms = FIRST_LOOK_MS;
	stop->peek_pause_ms = FIRST_PEEK_MS;
	stop->peek = ph_deadline_after(0);
	look_again(stop);
}

/* The thread has been cancelled, or it is over. */
static void release(void *arg)
{
	struct ph_stop *stop = arg;

	for (size_t i = 0; i < stop->order->count; i++)
		ph_members_end(&stop->targets[i].members);
	ph_stop_sent_end(&stop->sent);
	ph_watch_end(&stop->watch);
	free(stop->targets);
}

static void sleep_until(struct ph_stop *stop, struct ph_deadline next)
{
	int r = ph_watch_sleep(&stop->watch, ph_deadline_left_ms(next), stop->order->cancel_state,
			       release, stop);

	if (r < 0)
		stop->answer = r;
}

static void wait_for_something(struct ph_stop *stop)
{
	struct ph_deadline next = stop->deadline;

	if (!is_of_one(stop))
		next = sooner(next, stop->look);
	if (stop->unwatched > 0)
		next = sooner(next, stop->peek);
	sleep_until(stop, next);
	take_ends(stop);
	if (stop->unwatched > 0 && has_passed(stop->peek))
		peek(stop);
	if (!is_of_one(stop) && has_passed(stop->look) && !stop->answer)
		look_again(stop);
}

/* It is asked once, and stays so for the caller's turn. Return: whether that is new */
static bool begins_to_hurry(struct ph_stop *stop)
{
	if (stop->is_in_a_hurry || !ph_watch_took_apart(&stop->watch))
		return false;
	stop->is_in_a_hurry = true;
	return true;
}

/* From the first step, or at once from the last, to the end of all or of the last. */
static void go(struct ph_stop *stop)
{
	size_t last = stop->order->steps_count - 1;

	/* is there a hurry already? */
	sleep_until(stop, ph_deadline_after(0));
	(void)begins_to_hurry(stop);
	begin_step(stop, stop->is_in_a_hurry ? last : 0);
	while (stop->going > 0 && !stop->answer) {
		wait_for_something(stop);
		if (stop->going == 0 || stop->answer)
			break;
		if (begins_to_hurry(stop) && stop->step < last) {
			begin_step(stop, last);
		} else if (has_passed(stop->deadline)) {
			if (stop->step == last)
				break;
			begin_step(stop, stop->step + 1);
		}
	}
}

static void give_up(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];
	size_t living = 0;

	for (size_t i = 0; i < target->known && !stop->answer; i++) {
		struct ph_member *member = &target->members.list[i];
		struct ph_stop_report report = { .what = PH_STOP_LEFT };

		/* at the last moment */
		if (!ph_stop_is_living(stop, member) || ph_stop_look_for_end(stop, index, i))
			continue;
		living++;
		ph_count(PH_METRIC_STOPS_LEFT);
		ph_stop_tell(stop, index, member->process, &report);
	}
	for (int round = 0; living == 0 && round < LAST_ROUNDS && !stop->answer; round++)
		if (!settle(stop, index) || target->is_over || target->living > 0)
			break;
	if (!target->is_over && !stop->answer)
		target->result = target->living > 0 ? -ETIMEDOUT : -ELOOP;
	/* whatever is left, a child is not to be left a zombie */
	ph_stop_let_root_go(stop, index);
}

/* Its own turn comes when everybody else's is over. Return: whether it has one */
static bool begin_callers_turn(struct ph_stop *stop)
{
	stop->is_callers_turn = true;
	stop->going = 0;
	for (size_t i = 0; i < stop->order->count; i++) {
		struct ph_stop_target *target = &stop->targets[i];

		target->living = 0;
		for (size_t k = 0; k < target->known; k++)
			target->living += ph_stop_is_living(stop, &target->members.list[k]);
		target->is_over = target->living == 0 || target->result == -EDEADLK;
		stop->going += !target->is_over;
	}
	return stop->going > 0;
}

static void go_in_turns(struct ph_stop *stop)
{
	for (size_t i = 0; i < stop->order->count; i++)
		look_first(stop, i);
	do {
		if (stop->going > 0 && !stop->answer)
			go(stop);
		for (size_t i = 0; i < stop->order->count; i++)
			if (!stop->targets[i].is_over)
				give_up(stop, i);
	} while (!stop->answer && !stop->is_callers_turn && begin_callers_turn(stop));
}

/* Return: why a member runs on that could not be signalled, or 0 */
static int refusal(struct ph_stop *stop, size_t index)
{
	struct ph_stop_target *target = &stop->targets[index];

	for (size_t i = 0; i < target->known; i++)
		if (target->members.list[i].mark & PH_STOP_IS_REFUSED &&
		    !ph_stop_look_for_end(stop, index, i))
			return target->members.list[i].err;
	return 0;
}

static int result_of(struct ph_stop *stop, size_t index)
{
	const struct ph_stop_target *target = &stop->targets[index];
	int r;

	if (stop->answer && !target->is_over)
		return -ECANCELED;
	if (target->result == -EDEADLK)
		return target->result;
	r = refusal(stop, index);
	if (r == 0)
		r = target->look_error < 0 ? target->look_error : target->shortage;
	if (r == 0)
		r = target->result;
	/* that everybody has ended is more than anybody knows */
	return r == 0 && target->members.is_lost ? -ENOTSUP : r;
}

static int answer(struct ph_stop *stop, int *ret_results)
{
	int worst = 0;

	for (size_t i = 0; i < stop->order->count; i++) {
		int r = result_of(stop, i);

		ph_stop_reap_adopted(&stop->targets[i]);
		if (ret_results)
			ret_results[i] = r;
		if (worst == 0 || (worst == -ETIMEDOUT && r != 0))
			worst = r;
	}
	return stop->answer ? stop->answer : worst;
}

int ph_stop_by_order(const struct ph_stop_order *order, int *ret_results)
{
	struct ph_stop stop = {
		.order = order,
		.targets = calloc(order->count, sizeof(*stop.targets)),
		.going = order->count,
		.patience_ms = REAP_WAIT_MS,
	};
	int r;

	if (!stop.targets)
		return -ENOMEM;
	for (size_t i = 0; i < order->count; i++) {
		ph_members_begin(&stop.targets[i].members, order->targets[i], order->scope);
		stop.targets[i].members.refuses_one = true;
	}
	ph_watch_begin(&stop.watch, order->hurry_fd);
	go_in_turns(&stop);
	r = answer(&stop, ret_results);
	release(&stop);
	return r;
}
