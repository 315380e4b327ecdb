/* SPDX-License-Identifier: MIT */

/* Counters: relaxed atomics, no lock, one row of metrics.def each. */

#ifndef PH_STATE_METRICS_H
#define PH_STATE_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum ph_metric_id {
#define METRIC(id, ...) PH_METRIC_##id,
#include "state/metrics.def"
#undef METRIC
	PH_METRIC_COUNT,
};

extern _Atomic uint64_t ph_metric_values[PH_METRIC_COUNT];

static inline void ph_count(enum ph_metric_id id)
{
	atomic_fetch_add_explicit(&ph_metric_values[id], 1, memory_order_relaxed);
}

/* For gauges only. */
static inline void ph_uncount(enum ph_metric_id id)
{
	atomic_fetch_sub_explicit(&ph_metric_values[id], 1, memory_order_relaxed);
}

struct ph_metric_row {
	const char *name;
	/* PH_COUNTER or PH_GAUGE */
	int kind;
	const char *help;
	const _Atomic uint64_t *value;
};

/*
 * All metrics, those of the settings included, sorted by name; NULL after the
 * last.
 */
const struct ph_metric_row *ph_metric_at(size_t index);

#endif
