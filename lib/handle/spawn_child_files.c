/* SPDX-License-Identifier: MIT */

/* The child's descriptors, and its program: see spawn_child.h for the rules. */

#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <stddef.h>
#include <sys/resource.h>

#include "handle/spawn_child.h"
#include "sys/pause.h"
#include "sys/uapi.h"

enum {
	STREAMS = 3,
	FIRST_OTHER = 3,
	LISTING_SIZE = 2048,
	/* if neither close_range(2) nor /proc is there */
	MANY_DESCRIPTORS = 65536,
	/* 1 + 2 + 4 + 8 + 16 + 32 ms */
	BUSY_ROUNDS = 6,
};

static int highest_copied(const struct ph_plan *plan)
{
	return plan->taken_count > 0 ? plan->highest_kept : plan->highest_source;
}

/*
 * Linux 5.9 copies the table only as far as it is needed if it is told so when
 * the copy is made. Before that no descriptor may be touched here.
 */
static void leave_table(struct ph_plan *plan)
{
	long r;

	if (plan->closes_by_range && !ph_child_wants(plan, PH_SPAWN_KEEP_FDS))
		r = PH_RAW(SYS_close_range, highest_copied(plan) + 1, UINT_MAX,
			   PH_CLOSE_RANGE_UNSHARE);
	else
		r = PH_RAW(SYS_unshare, CLONE_FILES);
	ph_child_check(plan, r, PH_STEP_CLOSE, 0);
}

bool ph_plan_is_target(const struct ph_plan *plan, int fd)
{
	for (int i = 0; i < plan->moves_count; i++)
		if (plan->moves[i].to == fd)
			return true;
	return false;
}

static bool is_named(const struct ph_plan *plan, int fd)
{
	for (int i = 0; i < PH_SPARES; i++)
		if (plan->spares[i] == fd)
			return true;
	for (int i = 0; i < plan->moves_count; i++)
		if (plan->moves[i].from == fd || plan->moves[i].to == fd)
			return true;
	return false;
}

int ph_plan_move_away(const struct ph_plan *plan, int fd)
{
	long r = PH_RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, plan->highest_target + 1);

	if (r == -EINVAL || r == -EMFILE)
		r = PH_RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
	while (r >= 0 && is_named(plan, (int)r)) {
		(void)PH_RAW(SYS_close, r);
		r = PH_RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, r + 1);
	}
	/* that is how it says that the limit is below */
	return r == -EINVAL ? -EMFILE : (int)r;
}

/*
 * Whoever has let go of the copy of a large table takes back what it needs of it.
 * The thread that made this child stands still, and has it open as it was.
 *
 * The number of that thread is good only as long as it lives. If our parent is
 * still there after the pidfd has been opened, and the thread is one of it, then
 * nobody else can have got the number before.
 * Return: a pidfd, or -errno
 */
static long open_thread(const struct ph_plan *plan)
{
	long pidfd = PH_RAW(SYS_pidfd_open, plan->thread, PH_PIDFD_THREAD);
	long parent = PH_RAW(SYS_getppid);

	if (pidfd < 0 || parent == plan->thread)
		return pidfd;
	return PH_RAW(SYS_tgkill, parent, plan->thread, 0) == 0 ? pidfd : -ESRCH;
}

/* Tells the parent that it cannot be done like this, and leaves. */
static _Noreturn void refuse(struct ph_plan *plan, long error)
{
	plan->refusal = (int)error;
	for (;;)
		(void)PH_RAW(SYS_exit_group, 0);
}

/* Return: the child's own, with a number that means nothing else, or -errno */
static long take(const struct ph_plan *plan, long thread, int from)
{
	long r = PH_RAW(SYS_pidfd_getfd, thread, from, 0), other;

	if (r < 0 || !is_named(plan, (int)r))
		return r;
	other = ph_plan_move_away(plan, (int)r);
	(void)PH_RAW(SYS_close, r);
	return other;
}

/* What is not open is told later, in its turn. */
static void take_all(struct ph_plan *plan)
{
	long thread = open_thread(plan);

	if (thread < 0)
		refuse(plan, thread);
	for (int i = 0; i < plan->taken_count; i++) {
		long r = take(plan, thread, plan->taken[i].from);

		if (r < 0 && r != -EBADF)
			refuse(plan, r);
		plan->taken[i].here = (int)(r < 0 ? -1 : r);
	}
	(void)PH_RAW(SYS_close, thread);
}

/* Return: the number that a descriptor of the parent's has here, -1 if it is not open */
static int find_here(const struct ph_plan *plan, int fd)
{
	for (int i = 0; i < plan->taken_count; i++)
		if (plan->taken[i].from == fd)
			return plan->taken[i].here;
	return fd;
}

/* What has been opened for this spawn, where the caller had nothing open. */
static bool is_ours(const struct ph_plan *plan, int fd)
{
	for (int i = 0; i < STREAMS; i++)
		if (plan->opened[i] == fd || plan->callers[i] == fd)
			return true;
	return fd == plan->null || fd == plan->pidfd || fd == plan->go;
}

static enum ph_step step_of(const struct ph_plan *plan, int spare)
{
	if (spare == PH_SPARE_DIRECTORY)
		return PH_STEP_DIRECTORY;
	if (spare == PH_SPARE_CGROUP)
		return PH_STEP_CGROUP;
	return ph_child_wants(plan, PH_SPAWN_TERMINAL) ? PH_STEP_TERMINAL : PH_STEP_FOREGROUND;
}

static void move_spares(struct ph_plan *plan)
{
	for (int i = 0; i < PH_SPARES; i++) {
		int named = plan->spares[i], fd;

		if (named < 0)
			continue;
		/* not later: the child opens some on its way */
		fd = find_here(plan, named);
		if (is_ours(plan, named) || PH_RAW(SYS_fcntl, fd, F_GETFD) < 0)
			ph_child_fail(plan, -EBADF, step_of(plan, i), 0);
		if (ph_plan_is_target(plan, fd))
			fd = ph_plan_move_away(plan, fd);
		ph_child_check(plan, fd, step_of(plan, i), 0);
		plan->spares[i] = fd;
	}
}

static void move_all(struct ph_plan *plan)
{
	move_spares(plan);
	for (int i = 0; i < plan->moves_count; i++) {
		struct ph_move *move = &plan->moves[i];
		int fd;

		if (move->is_callers && is_ours(plan, move->from))
			ph_child_fail(plan, -EBADF, PH_STEP_DESCRIPTOR, move->to);
		if (!move->is_in_the_way)
			continue;
		fd = ph_plan_move_away(plan, move->from);
		ph_child_check(plan, fd, PH_STEP_DESCRIPTOR, move->to);
		move->from = fd;
		move->is_callers = false;
	}
	for (int i = 0; i < plan->moves_count; i++) {
		const struct ph_move *move = &plan->moves[i];
		int from = find_here(plan, move->from);
		long r;

		if (from == move->to)
			r = PH_RAW(SYS_fcntl, from, F_SETFD, 0);
		else
			r = PH_RAW(SYS_dup3, from, move->to, 0);
		ph_child_check(plan, r, PH_STEP_DESCRIPTOR, move->to);
	}
}

static int number(const char *text)
{
	int value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (*text - '0');
	return *text == '\0' ? value : -1;
}

/* struct linux_dirent64: the length at 16, the name at 19 */
static void close_listed(const struct ph_plan *plan, const char *listing, long length)
{
	for (long at = 0; at < length;) {
		const char *entry = listing + at;
		int fd = number(entry + 19);

		if (fd >= FIRST_OTHER && entry[19] != '.' && !ph_plan_is_target(plan, fd))
			(void)PH_RAW(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
		at += *(const unsigned short *)(const void *)(entry + 16);
	}
}

static __attribute__((__noinline__)) long close_by_listing(const struct ph_plan *plan)
{
	_Alignas(8) char listing[LISTING_SIZE];
	long fd, r;

	if (!plan->reads_proc)
		return -ENOENT;
	fd = PH_RAW(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	while ((r = PH_RAW(SYS_getdents64, fd, listing, sizeof(listing))) > 0)
		close_listed(plan, listing, r);
	(void)PH_RAW(SYS_close, fd);
	return r;
}

static void close_one_by_one(struct ph_plan *plan)
{
	if (close_by_listing(plan) >= 0)
		return;
	for (int fd = FIRST_OTHER; fd < MANY_DESCRIPTORS; fd++)
		if (!ph_plan_is_target(plan, fd))
			(void)PH_RAW(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
}

static void close_from(struct ph_plan *plan, int first, unsigned last)
{
	long r;

	if ((unsigned)first > last)
		return;
	/* not at once: the way to the exec may need one of them */
	r = PH_RAW(SYS_close_range, first, last, PH_CLOSE_RANGE_CLOEXEC);
	ph_child_check(plan, r, PH_STEP_CLOSE, 0);
}

static void close_others(struct ph_plan *plan)
{
	int first = FIRST_OTHER;

	if (!plan->closes_by_range) {
		close_one_by_one(plan);
		return;
	}
	for (int i = 0; i < plan->moves_count; i++) {
		int to = plan->moves[i].to;

		if (to < first)
			continue;
		close_from(plan, first, (unsigned)to - 1);
		first = to + 1;
	}
	close_from(plan, first, UINT_MAX);
}

void ph_child_descriptors(struct ph_plan *plan)
{
	/* a parent that is not to be seen from here is in another pid namespace */
	if (plan->taken_count > 0 && PH_RAW(SYS_getppid) == 0)
		plan->taken_count = 0;
	if (plan->shares_files)
		leave_table(plan);
	if (plan->taken_count > 0)
		take_all(plan);
	move_all(plan);
	if (ph_child_wants(plan, PH_SPAWN_KEEP_FDS))
		return;
	/* or has it been done with the copy? */
	if (!plan->shares_files || !plan->closes_by_range || highest_copied(plan) >= FIRST_OTHER)
		close_others(plan);
}

/* Returns only if it fails. */
static long execute(const struct ph_plan *plan, const char *program)
{
	long r;

	for (int round = 0;; round++) {
		r = PH_RAW(SYS_execve, program, plan->argv, plan->environment);
		if (r != -ETXTBSY || round == BUSY_ROUNDS || ph_child_wants(plan, PH_SPAWN_NO_RETRY))
			return r;
		ph_raw_pause(1 << round);
	}
}

static enum ph_step explain(const char *program, long error)
{
	if (error == -ENOENT && PH_RAW(SYS_faccessat, AT_FDCWD, program, F_OK) == 0)
		return PH_STEP_INTERPRETER;
	return PH_STEP_EXEC;
}

static bool append(char *buffer, size_t *length, const char *text, size_t count)
{
	if (*length + count >= PATH_MAX)
		return false;
	for (size_t i = 0; i < count; i++)
		buffer[(*length)++] = text[i];
	buffer[*length] = '\0';
	return true;
}

static size_t length_of(const char *text, char end)
{
	size_t length = 0;

	while (text[length] != '\0' && text[length] != end)
		length++;
	return length;
}

/*
 * The first one that can be executed. What stands in the way of another one is
 * told if there is none: that it may not be executed, or has no interpreter.
 */
static _Noreturn __attribute__((__noinline__)) void search(struct ph_plan *plan)
{
	char buffer[PATH_MAX];
	long first = -ENOENT;
	enum ph_step step = PH_STEP_EXEC;
	const char *path = plan->path;

	for (;;) {
		size_t count = length_of(path, ':'), length = 0;
		enum ph_step here;
		long r;

		if (append(buffer, &length, path, count) &&
		    (count == 0 || append(buffer, &length, "/", 1)) &&
		    append(buffer, &length, plan->program, length_of(plan->program, '\0'))) {
			r = execute(plan, buffer);
			here = explain(buffer, r);
			if (r != -ENOENT && r != -EACCES && r != -ENOTDIR && r != -ENAMETOOLONG &&
			    r != -ELOOP && r != -ESTALE && r != -ENODEV)
				ph_child_fail(plan, r, here, 0);
			if (step == PH_STEP_EXEC && first == -ENOENT &&
			    (r == -EACCES || here == PH_STEP_INTERPRETER)) {
				first = r;
				step = here;
			}
		}
		if (path[count] == '\0')
			ph_child_fail(plan, first, step, 0);
		path += count + 1;
	}
}

void ph_child_exec(struct ph_plan *plan)
{
	long r;

	if (plan->path && plan->program[0] != '\0')
		search(plan);
	r = execute(plan, plan->program);
	ph_child_fail(plan, r, explain(plan->program, r), 0);
}
