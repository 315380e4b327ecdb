#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph metrics

load helper

@test "every metric has a row, sorted by name" {
	"$PH" metrics | sed 1d | cut -d' ' -f1 >shown
	sort -c shown
	table=$BATS_TEST_DIRNAME/../../lib/state
	sed -n 's/.*"\(\/prochandle\/[a-z0-9:/-]*\)".*/\1/p' "$table/metrics.def" >wanted
	sed -n 's/^SETTING([A-Z0-9]*, "\([a-z0-9]*\)".*/\/prochandle\/non-default-behavior\/\1:events/p' \
		"$table/settings.def" >>wanted
	diff <(LC_ALL=C sort wanted) <(LC_ALL=C sort shown)
	[ -s shown ]
}

@test "the format of Prometheus has a type for each" {
	run -0 "$PH" metrics --prometheus
	grep -q '^# TYPE prochandle_handles_open[a-z_]* gauge$' <<<"$output"
	grep -Eq '^prochandle_[a-z0-9_]+(\{[^}]*\})? [0-9]+$' <<<"$output"
	[ "$(grep -cvE '^(# (HELP|TYPE) prochandle_|prochandle_[a-z0-9_]+(\{[a-z]+="[a-z0-9]+"\})? [0-9]+$)' <<<"$output")" -eq 0 ]
}

@test "objects have name, kind, value and help" {
	"$PH" metrics --json >out
	check_json_lines out
	grep -q '^{"v":1,"name":"/prochandle/handles/open:handles","kind":"gauge","value":0,"help":"' out
	[ "$(wc -l <out)" -eq "$("$PH" metrics | sed 1d | wc -l)" ]
}

@test "the manual has the same items" {
	run -0 "$PH" metrics --format=mdoc
	[ "$(grep -c '^\.It Li /prochandle/' <<<"$output")" -eq "$("$PH" metrics | sed 1d | wc -l)" ]
}

@test "one format at a time, and no operands" {
	run -2 "$PH" metrics --prometheus --json
	run -2 "$PH" metrics --prometheus --format=mdoc
	run -2 "$PH" metrics x
}
