#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph settings

load helper

@test "every setting has a row, sorted by name" {
	table=$BATS_TEST_DIRNAME/../../lib/state/settings.def
	sed -n 's/^SETTING([A-Z0-9]*, "\([a-z0-9]*\)".*/\1/p' "$table" >wanted
	"$PH" settings | sed 1d | cut -d' ' -f1 >shown
	diff wanted shown
	[ -s shown ]
	sort -c shown
}

@test "a value has its source" {
	run -0 "$PH" settings pidfd
	[[ ${lines[1]} =~ ^pidfd\ +1\ +default\ +1\ +0\  ]]
	export PHDEBUG=pidfd=0
	run -0 "$PH" settings pidfd
	[[ ${lines[1]} =~ ^pidfd\ +0\ +environment\ +1\ +0\  ]]
	[ "${#lines[@]}" -eq 2 ]
}

@test "unknown names and invalid values in the environment are shown, harmlessly" {
	export PHDEBUG=$'nosuch=\e[31m,pidfd=yes'
	run -0 "$PH" settings
	[[ $output == *'nosuch'*'\x1b[31m'*'(unknown name in PHDEBUG)'* ]]
	[[ $output == *'(invalid value in PHDEBUG)'* ]]
	run -1 "$PH" settings nosuch pidfd --json
	[[ $output == *'"problem":"unknown"'* && $output == *'"problem":"invalid"'* ]]
}

@test "a name that is no setting is exit 1, and the others are shown" {
	run -1 --separate-stderr "$PH" settings nosuch pidfd
	[ "$stderr" = "ph: settings: nosuch: no such setting" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "objects have every column" {
	"$PH" settings --json >out
	check_json_lines out
	grep -q '^{"v":1,"name":"osfinderr","value":"1","source":"default","problem":null,"default":"1","old":"0","changed":null,"help":"[^"]*","events":0}$' out
}

@test "the manual has the same items" {
	run -0 "$PH" settings --format=mdoc
	[ "$(grep -c '^\.It Va ' <<<"$output")" -eq "$("$PH" settings | sed 1d | wc -l)" ]
	run -2 "$PH" settings --format=html
}

@test "a terminal cuts the sentences, a pipe does not" {
	need_program script
	sentence=$("$PH" settings osfinderr --json | sed 's/.*"help":"\([^"]*\)".*/\1/')
	run -0 "$PH" settings osfinderr
	[[ $output == *"$sentence"* ]]
	run -0 script -qec "stty cols 60; '$PH' settings" /dev/null
	for line in "${lines[@]}"; do
		line=${line%$'\r'}
		[ "${#line}" -le 60 ]
	done
}
