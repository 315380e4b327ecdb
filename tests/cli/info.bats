#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph info

load helper

setup_file() {
	[ -r /proc/self/stat ] || skip "most facts need /proc"
}

# What ph info says behind this name.
fact() {
	sed -n "s/^  $1   *//p" said
}

@test "facts are those of /proc" {
	start_program ./program one 'two three'
	"$PH" info "$pid" >said
	[ "$(head -n 1 said)" = "$("$PH" find "$pid") program" ]
	[ "$(fact identity)" = "$("$PH" find -v "$pid")" ]
	[ "$(fact command)" = './program -c read -r; : one two three' ]
	[ "$(fact program)" = "$(readlink "/proc/$pid/exe")" ]
	[ "$(fact directory)" = "$PWD" ]
	[ "$(fact root)" = / ]
	[ "$(fact group)" = "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 3)" ]
	[ "$(fact session)" = "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 4)" ]
	[ "$(fact user)" = "$(id -un) ($(id -u))" ]
	[ "$(fact 'group of user')" = "$(id -gn) ($(id -g))" ]
	[ "$(fact threads)" = 1 ]
	[[ $(fact started) =~ ^[0-9-]+T[0-9:]+Z,\ [0-9.a-z]+\ ago$ ]]
	[[ $(fact memory) =~ ^[0-9]+\ KiB\ resident ]]
}

@test "the parent is told with its handle" {
	start
	"$PH" info "$pid" >said
	parent=$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 2)
	[[ $(fact parent) == "$("$PH" find "$parent") "* ]]
}

@test "several are told one after the other, and each failure" {
	start
	first=$pid
	start
	second=$pid
	start
	finish
	run -1 --separate-stderr "$PH" info "$first" "$pid" "$second"
	[[ ${lines[0]} == "$first:"* ]]
	[ "$stderr" = "ph: info: $pid: no such process" ]
	grep -q "^$second:" <<<"$output"
}

@test "-q prints nothing: the exit status says whether they live" {
	need_inode
	start
	handle=$("$PH" find "$pid")
	for target in "$pid" "$handle"; do
		run -0 "$PH" info -q "$target"
		[ -z "$output" ]
	done
	run -4 "$PH" info -q "$pid:$((${handle#*:} + 1))"
	[ -z "$output" ]
	finish
	for target in "$pid" "$handle"; do
		run -1 "$PH" info -q "$target"
		[ -z "$output" ]
	done
	make_name
	run -1 "$PH" info -q "name:$name"
	[ -z "$output" ]
}

@test "a zombie does not live, and is told of" {
	start_zombie
	run -1 "$PH" info -q "$zombie"
	run -0 "$PH" info "$zombie"
	[[ $output == *"ended, and not reaped yet"* ]]
}

@test "objects have everything under its name" {
	start
	"$PH" info --json "$pid" >said
	check_json_lines said
	[ "$(wc -l <said)" -eq 1 ]
	for field in v selector handle pid comm id guarantee ppid pgid sid tty user uid gid state kernel \
		threads rss vsize user_us sys_us start start_ticks age_ms args exe cwd root; do
		grep -q "\"$field\":" said
	done
	grep -q '"args":\["sleep","1000"\]' said
	grep -q "\"start_ticks\":$(started "$pid")," said
	finish
	run -1 --separate-stderr "$PH" info --json "$pid"
	[[ $output == *'"error":{"code":"gone"'* ]]
}

@test "names of any bytes are shown, and steer nothing" {
	start_hostile
	"$PH" info "$pid" >said
	[ "$(LC_ALL=C tr -d '[:print:]\n' <said | wc -c)" -eq 0 ]
	[ "$(head -n 1 said)" = "$("$PH" find "$pid") $escaped" ]
	[ "$(fact program)" = "$PWD/$escaped" ]
	"$PH" info --json "$pid" >said
	check_json_lines said
	[ "$(LC_ALL=C tr -d '[:print:]\n' <said | LC_ALL=C tr -d '\357\277\275' | wc -c)" -eq 0 ]
	grep -q '"comm_b64":"' said
	grep -q '"args_b64":\[' said
}

@test "without operands it is a usage error" {
	run -2 "$PH" info
	run -2 "$PH" info -l 1
}

@test "no line ends in a blank, also where nobody has a name" {
	need_inode
	need_no_sanitizer
	unshare -rm mount -t tmpfs none /proc 2>/dev/null || skip "nothing can be mounted here"
	# shellcheck disable=SC2016
	run -0 unshare -rm bash -c 'mount -t tmpfs none /proc && "$PH" info $$' 3>&-
	run ! grep ' $' <<<"$output"
}
