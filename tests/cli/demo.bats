#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph demo: the real thing, or no demo.

load helper

# Runs the demo as $nobody in a directory of its own, and looks at what it leaves.
demo() {
	mkdir -m 1777 tmp
	chmod 755 . ..
	TMPDIR=$PWD/tmp "${nobody[@]}" "$PH" demo "$@" >out 2>messages
	[ -z "$(ls -A tmp)" ]
}

need_demo() {
	nobody=()
	[ "${1-}" != nobody ] || need_stranger
	# numbers of the whole system are gone through only where nothing else is possible: not here
	"${nobody[@]}" "$PH" --version >/dev/null
	"${nobody[@]}" unshare -Upf true 2>/dev/null || unshare -pf true 2>/dev/null ||
		skip "no pid namespaces here"
}

check_transcript() {
	[ "$(wc -l <out)" -eq 9 ]
	[ ! -s messages ]
	pid=$(sed -n 's/^1\. "backup" starts as PID \([0-9]*\) .*/\1/p' out)
	handle=$(sed -n '1s/.* handle \([0-9]*:t\{0,1\}[0-9]*\) .*/\1/p' out)
	[ -n "$pid" ]
	[[ $handle == "$pid:"* ]]
	grep -q '^2\. "backup" crashes. The pidfile stays.$' out
	grep -Eq "^3\. .* $pid .*\"payroll\".*\([0-9]+ ms\)$" out
	grep -Eq '^4\. \$ kill \$\(cat backup.pid\) +→  exit 0\.  payroll is DEAD \(SIGTERM\)\. +✗$' out
	grep -Eq "^5\. \\$ ph kill $handle +→  exit 4:  PID $pid is now payroll \($pid:t?[0-9]+\); nothing sent$" out
	grep -Eq '^   \$ ph stop @backup.pid +→  exit 4:  payroll started after backup.pid was written$' out
	grep -Eq '^   payroll is alive\. +✓$' out
	grep -q "^Numbers get re-used; handles do not\." out
	# nothing but what there is
	! grep -Eq 'ph ls' out
}

@test "the number is re-used, kill hits the stranger, ph does not" {
	need_demo
	demo
	check_transcript
}

@test "the same as nobody" {
	need_demo nobody
	demo
	check_transcript
}

@test "the same without inodes, and without pidfds" {
	need_demo
	PHDEBUG=pidfs=0 demo
	grep -q 'handle [0-9]*:t' out
	check_transcript
	rmdir tmp
	PHDEBUG=pidfd=0 demo
	check_transcript
}

@test "the same where pid_max belongs to the whole system" {
	need_demo
	need_program setarch
	setarch --uname-2.6 true 2>/dev/null || skip "no other kernel can be pretended"
	before=$(cat /proc/sys/kernel/pid_max)
	mkdir tmp
	TMPDIR=$PWD/tmp setarch --uname-2.6 "$PH" demo >out 2>messages || {
		grep -q 'gives no number twice' messages && skip "clone3 with set_tid is not possible here"
	}
	grep -q 'set_tid\|ns_last_pid' out
	[ "$(cat /proc/sys/kernel/pid_max)" = "$before" ]
	check_transcript
}

@test "pid_max of this system stays as it is" {
	need_demo
	before=$(cat /proc/sys/kernel/pid_max)
	demo
	[ "$(cat /proc/sys/kernel/pid_max)" = "$before" ]
}

@test "no process is left, even if ph is killed in the middle" {
	need_demo
	mkdir tmp
	# stopped at its first child, which is the stage
	TMPDIR=$PWD/tmp "$PH" demo >out 2>&1 3>&- &
	demo=$!
	targets+=("$demo")
	kill -KILL "$demo"
	wait "$demo" || :
	for comm in /proc/[0-9]*/comm; do
		name=$(cat "$comm" 2>/dev/null) || continue
		if [ "$name" = backup ] || [ "$name" = payroll ]; then
			# it may be ending at this moment, but it ends
			process=${comm#/proc/}
			"$PH" wait -t 60 --missing-ok "${process%/comm}"
		fi
	done
}

@test "a signal ends it, and the directory is gone" {
	need_demo
	mkdir tmp
	TMPDIR=$PWD/tmp "$PH" demo >out 2>&1 3>&- &
	demo=$!
	targets+=("$demo")
	until [ -n "$(ls -A tmp)" ]; do
		is_alive "$demo" || break
	done
	kill -TERM "$demo" 2>/dev/null || :
	status=0
	wait "$demo" || status=$?
	[ "$status" -eq 143 ] || [ "$status" -eq 0 ]
	[ -z "$(ls -A tmp)" ]
}

@test "whenever the signal comes, the directory is gone" {
	need_demo
	mkdir tmp
	at=1 status=143
	while [ "$status" -ne 124 ]; do
		status=0
		TMPDIR=$PWD/tmp "$SIGNAL_AT" $at tmp "$PH" demo >out 2>messages || status=$?
		[ "$status" -ne 77 ] || skip "no process can be traced here"
		[ -z "$(ls -A tmp)" ]
		[ "$status" -eq 143 ] || [ "$status" -eq 124 ]
		[ ! -s messages ]
		at=$((at + 1))
	done
	# making the directory, waiting, and removing it takes some calls
	[ "$at" -gt 10 ]
}

@test "the observed facts as one object" {
	need_demo
	demo --json
	[ "$(wc -l <out)" -eq 1 ]
	check_json_lines out
	grep -q '"by_number":{"command":"kill $(cat backup.pid)",.*"exit":0,"killed_by":"TERM"}' out
	grep -q '"by_handle":{"command":"ph kill",.*"exit":4,"message":"PID [0-9]* is now payroll .*","alive":true},"by_pidfile"' out
	grep -q '"by_pidfile":{"command":"ph stop @backup.pid","exit":4,"message":"payroll started after backup.pid was written; nothing sent","alive":true},"proved":true}' out
}

@test "the same, whatever the umask" {
	need_demo
	umask 000
	demo
	check_transcript
}

@test "a pid file is not asked about where nothing tells that it is stale" {
	need_demo
	need_inode
	PHDEBUG=procfs=0 demo --json
	grep -q '"alive":true},"by_pidfile":{},"proved":true}' out
}

@test "an inherited SIGTERM that is ignored changes nothing" {
	need_demo
	mkdir tmp
	(
		trap '' TERM CHLD
		TMPDIR=$PWD/tmp exec "$PH" demo >out 2>messages
	)
	check_transcript
}

@test "nor does one that comes then" {
	need_demo
	mkdir tmp
	for at in 4 8 12 16; do
		status=0
		(
			trap '' TERM
			TMPDIR=$PWD/tmp exec "$SIGNAL_AT" $at tmp "$PH" demo >out 2>messages
		) || status=$?
		[ "$status" -ne 77 ] || skip "no process can be traced here"
		[ "$status" -eq 0 ]
		check_transcript
		[ -z "$(ls -A tmp)" ]
	done
}

@test "where it cannot be shown it says why: exit 125" {
	run -125 env PHDEBUG=pidfd=0,procfs=0 "$PH" demo
	[[ $output == "ph: demo: cannot be shown here: "* ]]
	run -125 env PHDEBUG=pidfd=0,procfs=0 "$PH" demo --json
	[[ $output == '{"v":1,"error":{"code":"not_supported","message":"'* ]]
}

@test "no operands" {
	run -2 "$PH" demo x
}
