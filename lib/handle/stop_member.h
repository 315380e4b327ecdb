/* SPDX-License-Identifier: MIT */

/* What the files of a stop share: a stop as it goes on, and what it does to one member. */

#ifndef PH_HANDLE_STOP_MEMBER_H
#define PH_HANDLE_STOP_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/deadline.h"
#include "handle/members.h"
#include "handle/stop.h"
#include "handle/stop_sent.h"
#include "handle/watch.h"

/* the marks of a member */
enum {
	/* its end is going to be told; of the others it is looked for */
	PH_STOP_IS_WATCHED = 1 << 0,
	PH_STOP_HAS_ENDED = 1 << 1,
	/* it could not be signalled: err says why */
	PH_STOP_IS_REFUSED = 1 << 2,
	/* the caller itself, whose turn comes when everybody else has had his */
	PH_STOP_IS_CALLER = 1 << 3,
	/*
	 * a child of ours, and the root, that has ended and is not to be reaped
	 * yet: as a zombie it keeps the number of its group and session
	 */
	PH_STOP_IS_KEPT = 1 << 4,
};

struct ph_stop_target {
	struct ph_members members;
	/* so many of the list have been taken in, and then signalled */
	size_t known;
	size_t signalled;
	/* of them: who has neither ended nor been refused, and whose turn it is */
	size_t living;
	/* why the last look for new ones failed, or 0 */
	int look_error;
	/* why one failed, whatever came after it: somebody may have been missed for good */
	int shortage;
	/* there was none in the first place */
	bool has_root_ended;
	/* the last look found nobody */
	bool is_quiet;
	bool is_over;
	int result;
};

struct ph_stop {
	const struct ph_stop_order *order;
	struct ph_stop_target *targets;
	/* how many are not over */
	size_t going;
	size_t step;
	struct ph_deadline deadline;
	bool is_callers_turn;
	/* go to the last step at once */
	bool is_in_a_hurry;

	/* of several targets only */
	struct ph_stop_sent sent;
	struct ph_watch watch;
	/* who is living and not watched, and when to look whether they have ended */
	size_t unwatched;
	struct ph_deadline peek;
	int peek_pause_ms;
	/* when to look for new members */
	struct ph_deadline look;
	int look_pause_ms;
	int look_least_ms;
	/* what is left of the time for parents to reap */
	int patience_ms;

	/* other than 0: it ends with that */
	int answer;
};

/* The caller's turn, or everybody else's. */
static inline bool ph_stop_has_turn(const struct ph_stop *stop, const struct ph_member *member)
{
	return !(member->mark & PH_STOP_IS_CALLER) == !stop->is_callers_turn;
}

static inline bool ph_stop_is_living(const struct ph_stop *stop, const struct ph_member *member)
{
	return !(member->mark & (PH_STOP_HAS_ENDED | PH_STOP_IS_REFUSED | PH_STOP_IS_KEPT)) &&
	       ph_stop_has_turn(stop, member);
}

static inline const struct ph_stop_step *ph_stop_step_of(const struct ph_stop *stop)
{
	return &stop->order->steps[stop->step];
}

/* Completes @report, and hands it to the caller. */
void ph_stop_tell(struct ph_stop *stop, size_t index, struct ph_process *process,
		  struct ph_stop_report *report);

/* Whom the watch means. */
void ph_stop_watched(uint64_t data, size_t *ret_index, size_t *ret_place);

/*
 * There is no root any more, which has been reaped. If that is new, its end is
 * told. Return: 0
 */
int ph_stop_without_root(struct ph_stop *stop, size_t index);

/*
 * If the signal is SIGKILL, a cgroup and the group that the root leads get it in a way
 * that nobody escapes; who is known gets it again, and is reported.
 */
void ph_stop_kill_at_once(struct ph_stop *stop, size_t index);

/* Lets go of whoever has been reaped since. Return: whether there was somebody */
bool ph_stop_let_go(struct ph_stop_target *target);

/*
 * Who was seen to end while it was somebody else's child has become ours, if we
 * are the one who gets what others leave behind.
 */
void ph_stop_reap_adopted(struct ph_stop_target *target);

/* The first sight of a member, which may have ended before. */
void ph_stop_take_in(struct ph_stop *stop, size_t index, size_t place);

/*
 * Sends the signal of the step, if it is the member's turn and the process has not
 * got it as a member of another target.
 */
void ph_stop_signal(struct ph_stop *stop, size_t index, size_t place);

/* Nobody else is left who could need it: a root that has been kept is reaped, and its end told. */
void ph_stop_let_root_go(struct ph_stop *stop, size_t index);

/* Return: whether it has ended; a child is reaped, unless it is kept */
bool ph_stop_look_for_end(struct ph_stop *stop, size_t index, size_t place);

#endif
