/* SPDX-License-Identifier: MIT */

#include "handle/ancestors.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/late.h"
#include "sys/process.h"

enum {
	/* readings; each but the first is there because an ancestor has ended */
	READINGS = 1000,
	/* no error: somebody has another parent than a moment ago */
	HAS_CHANGED = 1,
};

static void drop(struct ph_process *const *process)
{
	if (*process)
		ph_process_unref(*process);
}

/* @child: NULL for the caller */
static int parent_of(struct ph_process *child, pid_t *ret_parent)
{
	if (child)
		return child->backend->parent(child, ret_parent);
	*ret_parent = getppid();
	return 0;
}

/*
 * Who ends leaves its child to another, and its number to anybody. So the child
 * is asked again once the parent is held. Return: 0, HAS_CHANGED, or as parent()
 */
static int ask_again(struct ph_process *child, pid_t parent)
{
	pid_t now = 0;
	int r = parent_of(child, &now);

	if (r == -ESRCH || (r == 0 && now != parent))
		return HAS_CHANGED;
	return r;
}

/* Return: 0 at the top, HAS_CHANGED, or why it could not be seen further */
static int read_once(struct ph_proc_pids *pids)
{
	PH_CLEANUP(drop) struct ph_process *child = NULL;
	pid_t parent = getppid();

	pids->count = 0;
	while (parent > 0) {
		PH_CLEANUP(drop) struct ph_process *process = NULL;
		struct ph_process *before = child;
		int found, r;

		r = ph_proc_pids_add(pids, parent);
		if (r < 0)
			return r;
		found = ph_backend_find(parent, &process);
		if (found < 0 && found != -ESRCH)
			return found;
		r = ask_again(child, parent);
		if (r != 0 || found < 0)
			return r != 0 ? r : found;
		child = process;
		process = before;
		r = parent_of(child, &parent);
		if (r < 0)
			return r == -ESRCH ? HAS_CHANGED : r;
	}
	return 0;
}

int ph_ancestors_read(struct ph_proc_pids *pids)
{
	int r = HAS_CHANGED;

	for (int i = 0; r == HAS_CHANGED && i < READINGS; i++)
		r = read_once(pids);
	if (r == HAS_CHANGED)
		return -ELOOP;
	/* that it goes on cannot be seen */
	return r == -EAGAIN || ph_is_a_shortage(r) ? r : 0;
}

bool ph_ancestors_have(const struct ph_proc_pids *pids, pid_t pid)
{
	for (size_t i = 0; i < pids->count; i++)
		if (pids->list[i] == pid)
			return true;
	return false;
}

static bool is_one_in_group(const struct ph_proc_pids *pids, pid_t group)
{
	for (size_t i = 0; i < pids->count; i++)
		if (ph_sys_getpgid(pids->list[i]) == group)
			return true;
	return false;
}

/*
 * Between the reading and the question a number may have come to somebody else:
 * so who is found in the group is to be found there twice. Nobody new is ever
 * above the caller, but process 1 and those who were there before.
 */
int ph_ancestors_are_in_group(pid_t group)
{
	PH_CLEANUP(ph_proc_pids_end) struct ph_proc_pids pids = { .count = 0 };

	/* which need not be an ancestor: a container may have been entered */
	if (ph_sys_getpgid(1) == group)
		return 1;
	for (int i = 0; i < 2; i++) {
		int r = ph_ancestors_read(&pids);

		if (r < 0)
			return r;
		if (!is_one_in_group(&pids, group))
			return 0;
	}
	return 1;
}
