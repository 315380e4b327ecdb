/* SPDX-License-Identifier: MIT */

#include "handle/scope.h"

#include <errno.h>
#include <signal.h>

#include "base/cleanup.h"
#include "handle/backend.h"
#include "handle/members.h"
#include "state/metrics.h"

/* as the header says */
enum { ROUNDS = 1000 };

static void count(int r)
{
	ph_count(r == 0 ? PH_METRIC_SIGNALS_SENT : PH_METRIC_SIGNALS_REFUSED);
}

/*
 * Who has ended meanwhile needs no signal, and is no reason to fail as long as
 * somebody got it. *result is -ESRCH until then, and the first failure from then on.
 */
static void send(struct ph_members *members, struct ph_member *member, int signo, int *result)
{
	int r;

	ph_members_note_signal(members, member, signo);
	r = member->process->backend->kill(member->process, signo);
	count(r);
	member->is_asked = r == 0 && signo != 0;
	member->is_killed = r == 0 && signo == SIGKILL;
	if (r != -ESRCH && (*result == -ESRCH || *result == 0))
		*result = r;
}

/*
 * Everybody at once, the caller as well: the call comes back from the kernel
 * after all have got it. Return: 0, -ENOTSUP it is to be done in rounds, or -errno
 */
static int kill_cgroup(const struct ph_members *members, int signo)
{
	int r;

	if (members->scope != PH_CGROUP || signo != SIGKILL)
		return -ENOTSUP;
	r = ph_cgroup_kill(&members->cgroup);
	for (size_t i = 0; r == 0 && i < members->count; i++)
		count(0);
	return r;
}

/* The caller is to be the last. */
static void send_all(struct ph_members *members, size_t first, bool to_caller, int signo,
		     int *result)
{
	for (size_t i = first; i < members->count; i++)
		if (ph_member_is_caller(members, &members->list[i]) == to_caller)
			send(members, &members->list[i], signo, result);
}

static int kill_scope(struct ph_members *members, int signo)
{
	int result = -ESRCH;
	size_t sent = 0;
	int r;

	/* the first look is the one that refuses, before anybody is signalled */
	r = ph_members_look(members);
	if (r < 0)
		return r;
	r = kill_cgroup(members, signo);
	if (r != -ENOTSUP)
		return r;
	/* some of them may be gone by the time that they are signalled by themselves */
	if (signo == SIGKILL && ph_members_kill_led(members) == 0)
		result = 0;
	for (int round = 1; members->count > sent; round++) {
		if (round > ROUNDS)
			return -ELOOP;
		send_all(members, sent, false, signo, &result);
		sent = members->count;
		r = ph_members_look(members);
		if (r < 0)
			return r;
	}
	send_all(members, 0, true, signo, &result);
	return result == 0 && members->is_lost ? -ENOTSUP : result;
}

int ph_scope_kill(struct ph_process *process, int signo, int scope)
{
	PH_UNCANCELLED_ANYHOW;
	PH_CLEANUP(ph_members_end) struct ph_members members;
	int r;

	ph_members_begin(&members, process, scope);
	r = kill_scope(&members, signo);
	/* nobody in it was asked */
	if (r < 0 && members.count == 0)
		count(r);
	return r;
}
