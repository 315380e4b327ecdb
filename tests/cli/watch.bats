#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph watch: what it says is read from a fifo, so that a test goes on when it has happened.

load helper

setup_file() {
	[ -r /proc/self/stat ] || skip "patterns need /proc"
}

# Starts ph watch with these arguments; says reads what it says.
watch() {
	mkfifo told
	exec 6<>told
	"$PH" watch "$@" >&6 2>messages 3>&- 6>&- &
	watcher=$!
	targets+=("$watcher")
}

# The same for a pattern, of whom nobody is there yet: returns when that has been seen. Patterns are
# looked for in their order, and of the last one there is somebody.
watch_for() {
	start_program "./$name-w"
	watch "$@" "name:$name-w"
	says "running $pid:* $name-w"
}

# says PATTERN: the next line is like that.
says() {
	read -r -t 60 line <&6
	# shellcheck disable=SC2053
	[[ $line == $1 ]]
}

# watched STATUS: ph watch ends with that exit status.
watched() {
	local status=0
	wait "$watcher" || status=$?
	[ "$status" -eq "$1" ]
}

@test "a process that is named is told of until it ends" {
	start
	handle=$("$PH" find "$pid")
	watch "$handle"
	says "running $handle sleep"
	kill -KILL "$pid"
	wait "$pid" || :
	says "exit    $handle sleep *"
	watched 0
	[ ! -s messages ]
}

@test "how it ended is told" {
	need_exit_status
	start
	watch "$pid"
	says "running *"
	kill -TERM "$pid"
	wait "$pid" || :
	says "exit    * sleep killed by SIGTERM"
	watched 0
}

@test "a pattern tells of each start and each end" {
	make_name
	watch_for "name:$name"
	for _ in 1 2; do
		start_program "./$name"
		handle=$("$PH" find "$pid")
		says "start   $handle $name"
		finish
		says "exit    $handle $name *"
	done
	is_alive "$watcher"
	kill "$watcher"
}

@test "what runs already is told of as running, and is not a start" {
	make_name
	start_program "./$name"
	watch "exe:./$name" "name:$name"
	says "running $("$PH" find "$pid") $name"
	# no start is seen before all patterns have been looked for once: a second one tells of that
	kill -KILL "$pid"
	wait "$pid" || :
	says "exit    *"
	start_program "./$name"
	# it matches both patterns, and is told of once
	says "start   $("$PH" find "$pid") $name"
	finish
	says "exit    $pid:*"
	kill "$watcher"
}

@test "--until start returns when there is one" {
	make_name
	watch --until start "name:$name"
	start_program "./$name"
	# which of the two depends on who was first
	read -r -t 60 line <&6
	[[ $line == "start   $pid:"*" $name" || $line == "running $pid:"*" $name" ]]
	watched 0
	is_alive "$pid"
	run -0 "$PH" watch --until start "name:$name"
	[ "$output" = "running $("$PH" find "$pid") $name" ]
}

@test "--until exit returns after the first end" {
	start
	first=$pid
	start
	watch --until exit "$first" "$pid"
	says "running *"
	says "running *"
	kill -KILL "$first"
	wait "$first" || :
	says "exit    $first:*"
	watched 0
	is_alive "$pid"
}

@test "a deadline is exit 124" {
	make_name
	run -124 "$PH" watch -t 0 "name:$name"
	[ -z "$output" ]
	run -124 "$PH" watch -t 50ms --interval 10ms --until start "name:$name"
	start
	run -124 "$PH" watch -t 0 "$pid"
	[ "$output" = "running $("$PH" find "$pid") sleep" ]
}

@test "what is not there is told as by any verb" {
	start
	finish
	run -1 "$PH" watch "$pid"
	[ "$output" = "ph: watch: $pid: no such process" ]
	run -1 "$PH" watch exe:./nosuch
	run -2 "$PH" watch
	run -2 "$PH" watch name:
	run -2 "$PH" watch --until nothing 1
	run -2 "$PH" watch --interval 0 name:x
	run -2 "$PH" watch --interval 9ms name:x
	PHDEBUG=procfs=0 run -125 "$PH" watch name:x
}

@test "--exec runs a command for each event, with names in the environment only" {
	start_hostile
	# shellcheck disable=SC2016
	watch --exec 'printf "%s|%s|%s|%s\n" "$PH_EVENT" "$PH_PID" "$PH_HANDLE" "${#PH_COMM}"' "$pid"
	handle=$("$PH" find "$pid")
	says "running $handle *"
	says "running|$pid|$handle|[1-9]*"
	finish
	says "exit    $handle *"
	says "exit|$pid|$handle|[1-9]*"
	watched 0
}

@test "the command of --exec has the limit of descriptors that ph was started with" {
	start
	soft=$(ulimit -Sn)
	[ "$soft" != "$(ulimit -Hn)" ] || soft=64
	# shellcheck disable=SC2016
	run -0 bash -c 'ulimit -Sn "$1" && exec "$2" watch --until start --exec "ulimit -Sn; ulimit -Hn" "$3"' \
		_ "$soft" "$PH" "$pid"
	[ "${lines[1]}" = "$soft" ]
	[ "${lines[2]}" = "$(ulimit -Hn)" ]
}

@test "objects have event, time and exit" {
	start
	watch --json "$pid"
	says '*"event":"running","time":"*'
	finish
	says '*"event":"exit","time":"*"exit":{"kind":"*'
	watched 0
	"$PH" watch --json --until start $$ >said
	check_json_lines said
}

@test "names of any bytes are shown, and steer nothing" {
	start_hostile
	watch "$pid"
	IFS= read -r -t 60 line <&6
	[ "$line" = "running $("$PH" find "$pid") $escaped" ]
	finish
	read -r -t 60 line <&6
	[ "$(LC_ALL=C tr -d '[:print:]' <<<"$line" | tr -d '\n' | wc -c)" -eq 0 ]
	watched 0
}

@test "who has ended is not found again while nobody reaps it" {
	make_name
	cp "$(command -v bash)" "$name"
	mkfifo stand
	exec 7<>stand
	# the parent becomes one that does not wait
	bash -c '"./$1" -c "read -r; :" <&7 & echo $!; exec sleep 1000' _ "$name" \
		</dev/null >child 2>/dev/null 3>&- &
	parent=$!
	targets+=("$parent")
	executes "$parent" sleep
	read -r zombie <child
	executes "$zombie" "$name"
	watch --interval 10ms "name:$name"
	says "running $zombie:*"
	kill -KILL "$zombie"
	says "exit    $zombie:*"
	# who comes later is the next to be told of
	start_program "./$name"
	says "start   $pid:*"
	kill "$watcher"
}

@test "without pidfds it tells the same" {
	export PHDEBUG=pidfd=0
	make_name
	watch_for "name:$name"
	start_program "./$name"
	says "start   $pid:* $name"
	finish
	says "exit    $pid:*"
	kill "$watcher"
}

@test "it sleeps between two looks" {
	need_program strace
	make_name
	strace -o trace true 2>/dev/null || skip "strace may not trace here"
	# a deadline of four intervals: a look at the start, and one after each of the first three
	strace -f -e trace=getdents64,openat -o trace "$PH" watch -t 1s --interval 250ms "name:$name" || :
	[ "$(grep -c 'openat(.*"/proc", ' trace)" -le 10 ]
}
