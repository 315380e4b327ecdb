/* SPDX-License-Identifier: MIT */

#include "state/metrics.h"

#include <prochandle.h>

#include "state/settings.h"

_Atomic uint64_t ph_metric_values[PH_METRIC_COUNT];

static const struct ph_metric_row rows[] = {
#define METRIC(id, name_, kind_, help_) \
	{ .name = name_, .kind = kind_, .help = help_, .value = &ph_metric_values[PH_METRIC_##id] },
#include "state/metrics.def"
#undef METRIC
};

static const struct ph_metric_row setting_rows[] = {
#define SETTING(id, name_, ...)                                              \
	{ .name = "/prochandle/non-default-behavior/" name_ ":events",       \
	  .kind = PH_COUNTER,                                                \
	  .help = "Times that the setting " name_ " changed what was done.", \
	  .value = &ph_setting_events[PH_SETTING_##id] },
#include "state/settings.def"
#undef SETTING
};

/* where the rows of the settings stand among the others: before "runs" */
enum { BEFORE_SETTINGS = PH_METRIC_RUNS_HELD };

const struct ph_metric_row *ph_metric_at(size_t index)
{
	if (index < BEFORE_SETTINGS)
		return &rows[index];
	index -= BEFORE_SETTINGS;
	if (index < PH_SETTING_COUNT)
		return &setting_rows[index];
	index += BEFORE_SETTINGS - PH_SETTING_COUNT;
	return index < PH_METRIC_COUNT ? &rows[index] : NULL;
}
