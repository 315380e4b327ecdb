/* SPDX-License-Identifier: MIT */

/* ph metrics: every metric of the library, as it stands in this process. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "json.h"
#include "message.h"
#include "status.h"
#include "table.h"

enum format { FORMAT_TABLE, FORMAT_MDOC };

struct metrics_options {
	int format;
	bool prometheus;
};

#define FIELD(name) offsetof(struct metrics_options, name)

static const struct option_spec options[] = {
	{ 0, "prometheus", NULL, "In the text format of Prometheus", OPTION_FLAG,
	  FIELD(prometheus) },
	{ 0, "format", "FORMAT", "table, or mdoc as in the manual", OPTION_WORD, FIELD(format),
	  .words = "table mdoc" },
	{ 0 },
};

static const struct metrics_options defaults = { .format = FORMAT_TABLE };

static const struct table_column columns[] = {
	{ "NAME", 0 },
	{ "KIND", 0 },
	{ "VALUE", SCOLS_FL_RIGHT },
	{ "HELP", SCOLS_FL_TRUNC },
};

struct printing {
	const struct call *call;
	struct libscols_table *table;
};

static const char *kind_of(const struct ph_metric *metric)
{
	return metric->kind == PH_GAUGE ? "gauge" : "counter";
}

static void print_json(const struct ph_metric *metric)
{
	struct json_object *object = json_line();

	json_add_text(object, "name", metric->name);
	json_add_text(object, "kind", kind_of(metric));
	json_add_int(object, "value", (int64_t)metric->value);
	json_add_text(object, "help", metric->help);
	json_end(object);
}

static void print_row(struct libscols_table *table, const struct ph_metric *metric)
{
	char value[32];
	const char *cells[] = { metric->name, kind_of(metric), value, metric->help };

	(void)snprintf(value, sizeof(value), "%" PRIu64, metric->value);
	table_add(table, cells, LENGTH(cells));
}

static int print(const struct ph_metric *metric, void *arg)
{
	struct printing *printing = arg;
	const struct metrics_options *own = printing->call->options;

	if (printing->call->json)
		print_json(metric);
	else if (own->format == FORMAT_MDOC)
		(void)printf(".It Li %s Pq %s\n%s\n", metric->name, kind_of(metric), metric->help);
	else
		print_row(printing->table, metric);
	return 0;
}

static int print_prometheus(const struct call *call)
{
	size_t size = (size_t)ph_metrics_text(NULL, 0) + 1;
	PH_CLEANUP(ph_freep) char *text = malloc(size);

	if (!text) {
		message(call, "out of memory");
		return STATUS_FAILED;
	}
	(void)ph_metrics_text(text, size);
	(void)fputs(text, stdout);
	return STATUS_OK;
}

static int run(struct call *call)
{
	const struct metrics_options *own = call->options;
	struct printing printing = { .call = call };

	if (call->count > 0)
		return usage_error(call, call->operands[0], "this verb takes no operands");
	if (own->prometheus && (call->json || own->format != FORMAT_TABLE))
		return usage_error(call, "--prometheus", "one format at a time");
	if (own->prometheus)
		return print_prometheus(call);
	if (!call->json && own->format == FORMAT_TABLE)
		printing.table = table_new(columns, LENGTH(columns));
	(void)ph_metric_each(print, &printing);
	if (printing.table)
		table_end(printing.table);
	return STATUS_OK;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.operands = "",
	.summary = "Show the metrics of the library, as they begin in a program",
	.examples = {
		{ "ph metrics", "all of them, and what they count" },
		{ "ph metrics --prometheus", "the names that a collector sees" },
		{ "ph kill --metrics=FILE 1234", "those of a run of ph" },
	},
	.options = options,
	.defaults = &defaults,
	.options_size = sizeof(defaults),
	.abilities = VERB_JSON,
	.run = run,
};
