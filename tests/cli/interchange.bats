#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# PID:INODE, to and from kill, waitpid and getino of util-linux

load helper

# need NAME PATTERN: sets $tool to the first NAME in PATH whose help has the pattern: procps has a kill
# as well, and older ones of util-linux know no inodes.
need() {
	need_inode
	while read -r tool; do
		if "$tool" --help 2>&1 | grep -q -- "$2"; then
			return 0
		fi
	done < <(type -aP "$1")
	skip "no $1 of util-linux is installed that knows inodes"
}

need_kill() {
	need kill '<pid>:<pidfd_ino>'
}

need_waitpid() {
	need waitpid 'PID\[:inode\]'
}

need_getino() {
	need getino 'PID\[:inode\]'
}

# another HANDLE: what it would be if somebody else had the number
another() {
	echo "${1%:*}:$((${1#*:} + 1))"
}

@test "getino prints the handle that ph prints, and takes it" {
	need_getino
	start
	handle=$("$PH" find "$pid")
	[ "$("$tool" --print-pid "$pid")" = "$handle" ]
	[ "$("$tool" "$pid")" = "${handle#*:}" ]
	[ "$("$tool" --print-pid "$handle")" = "$handle" ]
	run ! "$tool" "$(another "$handle")"
	finish
	run ! "$tool" "$handle"
}

@test "ph takes the handle that getino prints" {
	need_getino
	start
	handle=$("$tool" --print-pid "$pid")
	[ "$("$PH" find "$handle")" = "$handle" ]
	[ "$("$PH" find ":$("$tool" "$pid")")" = "$handle" ]
	run -0 "$PH" kill "$handle"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	run -1 "$PH" find "$handle"
}

@test "kill takes the handle that ph prints, and leaves another process alone" {
	need_kill
	start
	handle=$("$PH" find "$pid")
	run ! "$tool" -KILL "$(another "$handle")"
	is_alive "$pid"
	run -0 "$tool" -TERM "$handle"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	run ! "$tool" -TERM "$handle"
}

@test "waitpid takes the handle that ph prints, and does not wait for another process" {
	need_waitpid
	start
	handle=$("$PH" find "$pid")
	run ! "$tool" "$(another "$handle")"
	is_alive "$pid"
	"$tool" "$handle" 3>&- &
	waiter=$!
	targets+=("$waiter")
	holds "$waiter" 1
	finish
	wait "$waiter"
}

@test "ph waits for the handle that getino prints" {
	need_getino
	start
	"$PH" wait "$("$tool" --print-pid "$pid")" >out 2>&1 3>&- &
	waiter=$!
	targets+=("$waiter")
	holds "$waiter" 1
	finish
	wait "$waiter"
}
