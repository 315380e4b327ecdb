/* SPDX-License-Identifier: MIT */

/*
 * Children that start in a copy of the memory. They stand still until the
 * parent has got hold of them, so that the handle is theirs even if SIGCHLD is
 * ignored and nobody has to reap them; what goes wrong later they tell through
 * the same socket, which the exec closes.
 */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "handle/backend.h"
#include "handle/spawn_parent.h"
#include "state/metrics.h"
#include "sys/clone.h"
#include "sys/process.h"
#include "sys/raw.h"
#include "sys/support.h"

enum {
	PATH_SIZE = 64,
	LINE_SIZE = 48,
	MAP_SIZE = 4096,
	FIRST_PAUSE_MS = 8,
	LAST_PAUSE_MS = 64,
};

/* Out of the way of what the child will have. */
static int lift(const struct ph_plan *plan, int *fd)
{
	int higher;

	if (!ph_plan_is_target(plan, *fd))
		return 0;
	higher = ph_plan_move_away(plan, *fd);
	if (higher < 0)
		return higher;
	(void)close(*fd);
	*fd = higher;
	return 0;
}

static int write_file(pid_t pid, const char *name, const char *text, size_t length)
{
	PH_CLEANUP(ph_closep) int fd = -1;
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, length) < 0)
		return -errno;
	return 0;
}

static int write_map(pid_t pid, const char *name, const struct ph_id_map *map, uint32_t count)
{
	char text[MAP_SIZE];
	size_t length = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (sizeof(text) - length < LINE_SIZE)
			return -EINVAL;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%lu %lu %lu\n",
					   (unsigned long)map[i].inside,
					   (unsigned long)map[i].outside,
					   (unsigned long)map[i].count);
	}
	return write_file(pid, name, text, length);
}

/* The kernel maps what the caller may map: by default nobody but himself. */
static int map_ids(struct ph_plan *plan, pid_t pid)
{
	const struct ph_spawn_options *options = plan->options;
	struct ph_id_map own = { .count = 1 };
	int r;

	own.inside = own.outside = geteuid();
	if (options->uid_map_count > 0)
		r = write_map(pid, "uid_map", options->uid_map, options->uid_map_count);
	else
		r = write_map(pid, "uid_map", &own, 1);
	if (r < 0)
		return ph_plan_fail(plan, r, PH_STEP_ID_MAP, 0);

	own.inside = own.outside = getegid();
	for (int round = 0; round < 2; round++) {
		if (options->gid_map_count > 0)
			r = write_map(pid, "gid_map", options->gid_map, options->gid_map_count);
		else
			r = write_map(pid, "gid_map", &own, 1);
		/* an ordinary user has to forgo the dropping of groups first */
		if (r != -EPERM || write_file(pid, "setgroups", "deny", 4) < 0)
			break;
	}
	return r < 0 ? ph_plan_fail(plan, r, PH_STEP_ID_MAP, 1) : 0;
}

static pid_t make(struct ph_plan *plan, int parents_end, int childs_end)
{
	pid_t pid;

	plan->has_handlers = plan->blocks_signals = true;
	plan->is_born_in_cgroup = false;
	ph_plan_block(plan);
	/* without an exit signal before the exec: emulators do not know that */
	pid = ph_sys_fork(ph_plan_namespaces(plan));
	plan->tells_execution = pid >= 0 && !(plan->options->flags & PH_SPAWN_TRACED);
	if (ph_is_unsupported(pid))
		pid = ph_sys_fork(ph_plan_namespaces(plan) | SIGCHLD);
	if (pid == 0) {
		/* with it open here, the end of the parent would not be seen */
		(void)PH_RAW(SYS_close, parents_end);
		plan->go = plan->report = childs_end;
		ph_spawn_child(plan);
	}
	ph_plan_unblock(plan);
	return pid;
}

static void reap(pid_t pid)
{
	struct ph_status status;
	int r;

	do
		r = ph_sys_peek(pid, /* block= */ true);
	while (r == -EINTR || r == PH_LOOK_STOPPED);
	(void)ph_sys_reap(pid, &status);
}

/*
 * Until the child has said something, or the socket is closed. That may be later
 * than the exec: another thread may have forked, and its child has it open too.
 * Return: how to receive it
 */
static int await_answer(const struct ph_plan *plan, int socket, pid_t pid)
{
	struct pollfd answer = { .fd = socket, .events = POLLIN };

	for (int pause = FIRST_PAUSE_MS;; pause = pause < LAST_PAUSE_MS ? pause * 2 : pause) {
		int r = poll(&answer, 1, plan->tells_execution ? pause : -1);

		/* without a clock, that is */
		if (r < 0 && errno != EINTR)
			return MSG_WAITALL;
		if (r > 0 || (r == 0 && (!ph_sys_has_not_executed(pid) ||
					 ph_sys_peek(pid, /* block= */ false) == PH_LOOK_ENDED)))
			return MSG_DONTWAIT;
	}
}

/* Lets the child go, and listens until it has executed or failed. */
static int listen_to(struct ph_plan *plan, int socket, pid_t pid)
{
	struct ph_failure failure;
	ssize_t n;
	int how;

	(void)send(socket, "", 1, MSG_NOSIGNAL);
	how = await_answer(plan, socket, pid);
	do
		n = recv(socket, &failure, sizeof(failure), how);
	while (n < 0 && errno == EINTR);
	if (n == sizeof(failure)) {
		plan->failure = failure;
		return failure.err;
	}
	/* killed on its way */
	if (plan->tells_execution && ph_sys_has_not_executed(pid))
		return ph_plan_fail(plan, -ECANCELED, PH_STEP_EXEC, 0);
	return 0;
}

int ph_spawn_by_fork(struct ph_plan *plan, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_closep) int parents_end = -1;
	PH_CLEANUP(ph_closep) int childs_end = -1;
	struct ph_process *process = NULL;
	int ends[2], r;
	pid_t pid;

	if (plan->options->pid != 0)
		return ph_plan_fail(plan, -ENOTSUP, PH_STEP_CLONE, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return ph_plan_fail(plan, -errno, PH_STEP_CLONE, 0);
	parents_end = ends[0];
	childs_end = ends[1];
	r = lift(plan, &childs_end);
	if (r < 0)
		return ph_plan_fail(plan, r, PH_STEP_CLONE, 0);

	pid = make(plan, parents_end, childs_end);
	if (pid < 0)
		return ph_plan_fail(plan, pid, PH_STEP_CLONE, 0);
	ph_closep(&childs_end);
	childs_end = -1;

	r = plan->options->namespaces & PH_NS_USER ? map_ids(plan, pid) : 0;
	if (r == 0) {
		r = ph_backend_find(pid, &process);
		if (r < 0)
			r = ph_plan_fail(plan, r, PH_STEP_HANDLE, 0);
	}
	if (r == 0)
		r = listen_to(plan, parents_end, pid);
	if (r == 0) {
		ph_kinship_is(process, PH_KIN_CHILD);
		*ret_process = process;
		return 0;
	}
	/*
	 * A child that was not let go sees the end of the socket, and leaves: also
	 * if a child of another thread has it open.
	 */
	(void)shutdown(parents_end, SHUT_RDWR);
	ph_closep(&parents_end);
	parents_end = -1;
	reap(pid);
	if (process)
		ph_process_free(process);
	return r;
}
