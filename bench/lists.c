/* SPDX-License-Identifier: MIT */

/*
 * Whole lists, one by one and each in turn, of a namespace in which nothing but
 * so many small programs sleeps. Whoever lists is the first process in it.
 */

#include "lists.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if HAVE_LIBPROC2
#include <libproc2/pids.h>
#endif

#include "report.h"
#include "walks.h"

enum {
	/* of those that are too many for more */
	LARGE = 5000,
	LARGE_ROUNDS = 7,
	MOST_ROUNDS = 31,
	MOST_ITEMS = 8,
};

enum kind {
	FULL,
	LIGHT,
	IDS,
	KINDS,
};

enum lister {
	LIST_FLOOR,
	LIST_LIBRARY,
	LIST_LIBPROC2,
	LIST_PS,
	LISTERS,
};

static const char *const listers[LISTERS] = { "floor", "library", "libproc2", "ps" };

struct row {
	const char *name;
	enum walk walk;
	/* what ps(1) is asked for */
	const char *format;
#if HAVE_LIBPROC2
	enum pids_item items[MOST_ITEMS];
	int count;
#endif
};

static const struct row rows[KINDS] = {
	[FULL] = {
		.name = "full",
		.walk = WALK_FULL,
		.format = "pid,ppid,euid,comm,lstart,args",
#if HAVE_LIBPROC2
		.items = { PIDS_ID_PID, PIDS_ID_PPID, PIDS_ID_EUID, PIDS_CMD, PIDS_TIME_START,
			   PIDS_CMDLINE_V },
		.count = 6,
#endif
	},
	[LIGHT] = {
		.name = "light",
		.walk = WALK_LIGHT,
		.format = "pid,ppid,comm,lstart",
#if HAVE_LIBPROC2
		.items = { PIDS_ID_PID, PIDS_ID_PPID, PIDS_CMD, PIDS_TIME_START },
		.count = 4,
#endif
	},
	[IDS] = {
		.name = "ids",
		.walk = WALK_IDS,
		.format = "pid,ppid,ruid,euid,rgid,egid",
#if HAVE_LIBPROC2
		.items = { PIDS_ID_PID, PIDS_ID_PPID, PIDS_ID_RUID, PIDS_ID_EUID, PIDS_ID_RGID,
			   PIDS_ID_EGID },
		.count = 6,
#endif
	},
};

struct table {
	int count;
	int rounds;
	/* for one process, by round; NULL: it is not there, or could not */
	double *ns[KINDS][LISTERS];
};

#if HAVE_LIBPROC2

static bool list_libproc2(const struct row *row, int count)
{
	enum pids_item items[MOST_ITEMS];
	struct pids_info *info = NULL;

	for (int i = 0; i < row->count; i++)
		items[i] = row->items[i];
	if (procps_pids_new(&info, items, row->count) < 0)
		return false;
	while (procps_pids_get(info, PIDS_FETCH_TASKS_ONLY))
		count--;
	return procps_pids_unref(&info) >= 0 && count <= 0;
}

#else

static bool list_libproc2(const struct row *row, int count)
{
	(void)row;
	(void)count;
	return false;
}

#endif

/* As a script has it: with the start of a program. */
static bool list_ps(const struct row *row)
{
	char *const words[] = { (char *)PS_PATH, (char *)"-e", (char *)"-o", (char *)row->format,
				NULL };
	posix_spawn_file_actions_t actions;
	bool is_started;
	int status;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	is_started = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
						      O_WRONLY, 0) == 0 &&
		     posix_spawn(&pid, PS_PATH, &actions, NULL, words, environ) == 0;
	(void)posix_spawn_file_actions_destroy(&actions);
	return is_started && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static bool is_there(enum lister lister)
{
	switch (lister) {
	case LIST_LIBPROC2:
		return HAVE_LIBPROC2;
	case LIST_PS:
		return PS_PATH[0] != '\0';
	default:
		return true;
	}
}

static bool list(enum kind kind, enum lister lister, int count)
{
	switch (lister) {
	case LIST_LIBPROC2:
		return list_libproc2(&rows[kind], count);
	case LIST_PS:
		return list_ps(&rows[kind]);
	default:
		return walks[rows[kind].walk].many[lister == LIST_LIBRARY ? LIBRARY : FLOOR](count);
	}
}

static double now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Who goes first changes with the round. Return: false if it went wrong */
static bool measure_round(struct table *table, enum kind kind, int round)
{
	for (int i = 0; i < LISTERS; i++) {
		enum lister lister = (enum lister)((i + round) % LISTERS);
		double start;

		if (!table->ns[kind][lister])
			continue;
		start = now_ns();
		if (!list(kind, lister, table->count))
			return false;
		table->ns[kind][lister][round] = (now_ns() - start) / table->count;
	}
	return true;
}

static struct pairs compare(const struct table *table, enum kind kind, enum lister lister,
			    enum kind by_kind, enum lister by)
{
	return report_compare(table->ns[kind][lister], table->rounds, table->ns[by_kind][by],
			      table->rounds, table->rounds);
}

static void report_rows(const struct table *table)
{
	for (enum kind kind = FULL; kind < KINDS; kind++)
		for (enum lister lister = LIST_FLOOR; lister < LISTERS; lister++) {
			struct pairs pairs;

			if (!table->ns[kind][lister])
				continue;
			pairs = compare(table, kind, lister, kind, LIST_FLOOR);
			report_list(table->count, rows[kind].name, listers[lister], &pairs);
		}
}

static const struct budget {
	const char *budget;
	const char *name;
	enum kind kind;
	enum kind by_kind;
	enum lister by;
	double most;
} budgets[] = {
	{ "P15", "full / floor, full", FULL, FULL, LIST_FLOOR, 1.05 },
	{ "P15", "full / libproc2, full", FULL, FULL, LIST_LIBPROC2, 0.80 },
	{ "P16", "light / floor, light", LIGHT, LIGHT, LIST_FLOOR, 1.05 },
	{ "P16", "light / libproc2, light", LIGHT, LIGHT, LIST_LIBPROC2, 0.65 },
	{ "P16", "ids / floor, full", IDS, FULL, LIST_FLOOR, 0.45 },
};

static void report_budgets_of(const struct table *table)
{
	for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
		const struct budget *budget = &budgets[i];

		if (!table->ns[budget->kind][LIST_LIBRARY] ||
		    !table->ns[budget->by_kind][budget->by])
			continue;
		report_ratio(budget->budget, budget->name,
			     compare(table, budget->kind, LIST_LIBRARY, budget->by_kind, budget->by)
				     .leasts,
			     budget->most);
	}
}

static bool measure_table(struct table *table)
{
	for (enum kind kind = FULL; kind < KINDS; kind++)
		for (int round = 0; table->ns[kind][LIST_FLOOR] && round < table->rounds; round++)
			if (!measure_round(table, kind, round))
				return false;
	return true;
}

static bool is_possible(enum kind kind)
{
	const unsigned needs = walks[rows[kind].walk].needs;

	return (ph_features() & needs) == needs;
}

/* In the namespace. Return: 0, or 1 it went wrong */
static int measure_here(void *arg)
{
	struct table *table = arg;
	bool is_right;

	for (enum kind kind = FULL; kind < KINDS; kind++)
		for (enum lister lister = LIST_FLOOR; lister < LISTERS; lister++)
			if (is_possible(kind) && is_there(lister))
				table->ns[kind][lister] =
					calloc((size_t)table->rounds, sizeof(double));
	is_right = measure_table(table);
	if (is_right) {
		report_rows(table);
		report_budgets_of(table);
	}
	for (enum kind kind = FULL; kind < KINDS; kind++)
		for (enum lister lister = LIST_FLOOR; lister < LISTERS; lister++)
			free(table->ns[kind][lister]);
	return !is_right;
}

static int at_most(int rounds, int most)
{
	return rounds < most ? rounds : most;
}

int lists_measure(int rounds, int most)
{
	static const int counts[] = { 1000, 10000 };

	report_lists_title();
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && counts[i] <= most; i++) {
		struct table table = {
			.count = counts[i],
			.rounds = at_most(rounds, counts[i] > LARGE ? LARGE_ROUNDS : MOST_ROUNDS),
		};
		int r = in_a_crowd(counts[i], measure_here, &table);

		if (r != 0)
			return r < 0 ? r : -EPROTO;
	}
	return 0;
}
