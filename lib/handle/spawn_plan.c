/* SPDX-License-Identifier: MIT */

/* What is worked out, opened and refused before there is a child. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "handle/spawn_parent.h"

enum {
	STREAMS = 3,
	OUT = 1,
	ERR = 2,
	NAMESPACES = 8,
	FILE_MODE = 0666,
	HIGHEST_SIGNAL = 64,
	/* in words: the kernel takes the bytes for an unsigned int, which would overflow */
	MOST_CPUS = INT_MAX / sizeof(uint64_t),
};

const struct ph_spawn_options ph_spawn_usual;

#define ALL_FLAGS ((PH_SPAWN_NO_RETRY << 1) - 1)

int ph_plan_fail(struct ph_plan *plan, int error, enum ph_step step, int index)
{
	plan->failure = (struct ph_failure){ .err = error, .step = (int)step, .index = index };
	return error;
}

static bool has(const struct ph_spawn_options *options, uint64_t flag)
{
	return options->flags & flag;
}

static bool is_stream_sane(const struct ph_stream *stream, int number)
{
	switch (stream->kind) {
	case PH_STREAM_INHERIT:
	case PH_STREAM_NULL:
		return true;
	case PH_STREAM_FILE:
		return stream->path;
	case PH_STREAM_APPEND:
		return stream->path && number != 0;
	case PH_STREAM_FD:
		return stream->fd >= 0;
	case PH_STREAM_PIPE:
		return stream->ret_fd;
	case PH_STREAM_TO_OUT:
		return number == ERR;
	default:
		return false;
	}
}

static bool are_descriptors_sane(const struct ph_spawn_options *options)
{
	if (!is_stream_sane(&options->in, 0) || !is_stream_sane(&options->out, OUT) ||
	    !is_stream_sane(&options->err, ERR))
		return false;
	if (has(options, PH_SPAWN_DIRECTORY_FD) && options->directory_fd < 0)
		return false;
	if (has(options, PH_SPAWN_TERMINAL | PH_SPAWN_FOREGROUND) && options->terminal < 0)
		return false;
	if (has(options, PH_SPAWN_CGROUP) && options->cgroup < 0)
		return false;
	return options->fds_count == 0 || (options->fds && options->fds_count <= INT_MAX / 2);
}

static bool are_lists_sane(const struct ph_spawn_options *options)
{
	return (options->groups_count == 0 || (options->groups && has(options, PH_SPAWN_GROUPS))) &&
	       (options->limits_count == 0 || options->limits) &&
	       (options->cpus_count == 0 || (options->cpus && options->cpus_count <= MOST_CPUS)) &&
	       (options->uid_map_count == 0 || options->uid_map) &&
	       (options->gid_map_count == 0 || options->gid_map) &&
	       (options->namespaces & PH_NS_USER ||
		options->uid_map_count + options->gid_map_count == 0);
}

static bool is_sane(const struct ph_spawn_options *options)
{
	if (options->flags & ~ALL_FLAGS || options->namespaces >> NAMESPACES)
		return false;
	if (!are_descriptors_sane(options) || !are_lists_sane(options))
		return false;
	/* who leads a session leads its group, and has no terminal but by wish */
	if (has(options, PH_SPAWN_NEW_SESSION) && options->group != 0)
		return false;
	if (has(options, PH_SPAWN_NEW_GROUP) && options->group != 0)
		return false;
	if (has(options, PH_SPAWN_TERMINAL) && !has(options, PH_SPAWN_NEW_SESSION))
		return false;
	if (has(options, PH_SPAWN_GROUPS) && has(options, PH_SPAWN_KEEP_GROUPS))
		return false;
	/* for the kernel that is to leave it as it is */
	if ((has(options, PH_SPAWN_UID) && options->uid == UINT32_MAX) ||
	    (has(options, PH_SPAWN_GID) && options->gid == UINT32_MAX))
		return false;
	if (has(options, PH_SPAWN_UMASK) && options->umask > 0777)
		return false;
	if (has(options, PH_SPAWN_NICE) && (options->nice < -20 || options->nice > 19))
		return false;
	if (has(options, PH_SPAWN_OOM_SCORE) &&
	    (options->oom_score < -1000 || options->oom_score > 1000))
		return false;
	return options->group >= 0 && options->pid >= 0 && options->death_signal >= 0 &&
	       options->death_signal <= HIGHEST_SIGNAL;
}

static void note_source(struct ph_plan *plan, int fd)
{
	if (fd > plan->highest_source)
		plan->highest_source = fd;
}

static void add_move(struct ph_plan *plan, int from, int to, bool is_callers)
{
	int at = plan->moves_count++;

	/* most come in order; NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	for (; at > 0 && plan->moves[at - 1].to > to; at--)
		plan->moves[at] = plan->moves[at - 1];
	plan->moves[at] = (struct ph_move){ .from = from, .to = to, .is_callers = is_callers };
	note_source(plan, from);
	if (to > plan->highest_target)
		plan->highest_target = to;
}

/* The other end of a FIFO may be long in coming: a signal is not to end the wait. */
static int open_again(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, FILE_MODE);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int open_null(struct ph_plan *plan)
{
	if (plan->null < 0)
		plan->null = open_again("/dev/null", O_RDWR);
	return plan->null < 0 ? -errno : plan->null;
}

static int open_file(struct ph_plan *plan, int number, const char *path, int how)
{
	int flags = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | how;
	int fd = open_again(path, flags);

	plan->opened[number] = fd;
	return fd < 0 ? -errno : fd;
}

static int open_pipe(struct ph_plan *plan, int number)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	plan->opened[number] = ends[number == 0 ? 0 : 1];
	plan->callers[number] = ends[number == 0 ? 1 : 0];
	return plan->opened[number];
}

/* Return: the descriptor, or -errno */
static int open_stream(struct ph_plan *plan, const struct ph_stream *stream, int number)
{
	switch (stream->kind) {
	case PH_STREAM_NULL:
		return open_null(plan);
	case PH_STREAM_FILE:
		return open_file(plan, number, stream->path, O_TRUNC);
	case PH_STREAM_APPEND:
		return open_file(plan, number, stream->path, O_APPEND);
	case PH_STREAM_PIPE:
		return open_pipe(plan, number);
	default:
		return stream->fd;
	}
}

static int plan_stream(struct ph_plan *plan, const struct ph_stream *stream, int number)
{
	int from;

	if (stream->kind == PH_STREAM_INHERIT || stream->kind == PH_STREAM_TO_OUT)
		return 0;
	from = open_stream(plan, stream, number);
	if (from < 0)
		return ph_plan_fail(plan, from, PH_STEP_STREAM, number);
	add_move(plan, from, number, stream->kind == PH_STREAM_FD);
	return 0;
}

/* Where out comes from, if it does not come from the caller's. */
static void send_err_to_out(struct ph_plan *plan)
{
	for (int i = 0; i < plan->moves_count; i++)
		if (plan->moves[i].to == OUT) {
			add_move(plan, plan->moves[i].from, ERR, plan->moves[i].is_callers);
			return;
		}
	add_move(plan, OUT, ERR, /* is_callers= */ true);
}

static int plan_moves(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	int r;

	if (options->fds_count > PH_MOVES_INLINE - STREAMS) {
		plan->moves = reallocarray(NULL, (size_t)options->fds_count + STREAMS,
					   sizeof(*plan->moves));
		if (!plan->moves)
			return ph_plan_fail(plan, -ENOMEM, PH_STEP_MEMORY, 0);
	}
	r = plan_stream(plan, &options->in, 0);
	if (r == 0)
		r = plan_stream(plan, &options->out, OUT);
	if (r == 0)
		r = plan_stream(plan, &options->err, ERR);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < options->fds_count; i++) {
		if (options->fds[i].child < 0 || options->fds[i].from < 0)
			return ph_plan_fail(plan, -EINVAL, PH_STEP_OPTIONS, 0);
		add_move(plan, options->fds[i].from, options->fds[i].child, /* is_callers= */ true);
	}
	if (options->err.kind == PH_STREAM_TO_OUT)
		send_err_to_out(plan);
	for (int i = 1; i < plan->moves_count; i++)
		if (plan->moves[i].to == plan->moves[i - 1].to)
			return ph_plan_fail(plan, -EINVAL, PH_STEP_OPTIONS, 0);
	return 0;
}

static int compare_target(const void *key, const void *move)
{
	int fd = *(const int *)key, to = ((const struct ph_move *)move)->to;

	return (fd > to) - (fd < to);
}

static void find_collisions(struct ph_plan *plan)
{
	for (int i = 0; i < plan->moves_count; i++) {
		struct ph_move *move = &plan->moves[i];

		move->is_in_the_way = move->from != move->to &&
				      bsearch(&move->from, plan->moves, (size_t)plan->moves_count,
					      sizeof(*plan->moves), compare_target);
	}
}

static void plan_spares(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;

	if (has(options, PH_SPAWN_DIRECTORY_FD))
		plan->spares[PH_SPARE_DIRECTORY] = options->directory_fd;
	if (has(options, PH_SPAWN_TERMINAL | PH_SPAWN_FOREGROUND))
		plan->spares[PH_SPARE_TERMINAL] = options->terminal;
	if (has(options, PH_SPAWN_CGROUP))
		plan->spares[PH_SPARE_CGROUP] = options->cgroup;
	for (int i = 0; i < PH_SPARES; i++)
		note_source(plan, plan->spares[i]);
}

/* "bin/x" from where the caller is, for a child that will be elsewhere */
static int make_absolute(struct ph_plan *plan)
{
	char directory[PATH_MAX];
	size_t length;

	if (!getcwd(directory, sizeof(directory)))
		return ph_plan_fail(plan, -errno, PH_STEP_EXEC, 0);
	length = strlen(directory);
	plan->own_program = malloc(length + 1 + strlen(plan->program) + 1);
	if (!plan->own_program)
		return ph_plan_fail(plan, -ENOMEM, PH_STEP_MEMORY, 0);
	memcpy(plan->own_program, directory, length);
	plan->own_program[length] = '/';
	memcpy(plan->own_program + length + 1, plan->program, strlen(plan->program) + 1);
	plan->program = plan->own_program;
	return 0;
}

static int plan_program(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	char *const *base = options->environment;
	int r;

	if (!base && !has(options, PH_SPAWN_CLEAR_ENV))
		base = environ;
	r = ph_environment_make(base, options->set, &plan->environment, &plan->own_environment);
	if (r < 0)
		return ph_plan_fail(plan, r, PH_STEP_MEMORY, 0);

	plan->program = options->executable ? options->executable : plan->argv[0];
	if (!strchr(plan->program, '/')) {
		plan->path = ph_environment_path(plan->environment);
		return 0;
	}
	if (plan->program[0] != '/' && !options->root &&
	    (options->directory || has(options, PH_SPAWN_DIRECTORY_FD)))
		return make_absolute(plan);
	return 0;
}

int ph_plan_make(struct ph_plan *plan, char *const argv[], const struct ph_spawn_options *options)
{
	int r;

	ph_plan_begin(plan, argv, options);
	if (!argv || !argv[0] || !is_sane(options))
		return ph_plan_fail(plan, -EINVAL, PH_STEP_OPTIONS, 0);

	plan->changes_credentials = options->capabilities != 0 ||
				    has(options, PH_SPAWN_UID | PH_SPAWN_GID | PH_SPAWN_GROUPS);
	r = plan_program(plan);
	if (r < 0)
		return r;
	r = plan_moves(plan);
	if (r < 0)
		return r;
	find_collisions(plan);
	plan_spares(plan);
	return 0;
}

void ph_plan_deliver(struct ph_plan *plan)
{
	const struct ph_spawn_options *options = plan->options;
	const struct ph_stream *streams[] = { &options->in, &options->out, &options->err };

	for (int i = 0; i < STREAMS; i++)
		if (plan->callers[i] >= 0)
			*streams[i]->ret_fd = ph_take_fd(&plan->callers[i]);
}

void ph_plan_release(struct ph_plan *plan)
{
	for (int i = 0; i < STREAMS; i++) {
		ph_closep(&plan->opened[i]);
		ph_closep(&plan->callers[i]);
	}
	ph_closep(&plan->null);
	if (plan->moves != plan->moves_inline)
		free(plan->moves);
	free(plan->own_environment);
	free(plan->own_program);
}
