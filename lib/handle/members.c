/* SPDX-License-Identifier: MIT */

#include "handle/members.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/ancestors.h"
#include "handle/backend.h"
#include "handle/group.h"
#include "handle/late.h"
#include "handle/members_list.h"
#include "handle/members_lost.h"
#include "handle/members_walk.h"
#include "handle/number.h"
#include "proc/read.h"

/* walks that find nobody new, but not that there is nobody */
enum { WALKS = 1000 };

/* descriptors that a walk and a new handle need at one time */
enum { SPARE = 3 };

void ph_members_begin(struct ph_members *members, struct ph_process *root, int scope)
{
	*members = (struct ph_members){
		.root = ph_process_ref(root),
		.self = getpid(),
		.scope = scope & ~PH_FORCE,
		.force = scope & PH_FORCE,
		.cgroup = PH_CGROUP_NONE,
	};
}

void ph_members_end(struct ph_members *members)
{
	while (members->count > 0) {
		struct ph_process *process = members->list[--members->count].process;

		if (process)
			ph_process_unref(process);
	}
	free(members->list);
	free(members->slots);
	ph_proc_table_end(&members->ended_before);
	ph_proc_pids_end(&members->ancestors);
	ph_cgroup_end(&members->cgroup);
	ph_process_unref(members->root);
}

static int add_root(struct ph_members *members, pid_t parent)
{
	int r = ph_members_add(members, ph_process_ref(members->root), parent);

	if (r < 0)
		ph_process_unref(members->root);
	return r;
}

/*
 * Reaped: the group that it led keeps its number while it has members, and the
 * kernel can say whether it has.
 */
static int begin_with_led_group(struct ph_members *members)
{
	struct ph_process *root = members->root;
	int r;

	if (members->scope != PH_GROUP || !root->signals_by_fd)
		return -ESRCH;
	r = root->backend->kill_led(root->fd, 0);
	if (r < 0 && r != -EPERM)
		return r == -ENOTSUP ? -ESRCH : r;
	members->group = root->pid;
	members->led = true;
	return 0;
}

/* What everybody in the scope has in common with the root. */
static int begin_with(struct ph_members *members, const struct ph_proc_stat *stat)
{
	pid_t pid = members->root->pid;
	int r;

	switch (members->scope) {
	case PH_GROUP:
		members->group = stat->group;
		return stat->group > 0 ? 0 : -ENOTSUP;
	case PH_SESSION:
		members->session = stat->session;
		return stat->session > 0 ? 0 : -ENOTSUP;
	case PH_TREE:
		members->group = stat->group == pid ? pid : 0;
		members->session = stat->session == pid ? pid : 0;
		return 0;
	case PH_CGROUP:
		r = ph_cgroup_open(members->root, &members->cgroup);
		return r == -EACCES ? -EPERM : r;
	default:
		return 0;
	}
}

/* Return: 0 and the root is in the list, if it is a member, or as a look */
static int begin_with_root(struct ph_members *members)
{
	struct ph_process *root = members->root;
	struct ph_proc_stat stat;
	int read, r;

	r = ph_proc_check();
	if (r == 0)
		r = ph_lost_begin(members);
	if (r < 0)
		return r;
	/* nothing tells whether what is found below the number is its own */
	if (root->guarantee == PH_UNCHECKED)
		return -ENOTSUP;
	read = ph_proc_read_stat_of(root->pid, &stat);
	r = ph_prove(root);
	if (r == -ESRCH)
		return begin_with_led_group(members);
	if (r < 0)
		return r;
	if (read < 0)
		return ph_is_a_shortage(read) ? read : -EPERM;
	if (ph_proc_stat_is_kernel(&stat))
		return -EPERM;
	members->root_session = stat.session;
	r = begin_with(members, &stat);
	if (r < 0)
		return r;
	members->has_root_ended = ph_proc_stat_has_ended(&stat);
	if (members->scope == PH_DESCENDANTS)
		return 0;
	r = add_root(members, stat.parent);
	if (r < 0)
		return r;
	members->list[0].is_held = members->group > 0 || members->session > 0;
	members->list[0].had_ended = members->has_root_ended;
	return 0;
}

/* Return: 0, or -errno */
static int begin_with_one(struct ph_members *members)
{
	int r = members->root->backend->kill(members->root, 0);

	return r < 0 && r != -EPERM ? r : add_root(members, 0);
}

/* A child is no ancestor, and that takes no descriptor to find out. */
static bool is_one_refused(const struct ph_members *members)
{
	struct ph_process *root = members->root;
	pid_t parent;

	return members->refuses_one &&
	       (root->backend->parent(root, &parent) < 0 || parent != getpid());
}

/*
 * Who was no ancestor does not become one. One that was may have ended, and its
 * number be another's: it is asked again.
 */
static int refuse(struct ph_members *members, size_t first)
{
	int r = 0;

	if (members->force || (members->scope == PH_ONE && !is_one_refused(members)))
		return 0;
	if (members->ancestors.count == 0)
		r = ph_ancestors_read(&members->ancestors);
	for (size_t i = first; r == 0 && i < members->count; i++) {
		pid_t pid = members->list[i].pid;

		if (pid == 1 || pid == members->self)
			return -EDEADLK;
		if (!ph_ancestors_have(&members->ancestors, pid))
			continue;
		r = ph_ancestors_read(&members->ancestors);
		if (r == 0 && ph_ancestors_have(&members->ancestors, pid))
			return -EDEADLK;
	}
	return r;
}

/* Return: 0, some are new or nobody is, -ELOOP, or -errno */
static int look(struct ph_members *members, size_t first)
{
	PH_CLEANUP(ph_walk_end)
	struct ph_walk walk = {
		.members = members,
		.first = first,
		.is_first = !members->has_begun,
	};
	int r;

	for (int i = 0; i < WALKS; i++) {
		r = ph_walk_once(&walk);
		if (r < 0 || members->count > first)
			return r;
		if (!walk.is_unsettled)
			r = ph_lost_search(members);
		if (r < 0 || (r == 0 && !walk.is_unsettled))
			return r;
	}
	return -ELOOP;
}

/*
 * Who has been found is about to be signalled, and the next round is to see what
 * they leave: it is better to fail before. Return: 0, or -EMFILE, -ENFILE, -ENOMEM
 */
static int have_some_left(void)
{
	int spare[SPARE];
	int count = 0;
	int r = 0;

	for (; r == 0 && count < SPARE; count += r == 0) {
		spare[count] = open("/", O_RDONLY | O_CLOEXEC);
		r = spare[count] < 0 ? -errno : 0;
	}
	while (count > 0)
		ph_closep(&spare[--count]);
	return ph_is_a_shortage(r) ? r : 0;
}

int ph_members_look(struct ph_members *members)
{
	size_t first = members->count;
	int r = 0;

	if (!members->has_begun)
		r = members->scope == PH_ONE ? begin_with_one(members) : begin_with_root(members);
	if (r == 0 && members->scope != PH_ONE)
		r = look(members, first);
	if (r == 0)
		ph_members_order(members, first);
	if (r == 0)
		r = refuse(members, first);
	if (r == 0 && members->count > first && members->scope != PH_ONE)
		r = have_some_left();
	if (r < 0) {
		ph_members_cut(members, first);
		if (!members->has_begun)
			ph_cgroup_end(&members->cgroup);
		return r;
	}
	members->has_begun = true;
	return (int)(members->count - first);
}

int ph_members_kill_led(struct ph_members *members)
{
	pid_t pid = members->root->pid;
	int r;

	/* whom it would hit has not been looked at */
	if (!members->has_begun)
		return -ENOTSUP;
	for (size_t i = 0; i < members->count; i++)
		if (ph_member_is_caller(members, &members->list[i]))
			return -ENOTSUP;
	/* who leads a session leads its group */
	if (members->group != pid && members->session != pid)
		return -ENOTSUP;
	r = ph_group_kill_led(members->root, SIGKILL);
	members->has_signalled |= r == 0;
	return r;
}

/* One that has ended accepts every signal, and obeys none. */
void ph_members_note_signal(struct ph_members *members, struct ph_member *member, int signo)
{
	members->has_signalled |= signo != 0;
	if (signo != 0 && signo != SIGKILL && !member->may_obey && ph_lost_is_possible(members))
		member->may_obey = ph_walk_has_ended(member->process) == 0;
}
