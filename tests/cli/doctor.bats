#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph doctor

load helper

@test "every feature has a row" {
	sed -n 's/^FEATURE([A-Z0-9]*, "\([a-z0-9]*\)".*/\1/p' "$BATS_TEST_DIRNAME/../../lib/sys/features.def" |
		sort >wanted
	"$PH" doctor | sed '1,/^FEATURE/d' | cut -d' ' -f1 | sort >shown
	diff wanted shown
	[ -s shown ]
}

@test "version, kernel and guarantee come first" {
	run -0 "$PH" doctor
	[[ ${lines[0]} == "prochandle "*" on Linux $(uname -r)" ]]
	[[ ${lines[1]} =~ ^"a handle on a process here is "(pinned|checked|unchecked)$ ]]
}

@test "what is switched off says what is done instead" {
	export PHDEBUG=pidfd=0
	run -0 "$PH" doctor
	[[ $output =~ pidfd\ +5.3\ (off|unbuilt)\ +handles\ are\ checked ]]
	[[ $output == *"a handle on a process here is checked"* ]]
	PHDEBUG=pidfd=0,procfs=0 run -0 "$PH" doctor
	[[ $output == *"a handle on a process here is unchecked"* ]]
}

@test "problems in the environment are named, harmlessly" {
	export PHDEBUG=$'nosuch=\e[31m,pidfs=maybe'
	run -0 "$PH" doctor
	[[ $output == *'unknown setting in PHDEBUG: nosuch=\x1b[31m'* ]]
	[[ $output == *'invalid value in PHDEBUG: pidfs=maybe'* ]]
}

@test "one object for programs" {
	export PHDEBUG=nosuch=1
	"$PH" doctor --json >out
	[ "$(wc -l <out)" -eq 1 ]
	check_json_lines out
	grep -q '"features":\[{"name":"procfs","kernel":"1.0","state":"' out
	grep -q '"settings":\[{"name":"nosuch","value":"1","problem":"unknown"}\]' out
	grep -Eq '"guarantee":"(pinned|checked|unchecked)"' out
}

@test "no operands" {
	run -2 "$PH" doctor x
}
