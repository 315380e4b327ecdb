/* SPDX-License-Identifier: MIT */

/*
 * One process after the other, and at most one handle at a time. Whoever cannot
 * be meant is not even opened: a look at the number is a third cheaper. Whoever
 * may be is held, looked at again, and proved to be who was looked at.
 */

#include "handle/list.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/choice.h"
#include "handle/facts.h"
#include "handle/late.h"
#include "handle/mounts.h"
#include "handle/number.h"
#include "proc/read.h"

struct walk {
	const struct ph_list *list;
	struct ph_choice choice;
	/* the kernel tells facts without /proc */
	bool asks;
	/* read when they are needed, and then there until the end */
	bool has_mounts;
	struct ph_mounts mounts;
	/* of the process in hand; the callback may read on until it returns */
	char cmdline[PH_LIST_CMDLINE];
};

/*
 * What was read by number is as good as the number. Who is gone, and what is not
 * shown to us, is no error. Return: 1, 0 there is nobody, or a shortage
 */
static int explain(int r)
{
	if (r >= 0)
		return 1;
	return ph_is_a_shortage(r) || r == -EAGAIN ? r : 0;
}

static int read_cmdline(struct walk *walk, const struct ph_proc_place *place, struct ph_info *info)
{
	ssize_t n = ph_proc_read_some(place, "cmdline", walk->cmdline, sizeof(walk->cmdline));

	if (n < 0)
		return (int)n;
	info->cmdline = walk->cmdline;
	info->cmdline_size = (uint64_t)n;
	info->got |= PH_INFO_CMDLINE;
	return 0;
}

/* What the kernel has not told. Return: 0, -ESRCH, or a shortage */
static int tell_cgroup(struct walk *walk, const struct ph_proc_place *place, struct ph_info *info)
{
	int r = walk->has_mounts ? 0 : ph_mounts_read(&walk->mounts);

	if (ph_is_a_shortage(r)) {
		ph_mounts_end(&walk->mounts);
		return r;
	}
	walk->has_mounts = true;
	r = ph_mounts_tell(&walk->mounts, place, &info->cgroup);
	if (r == 0)
		info->got |= PH_INFO_CGROUP;
	return r == -ESRCH || ph_is_a_shortage(r) ? r : 0;
}

/* Does it pay to ask the kernel? For what it alone has, or for all of it. */
static bool is_to_be_asked(const struct walk *walk, uint64_t want)
{
	return walk->asks && (want & (PH_INFO_REAL_USER | PH_INFO_CGROUP) ||
			      (want != 0 && !(want & ~PH_BACKEND_TELLS)));
}

/* Return: 1, 0 there is nobody, or a shortage */
static int look(struct walk *walk, const struct ph_proc_place *place, pid_t pid, uint64_t want,
		struct ph_info *info)
{
	struct ph_told told;
	int r;

	*info = (struct ph_info){ .got = PH_INFO_PID, .pid = pid };
	want &= ~PH_INFO_PID;
	r = is_to_be_asked(walk, want) ? ph_backend_ask(pid, &told) : -ENOTSUP;
	if (r == 0)
		ph_facts_add(&told, want, info);
	else if (r != -ENOTSUP)
		return explain(r);
	r = 0;
	want &= ~info->got;
	if (want & PH_PROC_HAS)
		r = ph_proc_facts(place, want & PH_PROC_HAS, &walk->choice.clock, info);
	if (r == 0 && want & PH_INFO_CMDLINE)
		r = read_cmdline(walk, place, info);
	if (r == 0 && want & PH_INFO_CGROUP)
		r = tell_cgroup(walk, place, info);
	/* it is there, and is hidden: that much can be said */
	return r == -EACCES || r == -EPERM ? 1 : explain(r);
}

/* Return: 1 it is meant, 0 it is not, or a shortage */
static int look_first(struct walk *walk, const struct ph_proc_place *place, pid_t pid)
{
	struct ph_info info;
	int r;

	if (!ph_choice_reads(&walk->choice))
		return 1;
	r = look(walk, place, pid, walk->choice.needs, &info);
	return r > 0 ? ph_choice_sees(&walk->choice, place, &info) : r;
}

/* The same of one that is held, with what is to be shown of it. */
static int look_again(struct walk *walk, const struct ph_proc_place *place,
		      struct ph_process *process, struct ph_info *info)
{
	uint64_t want = walk->list->show ? walk->list->want : 0;
	int r;

	*info = (struct ph_info){ .got = 0 };
	if (want == 0 && !ph_choice_reads(&walk->choice))
		return 1;
	r = look(walk, place, process->pid, walk->choice.needs | want, info);
	if (r > 0)
		r = ph_choice_takes(&walk->choice, place, info);
	if (r <= 0)
		return r;
	if (want & PH_INFO_INODE && process->backend->inode(process, &info->inode) == 0)
		info->got |= PH_INFO_INODE;
	/* whoever has it now had it all the while */
	return explain(ph_prove(process));
}

static int tell(const struct ph_list *list, struct ph_info *info)
{
	info->got &= list->want;
	return list->show(info, list->arg);
}

static int hold(struct walk *walk, const struct ph_proc_place *place, pid_t pid)
{
	struct ph_process *process = NULL;
	struct ph_info info;
	int r;

	r = look_first(walk, place, pid);
	if (r <= 0)
		return r;
	r = ph_backend_find(pid, &process);
	if (r < 0)
		return explain(r);
	r = look_again(walk, place, process, &info);
	if (r > 0)
		r = walk->list->show ? tell(walk->list, &info)
				     : walk->list->each(process, walk->list->arg);
	ph_process_unref(process);
	return r;
}

/* Without holding anybody. */
static int show(struct walk *walk, const struct ph_proc_place *place, pid_t pid)
{
	struct ph_info info;
	int r;

	r = look(walk, place, pid, walk->choice.needs | walk->list->want, &info);
	if (r > 0 && ph_choice_reads(&walk->choice))
		r = ph_choice_sees(&walk->choice, place, &info);
	return r > 0 ? tell(walk->list, &info) : r;
}

static int visit(int proc, const char *name, pid_t pid, void *arg)
{
	const struct ph_proc_place place = { .directory = proc, .name = name };
	struct walk *walk = arg;

	if (ph_choice_excludes(&walk->choice, pid))
		return 0;
	if (walk->list->show && !(walk->list->want & PH_INFO_INODE))
		return show(walk, &place, pid);
	return hold(walk, &place, pid);
}

static void end_walk(const struct walk *walk)
{
	ph_choice_end(&walk->choice);
	if (walk->has_mounts)
		ph_mounts_end(&walk->mounts);
}

int ph_list_walk(const struct ph_filter *filter, const struct ph_list *list)
{
	PH_CLEANUP(end_walk) struct walk walk;
	int r;

	walk.list = list;
	walk.has_mounts = false;
	r = ph_choice_begin(&walk.choice, filter);
	if (r < 0)
		return r;
	r = ph_backend_asks();
	if (r < 0)
		return r;
	walk.asks = r > 0;
	return ph_proc_walk(visit, &walk);
}
