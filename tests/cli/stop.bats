#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph stop

load helper

# ended_by SIGNAL: the target was ended by it
ended_by() {
	local status=0
	wait "$pid" 2>/dev/null || status=$?
	[ "$status" -eq $((128 + $(kill -l "$1"))) ]
}

need_proc() {
	[ -r /proc/self/stat ] || skip "no /proc"
}

# is_over HANDLE: has it ended, whether it was reaped or not?
is_over() {
	"$PH" wait -q -t 0 "$1" >/dev/null
}

# background WORD...: ph stop in the background, with no signal ignored, as a shell starts it in front.
background() {
	env --default-signal=HUP,INT,QUIT "$PH" stop "$@" >out 2>messages 3>&- &
	stopper=$!
	targets+=("$stopper")
}

# exits STATUS: the ph stop in the background has this exit status.
exits() {
	local status=0
	wait "$stopper" 2>/dev/null || status=$?
	[ "$status" -eq "$1" ]
}

# ---- one process ----

@test "SIGTERM is enough for most, and nothing is said" {
	start
	run -0 "$PH" stop "$pid"
	[ -z "$output" ]
	ended_by TERM
}

@test "it returns when the process has ended, not before" {
	start_listener TERM
	handle=$("$PH" find "$pid")
	background -k inf "$pid"
	hears TERM
	is_alive "$stopper"
	echo 0 >&7
	exits 0
	is_over "$handle"
}

@test "who ignores SIGTERM gets SIGKILL" {
	start_stubborn
	run -0 "$PH" stop --schedule TERM/0/KILL/inf "$pid"
	ended_by KILL
	start_stubborn
	run -0 "$PH" stop -k 10ms "$pid"
	ended_by KILL
}

@test "a grace of 0 is SIGKILL at once" {
	start
	run -0 "$PH" stop -k 0 "$pid"
	ended_by KILL
}

@test "an endless grace never kills" {
	start_listener TERM HUP=3
	background --grace=inf "$pid"
	hears TERM
	kill -HUP "$pid"
	exits 0
	wait "$pid" || [ $? -eq 3 ]
}

@test "--signal is sent first, in every spelling" {
	for words in "-s USR1" "-sSIGUSR1" "--signal=usr1" "--signal $(kill -l USR1)"; do
		start
		# shellcheck disable=SC2086
		run -0 "$PH" stop -k inf $words "$pid"
		ended_by USR1
	done
}

@test "--no-kill gives up after the grace: exit 124, with what it is busy with" {
	need_proc
	start_stubborn
	run -124 "$PH" stop --no-kill -k 0 "$pid"
	[[ $output == "ph: stop: $pid: it still runs (state "?", "*")" ]]
	run -124 "$PH" stop -q --no-kill -k 0 "$pid"
	[ -z "$output" ]
	run -124 --separate-stderr "$PH" stop --json --no-kill -k 0 "$pid"
	[[ $output == *'"signal":"TERM","signo":15,"sent":true,"error":{"code":"timeout","message":"it still runs (state '* ]]
	is_alive "$pid"
}

@test "a schedule is followed, step by step" {
	start_listener HUP INT USR1=3
	run -0 "$PH" stop --schedule HUP/0/int/0ms/SIGUSR1/inf "$pid"
	hears HUP
	hears INT
	wait "$pid" || [ $? -eq 3 ]
	start
	run -0 "$PH" stop --schedule KILL "$pid"
	ended_by KILL
}

@test "a schedule that is wrong sends nothing: exit 2" {
	start
	for steps in "" / TERM/ /5s TERM//KILL TERM/x 0/5s TERM/-1/KILL TERM/5s/ TREM/5s TERM/inf/KILL 5s \
		TERM/5s/KILL/5s/ " TERM/5s" TERM,5s; do
		run -2 "$PH" stop --schedule "$steps" "$pid"
	done
	run -2 "$PH" stop --schedule TREM/5s "$pid"
	[[ $output == *"did you mean TERM?"* ]]
	run -2 "$PH" stop --schedule TERM -k 1 "$pid"
	run -2 "$PH" stop --schedule TERM -s INT "$pid"
	run -2 "$PH" stop --schedule TERM --no-kill "$pid"
	is_alive "$pid"
}

@test "what cannot stop anything is a usage error" {
	start
	run -2 "$PH" stop
	run -2 "$PH" stop -s 0 "$pid"
	run -2 "$PH" stop -k -1 "$pid"
	run -2 "$PH" stop -9 "$pid"
	run -2 "$PH" stop --tree --cgroup "$pid"
	run -2 "$PH" stop "$pid" 0
	run -2 "$PH" stop "$pid" -- -1
	is_alive "$pid"
}

@test "one that is stopped is continued, so that it can act on the signal" {
	need_proc
	start
	kill -STOP "$pid"
	becomes "$pid" T
	run -0 "$PH" stop -k inf "$pid"
	ended_by TERM
}

@test "a zombie has ended" {
	need_proc
	start_unreaped
	run -0 "$PH" stop -k inf "$child"
	[ -z "$output" ]
	run -0 "$PH" stop --json -k inf "$child"
	[[ $output == *'"sent":false,"exit":{"kind":"'* ]]
}

@test "one in uninterruptible sleep is named with its state: exit 124" {
	need_proc
	need_program python3
	[ -r "/proc/$$/task/$$/children" ] || skip "this kernel lists no children"
	mkfifo never ready
	exec 8<>ready
	# the parent sleeps until its child has executed something, which that does after the open
	python3 -c '
import os
print("ready", flush=True)
os.posix_spawn("/bin/true", ["true"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, "never", os.O_RDONLY, 0)])
' >&8 3>&- &
	pid=$!
	targets+=("$pid")
	read -r -t 60 word <&8
	[ "$word" = ready ]
	until [ -n "$(cat "/proc/$pid/task/$pid/children")" ]; do
		is_alive "$pid"
	done
	becomes "$pid" D
	run -124 "$PH" stop --no-kill -k 0 "$pid"
	[[ $output == "ph: stop: $pid: it still runs (state D, uninterruptible sleep"* ]]
	: >never
	wait "$pid" || :
}

# ---- what it is told to stop ----

@test "a number that nobody has is exit 1, or nothing with --missing-ok" {
	start
	finish
	run -1 "$PH" stop "$pid"
	[ "$output" = "ph: stop: $pid: no such process" ]
	run -1 "$PH" stop -q "$pid"
	[ -z "$output" ]
	run -0 "$PH" stop --missing-ok "$pid"
	[ -z "$output" ]
}

@test "a handle whose process is gone is stopped already" {
	start
	handle=$("$PH" find "$pid")
	finish
	run -0 "$PH" stop "$handle"
	[ -z "$output" ]
	run -0 "$PH" stop -n "$handle"
	run -0 "$PH" stop --json "$handle"
	[[ $output == *'"exit":{"kind":"unknown","reason":"it ended before ph looked","source":"none"}}' ]]
}

@test "a pid file whose process is proved to be gone is stopped already" {
	start
	"$PH" pidfile write x.pid "$pid"
	"$PH" find --require-verified @x.pid >/dev/null 2>&1 || skip "no identity can be kept here"
	run -0 "$PH" stop @x.pid
	ended_by TERM
	run -0 "$PH" stop @x.pid
	[ -z "$output" ]
	run -0 "$PH" stop -n @x.pid
	run -0 "$PH" wait @x.pid
	[[ $output == "@x.pid exited, status unknown"* || $output == "@x.pid "* ]]
	run -0 "$PH" stop --json @x.pid
	[[ $output == *'"selector":"@x.pid"'*'"exit":{"kind":"unknown","reason":"it ended before ph looked","source":"none"}}' ]]
	# the identity of one process proves nothing of another
	echo 2147483647 >x.pid
	run -1 "$PH" stop @x.pid
}

@test "a pid file that names nobody is exit 1, and so is one that is missing" {
	start
	finish
	echo "$pid" >x.pid
	run -1 "$PH" stop @x.pid
	[ "$output" = "ph: stop: @x.pid: the process that it names is gone" ]
	run -0 "$PH" stop --missing-ok @x.pid
	[ -z "$output" ]
	run -1 "$PH" stop @missing.pid
	[ "$output" = "ph: stop: @missing.pid: no such file" ]
	run -1 "$PH" stop --missing-ok @missing.pid
}

@test "a stale pid file is exit 4, and nothing is sent" {
	start
	echo "$pid" >x.pid
	touch -d 1971-01-02 x.pid
	run -4 "$PH" stop --missing-ok @x.pid
	[ "$output" = "ph: stop: @x.pid: sleep started after x.pid was written; nothing sent" ]
	run -4 "$PH" stop -n @x.pid
	is_alive "$pid"
}

@test "a handle of another process is stale: exit 4, and nothing is sent" {
	need_inode
	start
	handle=$("$PH" find "$pid")
	run -4 "$PH" stop --missing-ok "$pid:$((${handle#*:} + 1))"
	[[ $output == *"PID $pid is now sleep ($handle); nothing sent" ]]
	is_alive "$pid"
}

@test "not permitted is exit 3, and the others are stopped" {
	need_stranger
	[ "${#nobody[@]}" -gt 0 ] || skip "needs root, to be somebody else"
	start
	theirs=$pid
	run -3 "${nobody[@]}" "$PH" stop -k 0 "$theirs"
	[ "$output" = "ph: stop: $theirs: not permitted" ]
	run -3 "${nobody[@]}" "$PH" stop -n "$theirs"
	run -3 --separate-stderr "${nobody[@]}" "$PH" stop --json "$theirs"
	[[ $output == *'"error":{"code":"not_permitted","message":"not permitted"}}' ]]
	"${nobody[@]}" sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	executes "$pid" sleep
	run -3 "${nobody[@]}" "$PH" stop -k inf "$theirs" "$pid"
	ended_by TERM
	is_alive "$theirs"
}

@test "ph itself, its ancestors and process 1 are refused: exit 5, and nobody is signalled" {
	start
	run -5 "$PH" stop "$pid" $$
	[[ $output == "ph: stop: $$: refused: it is an ancestor of ph"* ]]
	run -5 "$PH" stop "$pid" 1
	[[ $output == "ph: stop: 1: refused: it is process 1"* ]]
	# shellcheck disable=SC2016
	run -5 bash -c 'exec "$1" stop "$2" $$' _ "$PH" "$pid"
	[[ $output == *": refused: it is ph itself"* ]]
	run -5 "$PH" stop -n "$pid" $$
	run -5 --separate-stderr "$PH" stop --json $$
	[[ $output == *'"error":{"code":"refused","message":"refused: it is an ancestor of ph"}}' ]]
	is_alive "$pid"
}

@test "--force stops an ancestor" {
	# shellcheck disable=SC2016
	run -143 bash -c '"$1" stop --force $$; exit 0' _ "$PH"
	[ -z "$output" ]
}

@test "--force stops ph itself, after the others" {
	start
	# shellcheck disable=SC2016
	run -143 bash -c 'exec "$1" stop --force $$ "$2"' _ "$PH" "$pid"
	[ -z "$output" ]
	ended_by TERM
}

@test "several are stopped side by side, and the worst status is the answer" {
	start
	gone=$pid
	finish
	start_stubborn
	stubborn=$pid
	start
	run -124 "$PH" stop --no-kill -k 0 "$gone" "$stubborn" "$pid"
	[[ $output == *"ph: stop: $gone: no such process"* ]]
	[[ $output == *"ph: stop: $stubborn: it still runs"* ]]
	ended_by TERM
	is_alive "$stubborn"
	run -1 "$PH" stop --all -k 0 "$gone" "$stubborn"
}

@test "1,100 targets, with a soft limit of 1,024 descriptors" {
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 1200 ] || skip "the hard limit is too low"
	start_herd 1100
	ulimit -S -n 1024
	"$PH" stop -k inf --json - <herd >out
	[ "$(wc -l <out)" -eq 1100 ]
	[ "$(grep -c '"signal":"TERM","signo":15,"sent":true,"exit":{"kind":"' out)" -eq 1100 ]
	wait "$pid"
}

# ---- trees and cgroups ----

# start_tree: a session with a child, one that ignores SIGHUP, one in a session of its own, and one that
# its parent has left behind. The handles are in tree; the leader is $pid.
start_tree() {
	need_proc
	need_program setsid
	mkfifo ready
	exec 8<>ready
	# shellcheck disable=SC2016
	setsid bash -c '
		sleep 1000 & echo $! >&8
		nohup sleep 1000 & echo $! >&8
		setsid sleep 1000 & echo $! >&8
		(sleep 1000 & echo $! >&8)
		echo stands >&8
		wait' </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	for _ in 1 2 3 4; do
		read -r -t 60 one <&8
		executes "$one" sleep
		"$PH" find "$one" >>tree
	done
	# who has left the last one behind has ended
	read -r -t 60 word <&8
	[ "$word" = stands ]
	"$PH" find "$pid" >>tree
}

@test "--tree stops everybody in a tree, and says what it cannot know" {
	start_tree
	run -0 "$PH" stop --tree -k inf "$pid"
	[ "$output" = "ph: stop: note: processes that left this tree earlier cannot be found; use ph run or --cgroup" ]
	while read -r handle; do
		is_over "$handle"
	done <tree
	ended_by TERM
	run -0 "$PH" stop -q --tree "$(tail -1 tree)"
	[ -z "$output" ]
}

@test "--tree with --json has an object for each, and -n names each" {
	start_tree
	"$PH" stop -q -n --tree "$pid" >out
	[ "$(sed 's/would stop //; s/ .*//' out | sort)" = "$(sort tree)" ]
	while read -r handle; do
		run -124 "$PH" wait -t 0 "$handle"
	done <tree
	"$PH" stop -q -k inf --json --tree "$pid" >out
	check_json_lines out
	[ "$(wc -l <out)" -eq 5 ]
	while read -r handle; do
		grep -q "{\"v\":1,\"selector\":\"$pid\",\"handle\":\"$handle\",.*\"signal\":\"TERM\",.*\"exit\":" out
	done <tree
}

@test "--tree refuses a tree that ph is in, and signals nobody" {
	start
	run -5 "$PH" stop --tree "$pid" $$
	[[ $output == *"$$: refused: it is an ancestor of ph"* ]]
	is_alive "$pid"
}

@test "who does not end in a tree is named" {
	need_program setsid
	mkfifo ready
	exec 8<>ready
	# shellcheck disable=SC2016
	setsid bash -c 'env --ignore-signal=TERM sleep 1000 & echo $! >&8; wait' </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	read -r -t 60 child <&8
	executes "$child" sleep
	handle=$("$PH" find "$child")
	run -124 "$PH" stop -v --tree --no-kill -k 0 "$pid"
	[[ $output == *"ph: stop: $pid: $handle sleep: it still runs"* ]]
	run -0 "$PH" stop -k 0 "$handle"
}

@test "--cgroup stops everybody in the cgroup, wherever it hangs" {
	need_proc
	make_cgroup
	start
	first=$pid
	start_stubborn
	for one in "$first" "$pid"; do
		echo "$one" >"$cgroup/cgroup.procs" || skip "processes cannot be moved here"
	done
	run -0 "$PH" stop -n --cgroup "$first"
	[ "${#lines[@]}" -eq 2 ]
	run -0 "$PH" stop --schedule TERM/0/KILL/inf --cgroup "$first"
	[ -z "$output" ]
	ended_by KILL
	wait "$first" || [ $? -eq 143 ]
}

# ---- what it says ----

@test "--dry-run sends nothing, and has the same exit status" {
	start
	handle=$("$PH" find "$pid")
	run -0 "$PH" stop -n "$pid"
	[ "$output" = "would stop $handle sleep" ]
	run -0 "$PH" stop --dry-run --json "$pid"
	[[ $output == *'"comm":"sleep","signal":null,"signo":0,"sent":false}' ]]
	is_alive "$pid"
	finish
	run -1 "$PH" stop -n "$pid"
}

@test "-v tells what was sent, and how each ended" {
	start_stubborn
	handle=$("$PH" find "$pid")
	run -0 "$PH" stop -v --schedule TERM/0/KILL/inf "$pid"
	[ "${lines[0]}" = "sent SIGTERM to $handle sleep" ]
	[ "${lines[1]}" = "sent SIGKILL to $handle sleep" ]
	[[ ${lines[2]} == "$handle sleep "*" after "*s ]]
	[ "${#lines[@]}" -eq 3 ]
}

@test "an object says what was sent, how it ended, when, and after how long" {
	start
	"$PH" stop -k inf --json "$pid" >out
	check_json_lines out
	grep -Eq '"signal":"TERM","signo":15,"sent":true,"exit":\{"kind":".*"\},"time":"[0-9]{4}-[0-9-]+T[0-9:.]+Z","after_ms":[0-9]+\}$' out
}

@test "progress is for terminals, after a second, and wiped" {
	need_program script
	start_stubborn
	export TERM=xterm
	script -qefc "exec '$PH' stop -k 1h $pid" out </dev/null >/dev/null 2>&1 3>&- &
	stopper=$!
	targets+=("$stopper")
	until grep -q "stop: SIGTERM sent to $pid sleep, KILL in " out 2>/dev/null; do
		is_alive "$stopper"
	done
	kill -KILL "$pid"
	exits 0
	[[ $(tail -c 4 <(grep -v '^Script ' out)) == *$'\e[K' || $(<out) == *$'\r\e[K'* ]]
}

@test "with -q there is no progress" {
	need_program script
	start_stubborn
	export TERM=xterm
	run -124 script -qefc "exec '$PH' stop -q --no-kill -k 1200ms $pid" /dev/null
	[[ $output != *SIGTERM* ]]
}

@test "who interrupts it has his prompt back, and is told who runs on" {
	for signal in TERM INT HUP; do
		rm -f told heard
		start_listener TERM
		background -v -k 1h "$pid"
		hears TERM
		# what ph has told, it knows
		until grep -q "^sent SIGTERM to " out; do
			is_alive "$stopper"
		done
		kill -"$signal" "$stopper"
		exits $((128 + $(kill -l "$signal")))
		[ "$(cat messages)" = "ph: stop: interrupted; nothing more is sent; $pid listener still runs" ]
		is_alive "$pid"
	done
}

@test "who interrupts a stop of several is told how many of them run on" {
	start_listener TERM
	first=$pid
	start_stubborn
	second=$pid
	start
	background -v -k 1h "$first" "$second" "$pid"
	until grep -q " after " out; do
		is_alive "$stopper"
	done
	hears TERM
	kill -TERM "$stopper"
	exits 143
	[ "$(cat messages)" = "ph: stop: interrupted; nothing more is sent; $first listener and 1 more still run" ]
}
