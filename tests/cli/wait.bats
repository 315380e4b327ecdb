#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph wait

load helper

# The exit status of a stranger is known only where the kernel tells it.
# wait_for COUNT WORD...: runs ph wait in the background, with its output in out; returns when it holds
# COUNT processes.
wait_for() {
	local count=$1
	shift
	"$PH" wait "$@" >out 2>messages 3>&- 9>&- &
	waiter=$!
	targets+=("$waiter")
	holds "$waiter" "$count"
	# it has read the names as well, and sleeps
	becomes "$waiter" S
}

# waited STATUS: the ph wait in the background ends with that exit status.
waited() {
	local status=0
	wait "$waiter" || status=$?
	[ "$status" -eq "$1" ]
}

need_pidfd() {
	[ "$("$PH" find --json $$ | grep -c '"guarantee":"pinned"')" -eq 1 ] || skip "no pidfds"
}

# Starts a target that exits as it is told: a line with the status goes to descriptor 9.
start_obedient() {
	mkfifo told
	exec 9<>told
	# shellcheck disable=SC2016
	bash -c 'read -r status; exit "$status"' <&9 >/dev/null 3>&- &
	pid=$!
	targets+=("$pid")
}

@test "the exit code of a stranger" {
	need_exit_status
	need_pidfd
	start_obedient
	handle=$("$PH" find "$pid")
	wait_for 1 -x "$pid"
	echo 3 >&9
	wait "$pid" || [ $? -eq 3 ]
	waited 3
	grep -Eqx "$handle bash exited 3 after [0-9]+\.[0-9]s" out
}

@test "the signal of a stranger" {
	need_exit_status
	need_pidfd
	start
	handle=$("$PH" find "$pid")
	ulimit -c 0
	wait_for 1 --exit-status "$handle"
	kill -SEGV "$pid"
	wait "$pid" || [ $? -eq 139 ]
	waited 139
	grep -Eqx "$handle sleep killed by SIGSEGV( \(core dumped\))? after .*" out
}

@test "without -x the exit status is 0, however it ended" {
	need_pidfd
	start
	wait_for 1 "$pid"
	finish
	waited 0
	[ "$(wc -l <out)" -eq 1 ]
}

# What a child runs that has become one of ph by an exec: bash itself would reap it before that.
# shellcheck disable=SC2016
below_ph='until read -r name <"/proc/$PPID/comm" && [ "$name" = ph ]; do :; done; exit'

@test "a child of ph is reaped by it" {
	[ -r /proc/self/comm ] || skip "no /proc"
	run -7 bash -c 'sh -c "$2 7" & exec "$1" wait -x $!' _ "$PH" "$below_ph"
	[[ $output == *" exited 7 after "* ]]
	run -0 bash -c 'sh -c "$2 7" & exec "$1" wait --json $!' _ "$PH" "$below_ph"
	[[ $output == *'"exit":{"kind":"exited","code":7,"source":"reaped"}'* ]]
}

@test "a status that is not known is said to be unknown, with the reason, and is 125 with -x" {
	need_pidfd
	export PHDEBUG=exitinfo=0
	start
	wait_for 1 -x "$pid"
	# stopped first, so that the end is not seen before the reap
	kill -STOP "$waiter"
	finish
	kill -CONT "$waiter"
	waited 125
	grep -q 'exited, status unknown (setting exitinfo=0)' out
}

@test "a parent that does not reap is named" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start_unreaped
	# who may not trace it sees no status; root does, from /proc
	run -0 "$PH" wait --reap-wait 0 "$child"
	[[ $output == *"not reaped yet by PPID $shell)"* || $output == *" exited 0 after "* ||
		$output == *"status unknown (built without pidfds) after "* ]]
	need_pidfd
	need_stranger
	if [ "${#nobody[@]}" -gt 0 ]; then
		run -0 "${nobody[@]}" "$PH" wait --reap-wait 10ms "$child"
		[[ $output == *"exited, status unknown (not reaped yet by PPID $shell) after "* ]]
		run -0 "${nobody[@]}" "$PH" wait --json --reap-wait 0 "$child"
		[[ $output == *'"exit":{"kind":"unknown","reason":"not reaped yet by '* ]]
	fi
}

@test "0 looks once, and a deadline is exit 124" {
	start
	run -124 "$PH" wait -t 0 "$pid"
	[ "$output" = "ph: wait: $pid: it still runs" ]
	run -124 "$PH" wait --timeout=50ms "$pid"
	run -124 "$PH" wait -q -t 0 "$pid"
	[ -z "$output" ]
	run -124 --separate-stderr "$PH" wait --json -t 0 "$pid"
	[[ $output == *'"error":{"code":"timeout"'* ]]
}

@test "a number that nobody has is exit 1, or nothing with --missing-ok" {
	start
	finish
	run -1 "$PH" wait "$pid"
	[ "$output" = "ph: wait: $pid: no such process" ]
	run -0 "$PH" wait --missing-ok "$pid"
	[ -z "$output" ]
}

@test "a handle whose process is gone has what was waited for" {
	start
	handle=$("$PH" find "$pid")
	finish
	run -0 "$PH" wait "$handle"
	[ "$output" = "$handle exited, status unknown (before ph looked)" ]
	run -125 "$PH" wait -x "$handle"
}

@test "a handle of another process is stale: exit 4" {
	need_inode
	start
	handle=$("$PH" find "$pid")
	run -4 "$PH" wait "$pid:$((${handle#*:} + 1))"
	[[ $output == *"PID $pid is now sleep ($handle)" ]]
}

@test "several are reported in the order of their ends" {
	need_pidfd
	start
	first=$pid
	start
	second=$pid
	wait_for 2 "$first" "$second"
	kill -KILL "$second"
	wait "$second" 2>/dev/null || :
	until [ -s out ]; do
		is_alive "$waiter"
	done
	kill -KILL "$first"
	wait "$first" 2>/dev/null || :
	waited 0
	[[ $(sed -n 1p out) == "$second:"* ]]
	[[ $(sed -n 2p out) == "$first:"* ]]
}

@test "--any and --count are content with fewer" {
	# by handle: an end counts, whether it is before or after ph looks
	start
	first=$("$PH" find "$pid")
	start
	second=$("$PH" find "$pid")
	finish
	start
	run -0 "$PH" wait --any "$first" "$second" "$pid"
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "$second "* ]]
	kill -KILL "${first%:*}"
	run -0 "$PH" wait --count 2 "$first" "$second" "$pid"
	[ "${#lines[@]}" -eq 2 ]
	is_alive "$pid"
	run -124 "$PH" wait -q --count 3 -t 0 "$first" "$second" "$pid"
}

@test "-x with several is the first that is not 0" {
	need_exit_status
	run -9 bash -c 'sh -c "$2 9" & a=$!; sh -c "$2 0" & exec "$1" wait -x $a $!' _ "$PH" "$below_ph"
}

@test "hundreds of targets, with a small limit of descriptors" {
	need_pidfd
	list=()
	for _ in {1..100}; do
		start
		list+=("$pid")
	done
	ulimit -S -n 40
	wait_for 100 "${list[@]}"
	kill -KILL "${list[@]}"
	wait "${list[@]}" 2>/dev/null || :
	waited 0
	[ "$(wc -l <out)" -eq 100 ]
}

@test "1,100 targets, with a soft limit of 1,024 descriptors" {
	need_pidfd
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 1200 ] || skip "the hard limit is too low"
	start_herd 1100
	herd=$pid
	"$PH" find - <herd >handles
	ulimit -S -n 1024
	run -124 "$PH" wait -q -t 0 - <handles
	mapfile -t list <handles
	wait_for 1100 "${list[@]}"
	# they end with the one that writes
	exec 9>&-
	waited 0
	wait "$herd"
	[ "$(wc -l <out)" -eq 1100 ]
	diff <(cut -d' ' -f1 out | sort) <(sort handles)
}

@test "without pidfds it looks in intervals, and finds the same" {
	[ -r /proc/self/stat ] || skip "no /proc"
	export PHDEBUG=pidfd=0
	run -124 "$PH" wait -t 60ms $$
	start
	handle=$("$PH" find "$pid")
	"$PH" wait "$handle" >out 3>&- &
	waiter=$!
	targets+=("$waiter")
	finish
	waited 0
	grep -q "^$handle " out
}

@test "objects say how it ended, when, and after how long" {
	need_pidfd
	start
	wait_for 1 --json "$pid"
	finish
	waited 0
	grep -Eq '"exit":\{"kind":"(signaled|unknown)",.*"source":".*"\},"time":"[0-9]{4}-[0-9-]+T[0-9:.]+Z","after_ms":[0-9]+\}$' out
	check_json_lines out
}

# shows LINE COLUMNS: on a terminal that is so wide, ph wait shows such a line, and the end of the target
# after it; all of that is in screen.
shows() {
	rm -f screen
	start
	script -qefc "stty cols $2; exec '$PH' wait -t 1h $pid" screen </dev/null >/dev/null 2>&1 3>&- &
	waiter=$!
	targets+=("$waiter")
	until grep -q "$1" screen 2>/dev/null; do
		is_alive "$waiter"
	done
	finish
	waited 0
}

@test "progress is for terminals, and wiped" {
	need_program script
	need_program stty
	export TERM=xterm
	shows "wait: 0/1 ended, [1-9].* left" 80
	[[ $(<screen) == *" left"$'\e[K'*$'\r\e[K'"$pid:"* ]]
	start
	run -124 script -qec "'$PH' wait -q -t 1200ms $pid" /dev/null
	[[ $output != *ended* ]]
	run -124 "$PH" wait -t 1200ms "$pid"
	[[ $output != *ended* ]]
}

@test "progress is cut at the width of the terminal, where it could not be wiped" {
	need_program script
	need_program stty
	export TERM=xterm
	shows $'\rwait: 0/1 e\e\\[K' 12
	# one that does not say how wide it is
	shows "wait: 0/1 ended, [1-9].* left" 0
}

@test "--bell rings on a terminal only" {
	need_program script
	start
	run -124 script -qec "'$PH' wait --bell -t 0 $pid" /dev/null
	[[ $output == *$'\a'* ]]
	run -124 "$PH" wait --bell -t 0 "$pid"
	[[ $output != *$'\a'* ]]
}

@test "the selectors of stdin are waited for" {
	start
	"$PH" find "$pid" >list
	finish
	run -0 "$PH" wait - <list
}
