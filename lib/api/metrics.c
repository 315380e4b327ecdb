/* SPDX-License-Identifier: MIT */

/* Metrics, as programs and people see them. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "base/writer.h"
#include "state/metrics.h"

static uint64_t value_of(const struct ph_metric_row *row)
{
	return atomic_load_explicit(row->value, memory_order_relaxed);
}

PH_EXPORT int ph_metric_read(const char *name, uint64_t *ret_value)
{
	const struct ph_metric_row *row;

	if (!name || !ret_value)
		return -EINVAL;
	for (size_t i = 0; (row = ph_metric_at(i)); i++)
		if (strcmp(row->name, name) == 0) {
			*ret_value = value_of(row);
			return 0;
		}
	return -ENOENT;
}

PH_EXPORT int ph_metric_each(int (*callback)(const struct ph_metric *metric, void *arg), void *arg)
{
	const struct ph_metric_row *row;
	int r = 0;

	if (!callback)
		return -EINVAL;
	for (size_t i = 0; r == 0 && (row = ph_metric_at(i)); i++) {
		struct ph_metric metric = {
			.name = row->name,
			.help = row->help,
			.kind = row->kind,
			.value = value_of(row),
		};

		r = callback(&metric, arg);
	}
	return r;
}

/* "/prochandle/finds/missing:finds" is prochandle_finds_missing_finds_total */
static void write_name(struct ph_writer *writer, const struct ph_metric_row *row)
{
	for (const char *at = row->name + 1; *at != '\0'; at++)
		ph_write(writer, "%c", strchr("/:-", *at) ? '_' : *at);
	if (row->kind == PH_COUNTER)
		ph_write(writer, "_total");
}

static void write_metric(struct ph_writer *writer, const struct ph_metric_row *row)
{
	ph_write(writer, "# HELP ");
	write_name(writer, row);
	ph_write(writer, " %s\n# TYPE ", row->help);
	write_name(writer, row);
	ph_write(writer, " %s\n", row->kind == PH_COUNTER ? "counter" : "gauge");
	write_name(writer, row);
	ph_write(writer, " %" PRIu64 "\n", value_of(row));
}

PH_EXPORT int ph_metrics_text(char *buffer, size_t size)
{
	struct ph_writer writer = { .buffer = buffer, .size = size };
	const struct ph_metric_row *row;

	if (!buffer && size > 0)
		return -EINVAL;
	for (size_t i = 0; (row = ph_metric_at(i)); i++)
		write_metric(&writer, row);
	return (int)writer.length;
}
