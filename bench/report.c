/* SPDX-License-Identifier: MIT */

#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The budgets of instructions include malloc(3) and its free(3), and were set
 * for one libc, one processor, and no instructions that a hardened build adds
 * to every function. Elsewhere they are shown, and never exceeded.
 */
#if defined(__x86_64__) && defined(__LP64__) && defined(__GLIBC__) && defined(__OPTIMIZE__) && \
	!defined(__CET__) && !defined(__SSP__) && !defined(__SSP_STRONG__) &&                  \
	!defined(__SSP_ALL__)
enum { HOLDS_INSTRUCTIONS = true };
#else
enum { HOLDS_INSTRUCTIONS = false };
#endif

static bool json;

void report_json(bool is_json)
{
	json = is_json;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return (left > right) - (left < right);
}

struct summary {
	double least;
	double median;
};

/* Sorts the samples. */
static struct summary summarise(double *samples, int count)
{
	qsort(samples, (size_t)count, sizeof(*samples), compare);
	return (struct summary){
		.least = samples[0],
		.median = (samples[(count - 1) / 2] + samples[count / 2]) / 2,
	};
}

static const char *in_json(bool is_true)
{
	return is_true ? "true" : "false";
}

/* A value and its budget side by side. */
static void print_budget(double value, int most)
{
	char text[16] = "-";

	if (most >= 0)
		(void)snprintf(text, sizeof(text), "%d", most);
	(void)printf("  %7.4g  %6s", value, text);
}

void report_counts_title(void)
{
	if (json)
		return;
	(void)printf(
		"Counted, for one operation; budgets are of the library\n\n"
		"                               system calls              user instructions\n"
		"                          floor  library  budget      floor  library  budget\n");
}

bool report_counts(const struct operation *operation, const struct counts counts[SIDES])
{
	const struct counts *floor = &counts[FLOOR];
	const struct counts *library = &counts[LIBRARY];
	bool is_over = operation->instructions && library->instructions > operation->instructions;
	bool is_within = library->calls >= operation->calls &&
			 library->calls <= operation->calls + operation->slack &&
			 !(is_over && HOLDS_INSTRUCTIONS && !operation->is_goal);
	const char *tolerated = operation->is_goal ? "over" : "over, which counts elsewhere";
	const char *verdict = is_over ? tolerated : "ok";

	if (json) {
		(void)printf("{\"budget\":\"%s\",\"operation\":\"%s\",\"floor\":\"%s\","
			     "\"floor_calls\":%g,\"calls\":%g,\"exact_calls\":%d,"
			     "\"floor_instructions\":%g,\"instructions\":%g,"
			     "\"most_instructions\":%d,\"within\":%s}\n",
			     operation->budget, operation->name, operation->floor, floor->calls,
			     library->calls, operation->calls, floor->instructions,
			     library->instructions, operation->instructions, in_json(is_within));
		return is_within;
	}
	(void)printf("%-3s %-20s  %5.4g", operation->budget, operation->name, floor->calls);
	print_budget(library->calls, operation->calls);
	(void)printf("  %9.4g", floor->instructions);
	print_budget(library->instructions, operation->instructions ? operation->instructions : -1);
	(void)printf("  %s\n", is_within ? verdict : "OVER");
	return is_within;
}

void report_times_title(int rounds, long batch)
{
	if (json)
		return;
	(void)printf("\nTimed, ns for one operation; %d rounds of floor and library in turn, %ld "
		     "operations each\n\n"
		     "                               floor              library            "
		     "library / floor\n"
		     "                           least   median      least   median     "
		     "leasts  pairs  budget\n",
		     rounds, batch);
}

static const char *verdict(double ratio, double most)
{
	if (most <= 0)
		return "";
	return ratio <= most ? "ok" : "over";
}

void report_times(const struct times *times)
{
	struct summary floor, library, pairs;
	double *ratios = malloc((size_t)times->rounds * sizeof(*ratios));
	char budget[16] = "-";
	double ratio;

	if (!ratios)
		abort();
	for (int i = 0; i < times->rounds; i++)
		ratios[i] = times->ns[LIBRARY][i] / times->ns[FLOOR][i];
	pairs = summarise(ratios, times->rounds);
	floor = summarise(times->ns[FLOOR], times->rounds);
	library = summarise(times->ns[LIBRARY], times->rounds);
	ratio = library.least / floor.least;
	free(ratios);

	if (json) {
		(void)printf("{\"budget\":\"%s\",\"operation\":\"%s\",\"floor\":\"%s\","
			     "\"rounds\":%d,\"floor_least_ns\":%.1f,\"floor_median_ns\":%.1f,"
			     "\"least_ns\":%.1f,\"median_ns\":%.1f,\"ratio_of_leasts\":%.4f,"
			     "\"median_of_ratios\":%.4f,\"most\":%g,\"by\":\"%s\"}\n",
			     times->budget, times->name, times->floor, times->rounds, floor.least,
			     floor.median, library.least, library.median, ratio, pairs.median,
			     times->most, times->by_median ? "pairs" : "leasts");
		return;
	}
	if (times->most > 0)
		(void)snprintf(budget, sizeof(budget), "%.2f%c", times->most,
			       times->by_median ? 'p' : 'l');
	(void)printf("%-3s %-20s  %8.0f %8.0f   %8.0f %8.0f   %8.3f %6.3f  %6s  %s\n",
		     times->budget, times->name, floor.least, floor.median, library.least,
		     library.median, ratio, pairs.median, budget,
		     verdict(times->by_median ? pairs.median : ratio, times->most));
}

static double *copy(const double *from, int count)
{
	double *samples = malloc((size_t)count * sizeof(*samples));

	if (!samples)
		abort();
	memcpy(samples, from, (size_t)count * sizeof(*samples));
	return samples;
}

/* Not of what it is given, which stays as it is. */
static struct summary summarise_copy(const double *from, int count)
{
	double *samples = copy(from, count);
	struct summary summary = summarise(samples, count);

	free(samples);
	return summary;
}

struct pairs report_compare(const double *ns, int count, const double *by, int by_count, int rounds)
{
	struct summary left = summarise_copy(ns, count);
	struct summary right = summarise_copy(by, by_count);
	double *ratios = copy(ns, rounds);
	struct summary pairs;

	for (int i = 0; i < rounds; i++)
		ratios[i] /= by[i];
	pairs = summarise(ratios, rounds);
	free(ratios);
	return (struct pairs){
		.least_ns = left.least,
		.median_ns = left.median,
		.leasts = left.least / right.least,
		.median_of_ratios = pairs.median,
	};
}

void report_starts_title(int batch)
{
	if (json)
		return;
	(void)printf(
		"\nStarted and waited for: a program that ends at once; us for one, %d at a "
		"time, each in turn\n\n"
		"from a parent       by              least   median   by floor: leasts  pairs\n",
		batch);
}

void report_start(const char *place, const char *starter, const struct pairs *pairs)
{
	if (json)
		(void)printf("{\"operation\":\"start and wait\",\"place\":\"%s\",\"by\":\"%s\","
			     "\"least_ns\":%.0f,\"median_ns\":%.0f,\"ratio_of_leasts\":%.4f,"
			     "\"median_of_ratios\":%.4f}\n",
			     place, starter, pairs->least_ns, pairs->median_ns, pairs->leasts,
			     pairs->median_of_ratios);
	else
		(void)printf("%-18s  %-11s  %8.1f %8.1f   %16.3f %6.3f\n", place, starter,
			     pairs->least_ns / 1000, pairs->median_ns / 1000, pairs->leasts,
			     pairs->median_of_ratios);
}

void report_start_missing(const char *place, const char *reason)
{
	if (json)
		(void)printf("{\"operation\":\"start and wait\",\"place\":\"%s\","
			     "\"missing\":\"%s\"}\n",
			     place, reason);
	else
		(void)printf("%-18s  %s\n", place, reason);
}

void report_budgets_title(void)
{
	if (!json)
		(void)printf("\nBudgets of the library, by leasts\n\n");
}

void report_budget(const char *budget, const char *place, const char *by, const char *by_place,
		   const struct pairs *pairs, double most)
{
	if (json)
		(void)printf("{\"budget\":\"%s\",\"operation\":\"start and wait\","
			     "\"place\":\"%s\",\"by\":\"%s\",\"by_place\":\"%s\","
			     "\"ratio_of_leasts\":%.5f,\"median_of_ratios\":%.5f,\"most\":%.5f}\n",
			     budget, place, by, by_place, pairs->leasts, pairs->median_of_ratios,
			     most);
	else
		(void)printf("%-3s  library, %-18s / %-11s, %-12s  %8.4f %8.4f  %8.4f  %s\n",
			     budget, place, by, by_place, pairs->leasts, pairs->median_of_ratios,
			     most, verdict(pairs->leasts, most));
}

void report_switches(const char *name, int delay_ms, long switches)
{
	if (json)
		(void)printf("{\"budget\":\"P14\",\"operation\":\"sleeps\",\"waiter\":\"%s\","
			     "\"ms\":%d,\"voluntary_switches\":%ld}\n",
			     name, delay_ms, switches);
	else
		(void)printf("    %-20s  went to sleep %ld time%s in a wait of %d ms\n", name,
			     switches, switches == 1 ? "" : "s", delay_ms);
}

bool report_bytes(const char *budget, const char *name, double bytes, int most)
{
	bool is_within = bytes <= most;

	if (json)
		(void)printf("{\"budget\":\"%s\",\"operation\":\"%s\",\"bytes\":%g,"
			     "\"most_bytes\":%d,\"within\":%s}\n",
			     budget, name, bytes, most, in_json(is_within));
	else
		(void)printf("%-3s %-20s  %.4g bytes of %d  %s\n", budget, name, bytes, most,
			     is_within ? "ok" : "OVER");
	return is_within;
}

void report_lists_title(void)
{
	if (json)
		return;
	(void)printf("\nListed, us for one process\n\n"
		     "                              least   median    leasts  pairs\n");
}

void report_list(int count, const char *kind, const char *lister, const struct pairs *pairs)
{
	if (json)
		(void)printf("{\"operation\":\"list\",\"count\":%d,\"kind\":\"%s\","
			     "\"by\":\"%s\",\"least_ns\":%.0f,\"median_ns\":%.0f,"
			     "\"leasts\":%.4f,\"pairs\":%.4f}\n",
			     count, kind, lister, pairs->least_ns, pairs->median_ns, pairs->leasts,
			     pairs->median_of_ratios);
	else
		(void)printf("%6d  %-6s %-9s  %8.2f %8.2f  %8.3f %6.3f\n", count, kind, lister,
			     pairs->least_ns / 1e3, pairs->median_ns / 1e3, pairs->leasts,
			     pairs->median_of_ratios);
}

void report_many_title(void)
{
	if (json)
		return;
	(void)printf("\nWaited for many, us of processor time for one end\n\n"
		     "                                  least   median    "
		     "leasts  pairs  budget\n");
}

void report_many(const char *pattern, int count, const char *watcher, const struct pairs *pairs,
		 double most)
{
	if (json) {
		(void)printf("{\"pattern\":\"%s\",\"count\":%d,\"watcher\":\"%s\","
			     "\"least_ns\":%.0f,\"median_ns\":%.0f,\"leasts\":%.4f,"
			     "\"pairs\":%.4f,\"most\":%g}\n",
			     pattern, count, watcher, pairs->least_ns, pairs->median_ns,
			     pairs->leasts, pairs->median_of_ratios, most);
		return;
	}
	(void)printf("%-8s %6d  %-12s  %8.2f %8.2f  %8.3f %6.3f", pattern, count, watcher,
		     pairs->least_ns / 1e3, pairs->median_ns / 1e3, pairs->leasts,
		     pairs->median_of_ratios);
	if (most > 0)
		(void)printf("  %6.2f  %s", most, pairs->median_of_ratios > most ? "over" : "ok");
	(void)printf("\n");
}

void report_ratio(const char *budget, const char *name, double ratio, double most)
{
	if (json) {
		(void)printf("{\"budget\":\"%s\",\"operation\":\"%s\",\"ratio\":%.4f,"
			     "\"most\":%g}\n",
			     budget, name, ratio, most);
		return;
	}
	(void)printf("%-3s  %-36s  %8.3f", budget, name, ratio);
	if (most > 0)
		(void)printf("  %6.2f  %s", most, ratio > most ? "over" : "ok");
	(void)printf("\n");
}
