/* SPDX-License-Identifier: MIT */

#include "starts.h"

#include <stdio.h>
#include <stdlib.h>

#include "places.h"
#include "report.h"
#include "starters.h"

enum {
	/* at a time, of those that take less than SLOW_NS */
	BATCH = 10,
	SLOW_NS = 5000000,
	/* of the others */
	SLOW_ROUNDS = 7,
};

/* what has been measured of one way to start, in one place */
struct series {
	double *ns;
	int rounds;
	int batch;
};

static struct worker workers[PLACES];
static struct series all[PLACES][STARTERS];

static bool is_measured(enum place place, enum starter starter)
{
	/* the floor has no streams, and stands there for comparison */
	return workers[place].line >= 0 && starters[starter].once &&
	       (!places[place].is_redirected || starters[starter].has_streams ||
		starter == START_FLOOR);
}

/* The first one warms up, and shows how many can be afforded. */
static bool begin(enum place place, enum starter starter, int rounds)
{
	struct series *series = &all[place][starter];
	double ns = worker_time(&workers[place], starter, 1);

	*series = (struct series){ .rounds = rounds, .batch = BATCH };
	if (ns > SLOW_NS) {
		series->batch = 1;
		series->rounds = SLOW_ROUNDS;
	}
	series->ns = calloc((size_t)series->rounds, sizeof(*series->ns));
	if (!series->ns)
		abort();
	return ns >= 0;
}

static bool measure_one(enum place place, enum starter starter, int round)
{
	struct series *series = &all[place][starter];

	if (round >= series->rounds)
		return true;
	series->ns[round] = worker_time(&workers[place], starter, series->batch);
	return series->ns[round] >= 0;
}

/* Each in turn, and another one begins each round. */
static bool measure_round(enum place place, int round)
{
	for (int i = 0; i < STARTERS; i++) {
		enum starter starter = (enum starter)((i + round) % STARTERS);

		if (!is_measured(place, starter))
			continue;
		if (!measure_one(place, starter, round)) {
			(void)fprintf(stderr, "bench: %s, %s: not the expected end\n",
				      places[place].name, starters[starter].name);
			return false;
		}
	}
	return true;
}

static bool measure(int rounds)
{
	for (enum place place = PLACE_SMALL; place < PLACES; place++)
		for (enum starter starter = START_FLOOR; starter < STARTERS; starter++)
			if (is_measured(place, starter) && !begin(place, starter, rounds))
				return false;
	for (int round = 0; round < rounds; round++)
		for (enum place place = PLACE_SMALL; place < PLACES; place++)
			if (!measure_round(place, round))
				return false;
	return true;
}

static struct pairs compare(const struct series *series, const struct series *with)
{
	int rounds = series->rounds < with->rounds ? series->rounds : with->rounds;

	return report_compare(series->ns, series->rounds, with->ns, with->rounds, rounds);
}

static void report_all(void)
{
	report_starts_title(BATCH);
	for (enum place place = PLACE_SMALL; place < PLACES; place++) {
		if (workers[place].missing)
			report_start_missing(places[place].name, workers[place].missing);
		for (enum starter starter = START_FLOOR; starter < STARTERS; starter++) {
			const struct series *series = &all[place][starter];
			const struct series *floor = &all[place][START_FLOOR];
			struct pairs pairs;

			if (!series->ns)
				continue;
			pairs = compare(series, floor->ns ? floor : series);
			report_start(places[place].name, starters[starter].name, &pairs);
		}
	}
}

/* of the library: its least time there by that of something else */
struct budget {
	const char *name;
	enum place place;
	enum place by_place;
	enum starter by;
	double most;
};

static const struct budget budgets[] = {
	{ "P5", PLACE_SMALL, PLACE_SMALL, START_FLOOR, 1.06 },
	{ "P5", PLACE_SMALL, PLACE_SMALL, START_POSIX_SPAWN, 0.97 },
	{ "P5", PLACE_SMALL, PLACE_SMALL, START_PIDFD_SPAWN, 0.90 },
	{ "P6", PLACE_8_GB, PLACE_SMALL, START_LIBRARY, 1.05 },
	{ "P6", PLACE_8_GB, PLACE_8_GB, START_FORK, 1 / 2000. },
	{ "P6", PLACE_8_GB, PLACE_8_GB, START_GLIB, 1 / 2000. },
	{ "P7", PLACE_MANY_FDS, PLACE_SMALL, START_LIBRARY, 1.10 },
	{ "P7", PLACE_MANY_FDS, PLACE_MANY_FDS, START_POSIX_SPAWN, 1 / 12. },
	{ "P7", PLACE_MANY_FDS, PLACE_MANY_FDS, START_PIDFD_SPAWN, 1 / 12. },
	{ "P7", PLACE_MANY_FDS, PLACE_MANY_FDS, START_LIBUV, 1 / 12. },
	{ "P7", PLACE_MANY_FDS, PLACE_MANY_FDS, START_GLIB, 1 / 12. },
	{ "P7", PLACE_MANY_FDS, PLACE_MANY_FDS, START_FORK, 1 / 12. },
	{ "P7b", PLACE_MANY_REDIRECTED, PLACE_SMALL, START_LIBRARY, 1.25 },
	{ "P8", PLACE_TWO_THREADS, PLACE_TWO_THREADS, START_FLOOR, 1.12 },
	{ "P8", PLACE_TWO_THREADS, PLACE_TWO_THREADS, START_POSIX_SPAWN, 0.80 },
};

static void report_budgets(void)
{
	report_budgets_title();
	for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
		const struct budget *budget = &budgets[i];
		const struct series *series = &all[budget->place][START_LIBRARY];
		const struct series *by = &all[budget->by_place][budget->by];
		struct pairs pairs;

		if (!series->ns || !by->ns)
			continue;
		pairs = compare(series, by);
		report_budget(budget->name, places[budget->place].name, starters[budget->by].name,
			      places[budget->by_place].name, &pairs, budget->most);
	}
}

static bool start_workers(void)
{
	bool is_right = true;

	for (enum place place = PLACE_SMALL; is_right && place < PLACES; place++)
		is_right = worker_start(place, &workers[place]);
	return is_right;
}

/* The last one first: it holds copies of the lines to the others. */
static void stop_workers(void)
{
	for (int place = PLACES - 1; place >= 0; place--)
		worker_stop(&workers[place]);
}

bool starts_measure(int rounds)
{
	bool is_right;

	for (int place = 0; place < PLACES; place++)
		workers[place].line = -1;
	is_right = start_workers() && measure(rounds);
	stop_workers();
	if (is_right) {
		report_all();
		report_budgets();
	}
	for (int place = 0; place < PLACES; place++)
		for (int starter = 0; starter < STARTERS; starter++)
			free(all[place][starter].ns);
	return is_right;
}
