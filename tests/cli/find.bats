#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph find

load helper

@test "find prints the handle, which finds the same process again" {
	start
	handle=$("$PH" find "$pid")
	[[ $handle == "$pid:"* ]]
	[ "$("$PH" find "$handle")" = "$handle" ]
	finish
	run -1 "$PH" find "$handle"
	[[ $output == "ph: find: $handle: "* ]]
}

@test "the inode is that of the pidfd, alone it is enough" {
	need_inode
	start
	handle=$("$PH" find "$pid")
	run -0 "$PH" find ":${handle#*:}"
	[ "$output" = "$handle" ]
}

@test "-v adds the boot, and the handle of another boot is stale" {
	[ -r /proc/sys/kernel/random/boot_id ] || skip "no boot id"
	start
	id=$("$PH" find -v "$pid")
	[ "${id#*@}" = "$(cat /proc/sys/kernel/random/boot_id)" ]
	[ "$("$PH" find -v "$id")" = "$id" ]
	run -4 "$PH" find "${id%@*}@00000000-0000-4000-8000-000000000000"
	[[ $output == *"another boot"* ]]
}

@test "without inodes and without /proc there is no handle to print" {
	start
	PHDEBUG=pidfd=0,procfs=0 run -125 "$PH" find "$pid"
	[[ $output == "ph: find: $pid: nothing tells it from its successors here: "* ]]
	finish
}

@test "start times serve where there are no inodes" {
	[ -r /proc/self/stat ] || skip "no /proc"
	export PHDEBUG=pidfs=0
	start
	handle=$("$PH" find "$pid")
	[[ $handle == "$pid:t"* ]]
	[ "$("$PH" find "$handle")" = "$handle" ]
	ticks=${handle#*:t}
	run -4 "$PH" find "$pid:t$((ticks + 1))"
	run -125 "$PH" find "$pid:1"
	[[ $output == *"Linux 6.9"* ]]
}

@test "a handle of another process is stale, and says who has the number" {
	need_inode
	start
	handle=$("$PH" find "$pid")
	wrong=$pid:$((${handle#*:} + 1))
	run -4 "$PH" find "$wrong"
	[ "$output" = "ph: find: $wrong: PID $pid is now sleep ($handle)" ]
}

@test "a number that nobody has is exit 1" {
	start
	finish
	run -1 "$PH" find "$pid"
	[ "$output" = "ph: find: $pid: no such process" ]
}

@test "a zombie is a process" {
	# bash reaps late: the child of a stopped shell is a zombie until then
	mkfifo go
	exec 9<>go
	bash -c 'sleep 0 & echo $! >&9; kill -STOP $$' 3>&- &
	shell=$!
	targets+=("$shell")
	read -r child <&9
	until grep -q '^State:.*Z' "/proc/$child/status" 2>/dev/null; do
		is_alive "$shell"
	done
	run -0 "$PH" find "$child"
}

@test "the id of a thread is refused, naming the process" {
	need_program python3
	mkfifo ready
	python3 -c '
import threading, time
t = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
t.start()
print(t.native_id, flush=True)
t.join()
' >ready 3>&- &
	pid=$!
	targets+=("$pid")
	read -r tid <ready
	for verb in find kill wait; do
		run -1 "$PH" "$verb" "$tid"
		[ "$output" = "ph: $verb: $tid: a thread of process $pid, not a process; use $pid" ]
	done
	is_alive "$pid"
}

@test "objects have selector, handle, pid, name and guarantee; failures have an error" {
	start
	handle=$("$PH" find "$pid")
	run -0 --separate-stderr "$PH" find --json "$pid"
	[[ $output == '{"v":1,"selector":"'"$pid"'","handle":"'"$handle"'","pid":'"$pid"',"comm":"sleep","id":"'* ]]
	[[ $output == *'"guarantee":"'* ]]
	finish
	run -1 --separate-stderr "$PH" find --json "$pid"
	[[ $output == *'"error":{"code":"gone","message":"'* ]]
	[ -z "$stderr" ]
	"$PH" find --json "$pid" $$ >out || :
	[ "$(wc -l <out)" -eq 2 ]
	check_json_lines out
}

@test "many targets need many descriptors, and get them" {
	ulimit -S -n 20
	list=()
	for _ in {1..30}; do
		start
		list+=("$pid")
	done
	run -0 "$PH" find "${list[@]}"
	[ "${#lines[@]}" -eq 30 ]
}

@test "no descriptor left is 125, not a weaker handle" {
	list=()
	for _ in {1..20}; do
		start
		list+=("$pid")
	done
	run -125 bash -c 'ulimit -n 16; shift; "$PH" find "$@"' _ "$PH" "${list[@]}"
	[[ $output == *"ph: find: "* ]]
}
