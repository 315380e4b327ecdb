#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph help and --help

load helper

verbs() {
	"$PH" --help | awk '/^$/ { block++ } block == 1 && NF { print $1 }'
}

# One screen, on stdout, with three examples.
check_screen() {
	[ "${#lines[@]}" -gt 5 ]
	# empty lines count as well
	[ "$(wc -l <<<"$output")" -le 24 ]
	for line in "${lines[@]}"; do
		[ "${#line}" -le 80 ]
	done
	[[ ${lines[0]} == "Usage: ph"* ]]
	[ "$(sed '1,/^Examples:$/d' <<<"$output" | wc -l)" -eq 3 ]
}

@test "every verb has one screen of help, with three examples" {
	[ "$(verbs | wc -l)" -ge 9 ]
	for verb in $(verbs); do
		run -0 --separate-stderr "$PH" "$verb" --help
		[ -z "$stderr" ]
		check_screen
		text=$output
		[ "$("$PH" help "$verb")" = "$text" ]
		[ "$("$PH" "$verb" -h)" = "$text" ]
		[ "$("$PH" --help "$verb")" = "$text" ]
	done
}

@test "ph --help lists the verbs, and no verb of other versions" {
	run -0 --separate-stderr "$PH" --help
	for line in "${lines[@]}"; do
		[ "${#line}" -le 80 ]
	done
	[ "$("$PH" help)" = "$output" ]
	for verb in run find info ls tree watch kill stop wait pidfile settings metrics doctor demo help \
		completion; do
		verbs | grep -qx "$verb"
	done
}

@test "--help wins over operands that are missing" {
	run -0 "$PH" kill --help
	run -0 "$PH" kill -h x
}

@test "help for what is no verb is a usage error" {
	run -2 "$PH" help nosuch
	run -2 "$PH" help kill wait
}
