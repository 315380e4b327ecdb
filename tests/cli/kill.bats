#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph kill

load helper

# reap SIGNAL: the target was ended by it
reap() {
	local status=0
	wait "$pid" 2>/dev/null || status=$?
	[ "$status" -eq $((128 + $(kill -l "$1"))) ]
}

@test "TERM by default, in silence" {
	start
	run -0 "$PH" kill "$pid"
	[ -z "$output" ]
	reap TERM
}

@test "every spelling of a signal" {
	for words in "-s KILL" "-s SIGKILL" "-s kill" "-s sigkill" "-s 9" "-s9" "--signal=KILL" "--signal 9" \
		"-9" "-KILL" "-SIGKILL"; do
		start
		# shellcheck disable=SC2086
		run -0 "$PH" kill $words "$pid"
		reap KILL
	done
	start
	run -0 "$PH" kill -s RTMIN+3 "$pid"
	wait "$pid" || [ $? -eq $((128 + $(kill -l RTMIN) + 3)) ]
}

@test "an unknown signal is exit 2, with a guess" {
	start
	run -2 "$PH" kill -s TREM "$pid"
	[[ $output == *"did you mean TERM?"* ]]
	run -2 "$PH" kill -KIL "$pid"
	[[ $output == *"did you mean KILL?"* ]]
	for signal in "" " " -1 65 1000 NOSUCH SIG RTMAX+1 RTMIN-1 RTMIN+99 TERM,KILL 0x9 09; do
		run -2 "$PH" kill "--signal=$signal" "$pid"
	done
	is_alive "$pid"
}

@test "ph kill -1 has no target, and -1 is never one" {
	start
	run -2 "$PH" kill -1
	run -2 "$PH" kill -9
	run -2 "$PH" kill -- -1
	run -2 "$PH" kill -TERM -- -1
	run -2 "$PH" kill -TERM -- -9 "$pid"
	is_alive "$pid"
}

@test "a signal behind the targets is refused: it may have been meant as one" {
	start
	run -2 "$PH" kill "$pid" -1
	run -2 "$PH" kill "$pid" -KILL
	is_alive "$pid"
}

@test "two different signals are refused" {
	start
	run -2 "$PH" kill -s TERM -9 "$pid"
	run -2 "$PH" kill -9 -s TERM "$pid"
	run -2 "$PH" kill -s TERM -s KILL "$pid"
	is_alive "$pid"
}

@test "signal 0 asks" {
	start
	run -0 "$PH" kill -s 0 "$pid"
	is_alive "$pid"
	finish
	run -1 "$PH" kill -s 0 "$pid"
}

@test "a handle reaches its process and no other" {
	need_inode
	start
	handle=$("$PH" find "$pid")
	wrong=$pid:$((${handle#*:} + 1))
	run -4 "$PH" kill -KILL "$wrong"
	[ "$output" = "ph: kill: $wrong: PID $pid is now sleep ($handle); nothing sent" ]
	is_alive "$pid"
	run -0 "$PH" kill "$handle"
	reap TERM
	run -1 "$PH" kill "$handle"
}

@test "gone is exit 1, or nothing with --missing-ok; stale stays 4" {
	start
	finish
	run -1 "$PH" kill "$pid"
	[ "$output" = "ph: kill: $pid: no such process" ]
	run -0 "$PH" kill --missing-ok "$pid"
	[ -z "$output" ]
	run -2 "$PH" kill --missing-ok 0
	need_inode
	start
	handle=$("$PH" find "$pid")
	run -4 "$PH" kill --missing-ok "$pid:$((${handle#*:} + 1))"
}

@test "not permitted is exit 3" {
	need_stranger
	run -3 "${nobody[@]}" "$PH" kill 1
	[ "$output" = "ph: kill: 1: not permitted" ]
	run -3 "${nobody[@]}" "$PH" kill -n 1
	run -3 --separate-stderr "${nobody[@]}" "$PH" kill --json 1
	[[ $output == *'"code":"not_permitted"'* ]]
}

@test "--dry-run sends nothing and says what it would do, with the same exit status" {
	start
	handle=$("$PH" find "$pid")
	run -0 "$PH" kill -n -KILL "$pid"
	[ "$output" = "would send SIGKILL to $handle sleep" ]
	run -5 "$PH" -n kill --group "$pid"
	run -0 "$PH" kill --dry-run -w "$pid"
	is_alive "$pid"
	finish
	run -1 "$PH" kill -n "$pid"
}

@test "-v says what was sent" {
	start
	handle=$("$PH" find "$pid")
	run -0 "$PH" kill -v "$pid"
	[ "$output" = "sent SIGTERM to $handle sleep" ]
}

@test "--wait returns when it has ended" {
	start
	run -0 "$PH" kill --wait "$pid"
	[ -z "$output" ]
	# ended, whether its parent has reaped it or not
	run -0 "$PH" wait -t 0 --missing-ok "$pid"
}

@test "--wait=D gives up: exit 124" {
	start
	for words in "--wait=0" "-w0.05" "-w=50ms"; do
		run -124 "$PH" kill -s CONT "$words" "$pid"
		[ "$output" = "ph: kill: $pid: it still runs" ]
	done
	run -2 "$PH" kill -wx "$pid"
	is_alive "$pid"
}

@test "--wait with --json tells how it ended" {
	start
	"$PH" kill --json -w -KILL "$pid" >out
	[ "$(wc -l <out)" -eq 2 ]
	head -1 out | grep -q '"signal":"KILL","signo":9,"scope":"one","sent":true}'
	tail -1 out | grep -q '"exit":{"kind":"'
	check_json_lines out
}

@test "--queue sends a number along" {
	need_program python3
	mkfifo ready
	python3 -c '
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print("ready", flush=True)
info = signal.sigwaitinfo([signal.SIGUSR1])
raise SystemExit(0 if info.si_code == -1 else 1)
' >ready 3>&- &
	pid=$!
	targets+=("$pid")
	read -r <ready
	run -0 "$PH" kill -s USR1 --queue 42 "$pid"
	wait "$pid"
}

@test "--queue goes to one process" {
	start
	run -2 "$PH" kill --queue 1 --group "$pid"
	is_alive "$pid"
}

@test "--group reaches the members" {
	need_program setsid
	mkfifo ready
	exec 9<>ready
	setsid bash -c 'sleep 1000 & echo "$$ $!" >&9; wait' </dev/null 3>&- &
	read -r leader member <&9
	targets+=("$leader" "$member")
	executes "$member" sleep
	handle=$("$PH" find "$member")
	run -0 "$PH" kill --group "$leader"
	run -0 "$PH" wait -t 60 --missing-ok "$handle"
}

@test "--group refuses the group of ph itself" {
	start
	run -5 "$PH" kill --group "$pid"
	is_alive "$pid"
}

@test "--group refuses the group of an ancestor: a script in a session of its own does not end its caller" {
	need_program setsid
	start
	run -5 setsid -w "$PH" kill -n --group "$pid"
	[ "$output" = "ph: kill: $pid: refused: ph itself, an ancestor of it or process 1 is among them" ]
	run -5 setsid -w "$PH" kill -n --group $$
	[ "$output" = "ph: kill: $$: refused: it is an ancestor of ph" ]
	# that of nobody above
	setsid sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	targets+=("$!")
	executes "$!" sleep
	run -0 setsid -w "$PH" kill -n --group "$!"
}

@test "--group refuses the group of process 1, also to who has entered its namespace" {
	need_program nsenter
	unshare -Urpf --mount-proc true 2>/dev/null || skip "no pid namespaces here"
	mkfifo stand ready
	exec 7<>stand 8<>ready
	# shellcheck disable=SC2016
	unshare -Urpf --mount-proc --kill-child setsid bash -c 'cat <&7 >/dev/null & echo $! >&8; wait' 3>&- &
	targets+=("$!")
	read -r member <&8
	first=$("$PH" find --parent "$!")
	run -5 nsenter -t "${first%%:*}" -U -m -p --preserve-credentials "$PH" kill -n --group "$member"
	[ "$output" = "ph: kill: $member: refused: ph itself, an ancestor of it or process 1 is among them" ]
}

# start_session: a leader, a child of it, and one in a session of its own; their numbers are in $leader and
# $members, their handles in the file tree.
start_session() {
	need_program setsid
	mkfifo ready
	exec 9<>ready
	# shellcheck disable=SC2016
	setsid bash -c 'sleep 1000 & setsid sleep 1000 & echo "$$ $! $(jobs -p)" >&9; wait' \
		</dev/null >/dev/null 2>&1 3>&- &
	read -r leader members <&9
	targets+=("$leader")
	for pid in $members; do
		executes "$pid" sleep
	done
	# shellcheck disable=SC2086
	"$PH" find "$leader" $members >tree
}

all_end() {
	run -0 "$PH" wait -t 60 - <tree
}

@test "--tree reaches who is below, and says what it cannot know" {
	start_session
	run -0 "$PH" kill --tree "$leader"
	[ "$output" = "ph: kill: note: processes that left this tree earlier cannot be found; use ph run or --cgroup" ]
	all_end
	rm ready tree
	start_session
	run -0 "$PH" kill -q --tree -w -KILL "$leader"
	[ -z "$output" ]
	all_end
}

@test "--tree and --cgroup ask first: with -n, and whom they must not hit" {
	start_session
	handle=$("$PH" find "$leader")
	run -0 --separate-stderr "$PH" kill -n --tree "$leader"
	[ "$output" = "would send SIGTERM to the tree of $handle bash" ]
	run -5 "$PH" kill --tree "$leader" $$
	[[ $output == "ph: kill: $$: refused: it is an ancestor of ph"* ]]
	run -5 "$PH" kill --json --tree $$
	run -124 "$PH" wait --count 1 -t 0 - <tree
	run -0 "$PH" kill -q --json --tree -KILL "$leader"
	[[ $output == *'"signal":"KILL","signo":9,"scope":"tree","sent":true}' ]]
	all_end
}

@test "without /proc no tree is found: 125, naming what is missing" {
	need_inode
	start
	handle=$("$PH" find "$pid")
	for selector in "$pid" "$handle"; do
		PHDEBUG=procfs=0 run -125 "$PH" kill -q --tree "$selector"
		[ "$output" = "ph: kill: $selector: its tree cannot be found: that takes /proc" ]
		PHDEBUG=procfs=0 run -125 "$PH" stop -q --tree "$selector"
		[ "$output" = "ph: stop: $selector: its tree cannot be found: that takes /proc" ]
	done
	is_alive "$pid"
}

without_cgroup2() {
	# shellcheck disable=SC2016
	unshare -m bash -c '
		while read -r _ path type _; do
			[ "$type" != cgroup2 ] || umount -l "$path" || exit
		done </proc/mounts
		exec "$@"' - "$@"
}

@test "without a cgroup v2 no cgroup is found: 125, naming what is missing" {
	[ -r /proc/mounts ] || skip "no /proc"
	without_cgroup2 true 2>/dev/null || skip "nothing can be unmounted here"
	start
	for verb in kill stop; do
		run -125 without_cgroup2 "$PH" "$verb" -q --cgroup "$pid"
		[ "$output" = "ph: $verb: $pid: its cgroup cannot be found: that takes /proc and a cgroup v2 that is mounted" ]
	done
	is_alive "$pid"
}

@test "one scope at a time" {
	start
	for words in "--tree --cgroup" "--tree --group" "--group --cgroup" "--queue 1 --tree" "--queue 1 --cgroup"; do
		# shellcheck disable=SC2086
		run -2 "$PH" kill $words "$pid"
	done
	is_alive "$pid"
}

@test "--cgroup reaches everybody in it" {
	make_cgroup
	start
	first=$pid
	start
	for one in "$first" "$pid"; do
		echo "$one" >"$cgroup/cgroup.procs" || skip "processes cannot be moved here"
	done
	run -0 "$PH" kill --cgroup -w "$first"
	[ -z "$output" ]
	reap TERM
	wait "$first" || [ $? -eq 143 ]
}

@test "--all changes nothing for selectors that name one process" {
	start
	run -0 "$PH" kill --all "$pid"
	reap TERM
}

@test "-l translates names, numbers, exit statuses and masks" {
	[ "$("$PH" kill -l 137)" = KILL ]
	[ "$("$PH" kill -l 9)" = KILL ]
	[ "$("$PH" kill -l TERM)" = 15 ]
	[ "$("$PH" kill -l sigint)" = 2 ]
	[ "$("$PH" kill -l 0x4002)" = $'INT\nTERM' ]
	[ "$("$PH" kill --list 0x0000000000000000)" = "" ]
	[ "$("$PH" kill -l 137 TERM)" = $'KILL\n15' ]
	[ "$("$PH" kill -l IOT)" = "$("$PH" kill -l ABRT)" ]
	for word in 0 128 193 255 1000 NOSUCH "" 0xg 0x -1 0x10000000000000000; do
		run -2 "$PH" kill -l -- "$word"
	done
}

@test "-l lists every signal, and reads each of its lines back" {
	"$PH" kill -l >list
	[ "$(wc -l <list)" -ge 31 ]
	grep -qx ' 9 KILL' list
	while read -r number name; do
		[ "$("$PH" kill -l "$name")" = "$number" ]
		[ "$("$PH" kill -l "$number")" = "$name" ]
	done <list
}

@test "-l with --json says name and number of each" {
	[ "$("$PH" kill -l --json 137)" = '{"v":1,"word":"137","signal":"KILL","signo":9}' ]
	[ "$("$PH" kill -l --json sigint)" = '{"v":1,"word":"sigint","signal":"INT","signo":2}' ]
	run -0 "$PH" --json kill -l 0x4002
	[ "${lines[0]}" = '{"v":1,"word":"0x4002","signal":"INT","signo":2}' ]
	[ "${lines[1]}" = '{"v":1,"word":"0x4002","signal":"TERM","signo":15}' ]
	"$PH" kill -l --json >objects
	grep -qxF '{"v":1,"word":null,"signal":"HUP","signo":1}' objects
	[ "$(wc -l <objects)" -eq "$("$PH" kill -l | wc -l)" ]
	check_json_lines objects
}
