/* SPDX-License-Identifier: MIT */

/*
 * One poll(2) for all that can happen: the child reads, writes or ends, or time
 * is up. The end is the child's own, never that of a pipe: somebody else may
 * hold a pipe for longer, and the child may close it and go on.
 */

#include "handle/run.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "handle/backend.h"
#include "handle/group.h"
#include "handle/late.h"
#include "handle/run_pipes.h"
#include "handle/spawn.h"
#include "state/metrics.h"

enum {
	/* without a pidfd: the pauses between two looks at the child */
	FIRST_PAUSE_MS = 1,
	LAST_PAUSE_MS = 50,
	/* from the sight of the end to the reap, if somebody else is at it */
	REAP_WAIT_MS = 1000,
	/* what a killed process gets to end */
	KILL_WAIT_MS = 10000,
};

enum phase {
	RUNS,
	TERMINATED,
	KILLED,
	/* the child has ended, and pipes are open */
	DRAINS,
	DONE,
};

enum { IN, OUT, ERR, END, EVENTS };

struct run {
	struct ph_process *process;
	struct ph_exit exit;
	struct ph_feed feed;
	struct ph_capture out;
	struct ph_capture err;
	unsigned flags;
	int result;

	enum phase phase;
	/* of the phase */
	struct ph_deadline deadline;
	int64_t grace_ms;
	int64_t drain_ms;
	bool leads_group;

	struct pollfd events[EVENTS];
	/* if the end is not among them: when to look for it, and again */
	bool looks_at_intervals;
	struct ph_deadline look;
	int pause_ms;
	int cancel_state;
};

static bool has_open_captures(const struct run *run)
{
	return run->out.fd >= 0 || run->err.fd >= 0;
}

static int begin_stream(struct ph_stream *stream, struct ph_capture *capture, size_t limit)
{
	/* the caller's choice wins */
	if (stream->kind != PH_STREAM_INHERIT)
		return 0;
	*stream = PH_PIPE(&capture->fd);
	return ph_capture_begin(capture, limit);
}

/* Return: 0, or -ENOMEM */
static int begin(struct run *run, struct ph_spawn_options *options, const struct ph_output *output)
{
	int r;

	if (output->input_size > 0)
		options->in = PH_PIPE(&run->feed.fd);
	else if (options->in.kind == PH_STREAM_INHERIT)
		options->in = PH_NULL;
	r = begin_stream(&options->out, &run->out, output->limit);
	if (r == 0)
		r = begin_stream(&options->err, &run->err, output->limit);
	return r;
}

/* Also from a thread that is being cancelled. */
static void release(struct run *run)
{
	ph_feed_end(&run->feed);
	ph_capture_end(&run->out);
	ph_capture_end(&run->err);
	if (run->process)
		ph_process_unref(run->process);
	run->process = NULL;
}

/*
 * To the child, or to the group that it was made the leader of: unless it has
 * gone to another one, which is none of our business.
 */
static int send_signal(struct run *run, int signo)
{
	struct ph_process *process = run->process;
	int r = -ENOTSUP;

	if (run->leads_group && ph_sys_getpgid(process->pid) == process->pid)
		r = ph_group_kill(process, signo, false);
	if (r < 0)
		r = process->backend->kill(process, signo);
	ph_count(r == 0 ? PH_METRIC_SIGNALS_SENT : PH_METRIC_SIGNALS_REFUSED);
	return r;
}

/* It may not be signalled, or does not end: nothing is left to be done. */
static void leave(struct run *run)
{
	run->flags |= PH_RUN_LEFT;
	(void)ph_capture_rest(&run->out);
	(void)ph_capture_rest(&run->err);
	run->phase = DONE;
	ph_count(PH_METRIC_RUNS_LEFT);
}

static void end_by_force(struct run *run)
{
	int r = send_signal(run, SIGKILL);

	if (r == 0) {
		run->flags |= PH_RUN_KILLED;
		ph_count(PH_METRIC_RUNS_KILLED);
	}
	run->phase = KILLED;
	run->deadline = ph_deadline_after(KILL_WAIT_MS);
	if (r < 0 && r != -ESRCH)
		leave(run);
}

static void terminate(struct run *run)
{
	int r;

	run->flags |= PH_RUN_TIMED_OUT;
	run->result = -ETIMEDOUT;
	ph_count(PH_METRIC_RUNS_TIMEDOUT);
	if (run->grace_ms < 0) {
		end_by_force(run);
		return;
	}
	r = send_signal(run, SIGTERM);
	if (r < 0 && r != -ESRCH) {
		end_by_force(run);
		return;
	}
	/* one that is stopped could not even die */
	(void)send_signal(run, SIGCONT);
	run->phase = TERMINATED;
	run->deadline = ph_deadline_after(run->grace_ms);
}

static void stop_draining(struct run *run)
{
	bool out_was_at_end = ph_capture_rest(&run->out);
	bool err_was_at_end = ph_capture_rest(&run->err);

	if (!out_was_at_end || !err_was_at_end) {
		run->flags |= PH_RUN_PIPES_HELD;
		ph_count(PH_METRIC_RUNS_HELD);
	}
	run->phase = DONE;
}

static void time_is_up(struct run *run)
{
	switch (run->phase) {
	case RUNS:
		terminate(run);
		break;
	case TERMINATED:
		end_by_force(run);
		break;
	case KILLED:
		leave(run);
		break;
	default:
		stop_draining(run);
	}
}

/* It cannot go on: the child is not to, either. */
static void fail(struct run *run, int error)
{
	run->result = error;
	if (run->phase < KILLED)
		end_by_force(run);
	else if (run->phase == DRAINS)
		stop_draining(run);
	else
		leave(run);
}

static void serve_capture(struct run *run, struct ph_capture *capture, const struct pollfd *event)
{
	if (!event->revents || capture->fd < 0)
		return;
	if (!(event->revents & POLLIN)) {
		/* nothing in it, and nobody to write more */
		ph_capture_close(capture);
	} else if (ph_capture_some(capture) < 0) {
		/* in this order: it is not to die of a pipe */
		fail(run, -ENOMEM);
		ph_capture_cut(capture);
	}
	/* it may have been the child that closed it, by its end */
	if (capture->fd < 0 && run->looks_at_intervals) {
		run->pause_ms = FIRST_PAUSE_MS;
		run->look = ph_deadline_after(0);
	}
}

static void serve_pipes(struct run *run)
{
	short in = run->events[IN].revents;

	/* an error: nobody reads any more */
	if (in & POLLERR)
		ph_feed_end(&run->feed);
	else if (in)
		ph_feed_some(&run->feed);
	serve_capture(run, &run->out, &run->events[OUT]);
	serve_capture(run, &run->err, &run->events[ERR]);
}

static void look_later(struct run *run)
{
	/* there is no sleeping on what is ready, and cannot be used now */
	run->events[END].fd = -1;
	run->looks_at_intervals = true;
	run->look = ph_deadline_after(run->pause_ms);
	run->pause_ms = run->pause_ms < LAST_PAUSE_MS / 2 ? run->pause_ms * 2 : LAST_PAUSE_MS;
}

/* Also before it is said that it has not ended in time. */
static bool is_look_due(const struct run *run)
{
	return run->events[END].revents != 0 || ph_deadline_left_ms(run->deadline) == 0 ||
	       (run->looks_at_intervals && ph_deadline_left_ms(run->look) == 0);
}

static void look_for_end(struct run *run)
{
	bool is_seen = run->events[END].revents != 0;
	int r;

	if (!is_look_due(run))
		return;
	r = run->process->backend->wait(run->process, ph_deadline_after(is_seen ? REAP_WAIT_MS : 0),
					&run->exit);
	if (r < 0) {
		if (is_seen || run->looks_at_intervals)
			look_later(run);
		return;
	}
	ph_feed_end(&run->feed);
	run->events[END].fd = -1;
	run->looks_at_intervals = false;
	run->look = ph_deadline_after(-1);
	run->phase = DRAINS;
	run->deadline = ph_deadline_after(run->drain_ms < 0 ? 0 : run->drain_ms);
}

/* The thread has been cancelled: nobody is left to whom it would matter. */
static void abandon(void *arg)
{
	struct run *run = arg;

	if (run->phase < DRAINS) {
		(void)send_signal(run, SIGKILL);
		(void)run->process->backend->wait(run->process, ph_deadline_after(KILL_WAIT_MS),
						  &run->exit);
	}
	release(run);
}

/* Return: as poll(2), or -errno */
static int sleep_for(struct run *run, int timeout_ms)
{
	int state, r;

	pthread_cleanup_push(abandon, run);
	(void)pthread_setcancelstate(run->cancel_state, NULL);
	r = poll(run->events, EVENTS, timeout_ms);
	if (r < 0)
		r = -errno;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_cleanup_pop(0);
	return r;
}

static void wait_for_something(struct run *run)
{
	struct ph_deadline next = run->look.at < run->deadline.at ? run->look : run->deadline;
	int r;

	/* closed ones are negative, which poll(2) passes over */
	run->events[IN].fd = run->feed.fd;
	run->events[OUT].fd = run->out.fd;
	run->events[ERR].fd = run->err.fd;
	r = sleep_for(run, ph_deadline_left_ms(next));
	if (r > 0)
		return;
	for (int i = 0; i < EVENTS; i++)
		run->events[i].revents = 0;
	if (r < 0 && r != -EINTR)
		fail(run, r);
}

static void go(struct run *run)
{
	int fd = run->process->backend->pollable(run->process);

	ph_pipe_begin(run->feed.fd);
	ph_pipe_begin(run->out.fd);
	ph_pipe_begin(run->err.fd);
	run->events[IN].events = POLLOUT;
	run->events[OUT].events = run->events[ERR].events = run->events[END].events = POLLIN;
	run->events[END].fd = fd;
	run->looks_at_intervals = fd < 0;
	run->look = ph_deadline_after(fd < 0 ? 0 : -1);
	run->pause_ms = FIRST_PAUSE_MS;

	while (run->phase != DONE) {
		if (run->phase == DRAINS && !has_open_captures(run))
			break;
		wait_for_something(run);
		serve_pipes(run);
		if (run->phase < DRAINS)
			look_for_end(run);
		/* not only if nothing happened: something may happen all the time */
		if (run->phase != DONE && ph_deadline_left_ms(run->deadline) == 0)
			time_is_up(run);
	}
}

static void answer(struct run *run, struct ph_output *output)
{
	if (run->feed.left > 0)
		run->flags |= PH_RUN_INPUT_UNREAD;
	if (run->out.is_truncated)
		run->flags |= PH_RUN_OUT_TRUNCATED;
	if (run->err.is_truncated)
		run->flags |= PH_RUN_ERR_TRUNCATED;
	output->out_size = run->out.size;
	output->out = ph_capture_take(&run->out);
	output->err_size = run->err.size;
	output->err = ph_capture_take(&run->err);
	output->exit = run->exit;
	output->flags = run->flags;
}

int ph_run_program(char *const argv[], struct ph_spawn_options *options, struct ph_output *output,
		   int cancel_state)
{
	struct run run = {
		.feed = { .fd = -1, .data = output->input, .left = output->input_size },
		.out = { .fd = -1 },
		.err = { .fd = -1 },
		.deadline = ph_deadline_after(output->timeout_ms > 0 ? output->timeout_ms : -1),
		.grace_ms = output->grace_ms,
		.drain_ms = output->drain_ms,
		.leads_group = options->flags & (PH_SPAWN_NEW_GROUP | PH_SPAWN_NEW_SESSION),
		.cancel_state = cancel_state,
	};
	int r;

	r = begin(&run, options, output);
	if (r < 0) {
		ph_count(PH_METRIC_SPAWNS_FAILED_MEMORY);
		if (options->failure)
			*options->failure = (struct ph_failure){ .err = r, .step = PH_STEP_MEMORY };
	}
	if (r == 0)
		r = ph_backend_spawn(argv, options, &run.process);
	if (r == 0) {
		go(&run);
		answer(&run, output);
		r = run.result;
	}
	release(&run);
	return r;
}
