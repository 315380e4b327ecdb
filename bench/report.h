/* SPDX-License-Identifier: MIT */

/* Least and median of paired samples, and how they are printed. */

#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

#include "count.h"
#include "operations.h"

/* nanoseconds of one kind of work, on both sides, sample by sample */
struct times {
	const char *budget;
	const char *name;
	const char *floor;
	double *ns[SIDES];
	int rounds;
	/* in units of the floor's time; 0: no budget */
	double most;
	/* the budget is for the median of the pairs, not for the ratio of the leasts */
	bool by_median;
};

void report_json(bool is_json);

void report_counts_title(void);

/* Return: false if a budget is exceeded */
bool report_counts(const struct operation *operation, const struct counts counts[SIDES]);

void report_times_title(int rounds, long batch);

void report_times(const struct times *times);

/* two series of samples, taken in turn */
struct pairs {
	double least_ns;
	double median_ns;
	/* the first by the second */
	double leasts;
	double median_of_ratios;
};

/* @rounds: of both */
struct pairs report_compare(const double *ns, int count, const double *by, int by_count, int rounds);

void report_starts_title(int batch);

void report_start(const char *place, const char *starter, const struct pairs *pairs);

void report_start_missing(const char *place, const char *reason);

void report_budgets_title(void);

/* One line: the library in a place, by something else. */
void report_budget(const char *budget, const char *place, const char *by, const char *by_place,
		   const struct pairs *pairs, double most);

/* Bytes of memory for each that is watched. Return: false if a budget is exceeded */
bool report_bytes(const char *budget, const char *name, double bytes, int most);

void report_lists_title(void);

/* One line: a list of so many, by the floor. */
void report_list(int count, const char *kind, const char *lister, const struct pairs *pairs);

void report_many_title(void);

/* One line: a watcher, by the floor. @most: of the median of the ratios, or 0 */
void report_many(const char *pattern, int count, const char *watcher, const struct pairs *pairs,
		 double most);

void report_ratio(const char *budget, const char *name, double ratio, double most);

void report_switches(const char *name, int delay_ms, long switches);

#endif
