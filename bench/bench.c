/* SPDX-License-Identifier: MIT */

/*
 * What the library costs, next to the bare system calls that do the same.
 *
 * Counts first, then times. Floor and library take turns in small batches, so
 * that what else the machine does falls on both; which of the two goes first
 * changes with every round.
 */

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <prochandle.h>

#include "count.h"
#include "latency.h"
#include "lists.h"
#include "many.h"
#include "operations.h"
#include "report.h"
#include "starts.h"
#include "walks.h"
#include "watchers.h"

enum {
	ROUNDS = 31,
	LEAST_ROUNDS = 7,
	MOST_ROUNDS = 100000,
	BATCH = 500,
	/* processes at once: as many as the budgets were set for */
	MANY = 19000,
	LEAST_MANY = 1000,
	MOST_MANY = 1000000,

	/* of memory, for each process that is watched */
	MOST_BYTES = 64,

	/* long enough for the waiter to be asleep */
	SHORT_WAIT_MS = 2,
	LONG_WAIT_MS = 300,

	/* more than are counted, and than a batch: besides the first there are so many */
	COUNTED_CROWD = 40,
	TIMED_CROWD = 1000,
};

enum exit_status {
	STATUS_OK = 0,
	STATUS_OVER = 1,
	STATUS_USAGE = 2,
	STATUS_FAILED = 3,
	/* as test runners understand it */
	STATUS_SKIPPED = 77,
};

struct options {
	bool is_counting_only;
	bool is_starting_only;
	bool is_many_only;
	bool is_listing_only;
	int rounds;
	int most;
	/* NULL, or the operation to repeat for a tool that watches */
	const struct operation *repeat;
	enum side side;
	long times;
};

static const char usage[] =
	"usage: bench [--counts|--spawn|--many|--lists] [--most N] [--json] [--rounds N]\n"
	"       bench --repeat N --side floor|library OPERATION\n"
	"\n"
	"Without arguments: counts calls and instructions, then measures times.\n"
	"  --counts    count only\n"
	"  --spawn     measure nothing but the start of programs\n"
	"  --many      measure nothing but waits for many\n"
	"  --lists     measure nothing but lists of processes\n"
	"  --most N    for N at most, if they are to be had (19000)\n"
	"  --json      print one JSON object a line\n"
	"  --rounds N  measure times in N rounds, 7 at least (31)\n"
	"  --repeat N  do nothing but one operation, N times, for a tool that watches\n"
	"\n"
	"Exit status: 0 each counted budget is kept, 1 one is not, 2 usage, 3 failure,\n"
	"77 it cannot be measured here. Times are shown and never fail.\n";

static double now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static enum exit_status skip(const char *reason)
{
	(void)fprintf(stderr, "bench: skipped: %s\n", reason);
	return STATUS_SKIPPED;
}

static enum exit_status fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "bench: %s: %s\n", what, why);
	return STATUS_FAILED;
}

/* What this kernel has no call for has no floor either. */
static bool is_possible(const struct operation *operation)
{
	return (ph_features() & operation->needs) == operation->needs;
}

static enum exit_status count_each(const struct operation *list, int length,
				   const struct subjects *subjects)
{
	enum exit_status status = STATUS_OK;
	double bytes = watchers_bytes();

	for (int i = 0; i < length; i++) {
		const struct operation *operation = &list[i];
		struct counts counts[SIDES];
		int r = 0;

		if (!is_possible(operation))
			continue;
		for (enum side side = FLOOR; r == 0 && side < SIDES; side++)
			r = count_operation(operation, side, subjects, &counts[side]);
		if (r == -EPERM || r == -ENOTSUP)
			return skip("no tracing of a child by single steps here");
		if (r < 0)
			return fail(operation->name, strerror(-r));
		if (!report_counts(operation, counts))
			status = STATUS_OVER;
	}
	/* 0 or less where malloc(3) does not tell */
	if (bytes > 0 && !report_bytes("P12", "one that is watched", bytes, MOST_BYTES))
		status = STATUS_OVER;
	return status;
}

static int count_walks(void *arg)
{
	const struct subjects none = { .pidfd = -1 };

	(void)arg;
	return (int)count_each(walks, WALKS, &none);
}

static enum exit_status count_everything(const struct subjects *subjects)
{
	enum exit_status status;
	int r;

	report_counts_title();
	status = count_each(operations, OPERATIONS, subjects);
	if (status != STATUS_OK && status != STATUS_OVER)
		return status;
	r = in_a_crowd(COUNTED_CROWD, count_walks, NULL);
	if (r < 0)
		(void)skip("no pid namespace here in which to count walks");
	return r > 0 && r != STATUS_SKIPPED ? (enum exit_status)r : status;
}

/* Who traces and who is traced take turns, which is quicker on one processor. */
static enum exit_status count_all(const struct subjects *subjects)
{
	enum exit_status status;
	cpu_set_t all, one;
	bool can_stay = sched_getaffinity(0, sizeof(all), &all) == 0;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (can_stay)
		(void)sched_setaffinity(0, sizeof(one), &one);
	status = count_everything(subjects);
	if (can_stay)
		(void)sched_setaffinity(0, sizeof(all), &all);
	return status;
}

/* Return: nanoseconds for one of a batch, or -1 */
static double time_batch(const struct operation *operation, enum side side,
			 const struct subjects *subjects)
{
	double start = now_ns();

	if (!operation_repeat(operation, side, subjects, BATCH))
		return -1;
	return (now_ns() - start) / BATCH;
}

static double *new_samples(int rounds)
{
	double *samples = calloc((size_t)rounds, sizeof(*samples));

	if (!samples)
		abort();
	return samples;
}

static enum exit_status time_operation(const struct operation *operation,
				       const struct subjects *subjects, int rounds)
{
	struct times times = {
		.budget = operation->budget,
		.name = operation->name,
		.floor = operation->floor,
		.ns = { new_samples(rounds), new_samples(rounds) },
		.rounds = rounds,
		.most = operation->ratio,
	};
	bool is_right = true;

	for (int i = 0; is_right && i < 2 * rounds; i++) {
		/* floor, library; library, floor; … */
		enum side side = ((i + 1) / 2) % 2 ? LIBRARY : FLOOR;
		double ns = time_batch(operation, side, subjects);

		is_right = ns >= 0;
		times.ns[side][i / 2] = ns;
	}
	if (is_right)
		report_times(&times);
	free(times.ns[FLOOR]);
	free(times.ns[LIBRARY]);
	return is_right ? STATUS_OK : fail(operation->name, "not the expected answer");
}

static enum exit_status time_latency(int rounds)
{
	double *ns[WAITERS] = { new_samples(rounds), new_samples(rounds), new_samples(rounds) };
	/* with the status, which is there after the reap, or without */
	bool has_status = ph_features() & PH_FEATURE_EXIT;
	struct times until_end = {
		.budget = has_status ? "" : "P14",
		.name = "wait / poll, end",
		.floor = "poll(pidfd) until it has ended",
		.rounds = rounds,
		.most = has_status ? 0 : 1.08,
		.by_median = true,
	};
	struct times until_reap = {
		.budget = has_status ? "P14" : "",
		.name = "wait / poll, reap",
		.floor = "poll(pidfd) until it is reaped",
		.rounds = rounds,
		.most = has_status ? 1.08 : 0,
		.by_median = true,
	};
	bool is_right = true;

	for (int i = 0; is_right && i < WAITERS * rounds; i++) {
		/* another one begins each round */
		enum waiter waiter = (enum waiter)((i + i / WAITERS) % WAITERS);
		struct latency latency;

		is_right = latency_measure(waiter, SHORT_WAIT_MS, &latency);
		if (is_right)
			ns[waiter][i / WAITERS] = (double)latency.ns;
	}
	if (is_right) {
		/* reporting sorts the samples: each has its own */
		double *library = new_samples(rounds);

		memcpy(library, ns[WAIT_LIBRARY], (size_t)rounds * sizeof(*library));
		until_end.ns[FLOOR] = ns[WAIT_END];
		until_end.ns[LIBRARY] = ns[WAIT_LIBRARY];
		until_reap.ns[FLOOR] = ns[WAIT_REAP];
		until_reap.ns[LIBRARY] = library;
		report_times(&until_end);
		report_times(&until_reap);
		free(library);
	}
	for (int waiter = 0; waiter < WAITERS; waiter++)
		free(ns[waiter]);
	return is_right ? STATUS_OK : fail("wait", "not the expected answer");
}

/* Whoever looks now and then wakes up more often the longer it takes. */
static enum exit_status count_sleeps(void)
{
	static const char *const names[WAITERS] = {
		[WAIT_END] = "poll for the end",
		[WAIT_REAP] = "poll for the reap",
		[WAIT_LIBRARY] = "ph_wait",
	};
	struct latency latency;

	for (enum waiter waiter = WAIT_END; waiter < WAITERS; waiter++) {
		if (!latency_measure(waiter, LONG_WAIT_MS, &latency))
			return fail("wait", "not the expected answer");
		report_switches(names[waiter], LONG_WAIT_MS, latency.switches);
	}
	return STATUS_OK;
}

static enum exit_status time_starts(int rounds)
{
	return starts_measure(rounds) ? STATUS_OK : fail("start and wait", "it failed");
}

static int time_walks(void *arg)
{
	enum exit_status status = STATUS_OK;

	for (int i = 0; status == STATUS_OK && i < WALKS; i++)
		if (is_possible(&walks[i]))
			status = time_operation(&walks[i], NULL, *(int *)arg);
	return (int)status;
}

static enum exit_status time_all(const struct subjects *subjects, int rounds)
{
	enum exit_status status = STATUS_OK;

	report_times_title(rounds, BATCH);
	for (int i = 0; status == STATUS_OK && i < OPERATIONS; i++)
		if (!operations[i].is_only_counted && is_possible(&operations[i]))
			status = time_operation(&operations[i], subjects, rounds);
	if (status == STATUS_OK && in_a_crowd(TIMED_CROWD, time_walks, &rounds) < 0)
		(void)skip("no pid namespace here in which to time walks");
	if (status == STATUS_OK)
		status = time_latency(rounds);
	if (status == STATUS_OK)
		status = count_sleeps();
	return status == STATUS_OK ? time_starts(rounds) : status;
}

static enum exit_status time_lists(const struct options *options)
{
	int r = lists_measure(options->rounds, options->most);

	if (r == -ENOTSUP)
		return skip("no pid namespace here for so many processes");
	return r < 0 ? fail("lists", strerror(-r)) : STATUS_OK;
}

static enum exit_status repeat(const struct options *options, const struct subjects *subjects)
{
	if (operation_repeat(options->repeat, options->side, subjects, options->times))
		return STATUS_OK;
	return fail(options->repeat->name, "not the expected answer");
}

static enum exit_status run(const struct options *options, const struct subjects *subjects)
{
	enum exit_status counted, timed;

	if (options->repeat)
		return repeat(options, subjects);
	if (options->is_starting_only)
		return time_starts(options->rounds);
	if (options->is_many_only)
		return many_measure(options->rounds, options->most)
			       ? STATUS_OK
			       : fail("waits for many", "it failed");
	if (options->is_listing_only)
		return time_lists(options);
	counted = count_all(subjects);
	if (options->is_counting_only || counted == STATUS_FAILED)
		return counted;
	(void)fflush(stdout);
	timed = time_all(subjects, options->rounds);
	if (timed != STATUS_OK)
		return timed;
	/* half of it could be measured */
	return counted == STATUS_SKIPPED ? STATUS_OK : counted;
}

static bool parse_number(const char *text, long least, long most, long *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtol(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *ret_number >= least &&
	       *ret_number <= most;
}

static bool parse_side(const char *text, enum side *ret_side)
{
	*ret_side = strcmp(text, "library") == 0 ? LIBRARY : FLOOR;
	return *ret_side == LIBRARY || strcmp(text, "floor") == 0;
}

static const struct operation *operation_by_name(const char *name)
{
	for (int i = 0; i < OPERATIONS; i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

static bool parse_option(int letter, struct options *options)
{
	long number;

	switch (letter) {
	case 'c':
		options->is_counting_only = true;
		return true;
	case 'p':
		options->is_starting_only = true;
		return true;
	case 'm':
		options->is_many_only = true;
		return true;
	case 'l':
		options->is_listing_only = true;
		return true;
	case 'w':
		if (!parse_number(optarg, LEAST_MANY, MOST_MANY, &number))
			return false;
		options->most = (int)number;
		return true;
	case 'j':
		report_json(true);
		return true;
	case 'r':
		if (!parse_number(optarg, LEAST_ROUNDS, MOST_ROUNDS, &number))
			return false;
		options->rounds = (int)number;
		return true;
	case 'n':
		return parse_number(optarg, 1, 1000000000, &options->times);
	case 's':
		return parse_side(optarg, &options->side);
	default:
		return false;
	}
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "counts", no_argument, NULL, 'c' },
		{ "spawn", no_argument, NULL, 'p' },
		{ "many", no_argument, NULL, 'm' },
		{ "lists", no_argument, NULL, 'l' },
		{ "most", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "repeat", required_argument, NULL, 'n' },
		{ "side", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "", known, NULL)) >= 0)
		if (!parse_option(letter, options))
			return false;
	if (options->times == 0)
		return optind == argc;
	if (optind != argc - 1)
		return false;
	options->repeat = operation_by_name(argv[optind]);
	return options->repeat;
}

/* What a shell or nohup(1) has blocked or ignored costs a spawn calls of its own. */
static void begin_signals(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };

	(void)sigprocmask(SIG_SETMASK, &action.sa_mask, NULL);
	for (int signo = 1; signo <= SIGRTMAX; signo++)
		(void)sigaction(signo, &action, NULL);
}

int main(int argc, char **argv)
{
	const unsigned needed = PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL | PH_FEATURE_WAIT;
	struct options options = { .rounds = ROUNDS, .most = MANY, .side = LIBRARY };
	enum exit_status status;
	struct subjects subjects;

	begin_signals();
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) < 0 ? STATUS_FAILED : STATUS_OK;
	if (!parse_options(argc, argv, &options)) {
		(void)fputs(usage, stderr);
		return STATUS_USAGE;
	}
	if ((ph_features() & needed) != needed)
		return skip("the library uses no pidfds here");
	if (!subjects_make(&subjects))
		return fail("no processes to measure with", strerror(errno));
	status = run(&options, &subjects);
	subjects_release(&subjects);
	return status;
}
