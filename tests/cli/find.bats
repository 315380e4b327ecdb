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

@test "from another pid namespace the inode finds the process, and the number nobody" {
	need_inode
	unshare -Urpf --mount-proc true 2>/dev/null || skip "no namespaces here"
	mkfifo said
	# shellcheck disable=SC2016
	unshare -Urpf --mount-proc --kill-child bash -c '"$1" find $$; exec sleep 1000' _ "$PH" \
		</dev/null >said 2>/dev/null 3>&- &
	pid=$!
	targets+=("$pid")
	read -r inside <said
	[[ $inside == 1:* ]]
	handle=$("$PH" find ":${inside#*:}")
	[[ $handle == *":${inside#*:}" ]]
	[ "${handle%:*}" -ne 1 ]
	[ "$("$PH" find "$handle")" = "$handle" ]
	run -4 "$PH" find "$inside"
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
	[ -r /proc/self/status ] || skip "no /proc"
	start_zombie
	run -0 "$PH" find "$zombie"
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

@test "without a selector, all processes" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start
	"$PH" find >all
	grep -qx "$("$PH" find "$pid")" all
	grep -q "^$$:" all
	[ "$(grep -cv '^[0-9]*:t\?[0-9]*$' all)" -eq 0 ]
	[ -z "$(sort all | uniq -d)" ]
}

@test "filters leave some of what the selectors name" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start_program ./program one
	first=$("$PH" find "$pid")
	start_program ./program two
	second=$("$PH" find "$pid")
	start
	third=$("$PH" find "$pid")
	all=("$third" "$first" "$second")
	left() {
		run -0 "$PH" find "$@" "${all[@]}"
		printf '%s\n' "${lines[@]}" | diff - <(printf '%s\n' "${expected[@]}")
	}
	expected=("$first" "$second")
	left --exe ./program
	expected=("$second")
	left --exe ./program --cmd 'two$'
	expected=("$third" "$first" "$second")
	left --user "$(id -u)"
	left -u "$(id -u)" --newer 1d
	left --older 0
	left --newer inf
	self=$BASHPID
	left --parent "$self"
	# D is whose memory is brought in at the moment
	left --state SRD
	for none in "--older inf" "--older 30d" "--state Z" "-u 4294967290" "--parent ${all[0]}" "--cmd nosuch"; do
		# shellcheck disable=SC2086
		run -1 "$PH" find $none "${all[@]}"
		[ "$output" = "ph: find: no process matches" ]
	done
	# and of all processes, without a selector
	[ "$("$PH" find --exe ./program --cmd two)" = "$second" ]
	[ "$("$PH" find --parent "$self" --exe ./program | sort)" = "$(printf '%s\n' "$first" "$second" | sort)" ]
}

@test "--state finds what stands still" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start
	kill -STOP "$pid"
	until grep -q '^State:.*T' "/proc/$pid/status"; do
		is_alive "$pid"
	done
	[ "$("$PH" find --state T "$pid")" = "$("$PH" find "$pid")" ]
	run -1 "$PH" find -q --state RS "$pid"
}

@test "who could not be looked for is not counted" {
	PHDEBUG=procfs=0 run -125 --separate-stderr "$PH" find --count
	[ -z "$output" ]
	PHDEBUG=procfs=0 run -125 --separate-stderr "$PH" find --json --count --state S "$$"
	[ -z "$output" ]
}

@test "--newest and --oldest leave one, --count says how many" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start
	first=$pid
	start_later start
	second=$pid
	for order in "$first $second" "$second $first"; do
		# shellcheck disable=SC2086
		[ "$("$PH" find --newest $order)" = "$("$PH" find "$second")" ]
		# shellcheck disable=SC2086
		[ "$("$PH" find --oldest $order)" = "$("$PH" find "$first")" ]
		# shellcheck disable=SC2086
		[ "$("$PH" find --count $order)" = 2 ]
	done
	[ "$("$PH" find --count --newest "$first" "$second")" = 1 ]
	[ "$("$PH" find --json --count "$first" "$second")" = '{"v":1,"count":2}' ]
	run -1 --separate-stderr "$PH" find -q --count --state Z "$first"
	[ "$output" = 0 ]
	[ -z "$stderr" ]
}

@test "a start time that is not known is not compared: --newest and --oldest" {
	start
	for option in --newest --oldest; do
		PHDEBUG=procfs=0 run -125 "$PH" find "$option" "$pid"
		[[ $output == *"start times need /proc (and the setting procfs=1)" ]] ||
			[[ $output == *"nothing tells it from its successors here"* ]]
	done
	need_inode
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	handle=$("$PH" find "$pid")
	hidden=$pid
	start_later start
	for option in --newest --oldest; do
		# shellcheck disable=SC2016
		run -3 --separate-stderr unshare -rm sh -c \
			'mount -t tmpfs none "/proc/$2" && exec "$1" find "$4" "$2" "$3"' _ "$PH" "$hidden" "$pid" "$option"
		[ "$output" = "$("$PH" find "$pid")" ]
		[ "$stderr" = "ph: find: $hidden: its start time is hidden" ]
	done
	# of all, those are compared that are shown
	# shellcheck disable=SC2016
	run -0 --separate-stderr unshare -rm sh -c \
		'mount -t tmpfs none "/proc/$2" && exec "$1" find --oldest' _ "$PH" "$hidden"
	[ "$output" != "$handle" ]
}

@test "-l is a table" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start
	run -0 "$PH" find -l "$pid"
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} =~ ^HANDLE\ +USER\ +STATE\ +AGE\ +CPU\ +COMMAND$ ]]
	[[ ${lines[1]} =~ ^$("$PH" find "$pid")\ +$(id -un)\ +[A-Z]\ .*\ sleep\ 1000$ ]]
	"$PH" find -l --json "$pid" >out
	grep -q '"args":\["sleep","1000"\]' out
	check_json_lines out
}

# Reading the facts of the target takes until it has ended: they are a pipe, in a mount namespace.
@test "who ends while all are looked at is left out" {
	[ -r /proc/self/stat ] || skip "no /proc"
	mkfifo gate
	start
	# shellcheck disable=SC2016
	unshare -rm sh -c 'mount --bind gate "/proc/$1/stat"' _ "$pid" 2>/dev/null || skip "nothing can be mounted there"
	# shellcheck disable=SC2016
	unshare -rm sh -c 'mount --bind gate "/proc/$2/stat" && exec "$1" find -l' _ "$PH" "$pid" >out 2>messages 3>&- &
	finder=$!
	targets+=("$finder")
	exec 9>gate
	finish
	exec 9>&-
	wait "$finder"
	[ ! -s messages ]
	run -1 grep "^$pid:" out
}

@test "filters are read strictly" {
	for words in "--exe= 1" "--cmd ( 1" "-u nosuchuser 1" "-u -1 1" "--state Q 1" "--older x 1" \
		"--newest --oldest 1" "-l --count 1" "--parent x 1" "--newer -1 1"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$PH" find $words
		[ -z "$output" ]
		[[ ${stderr_lines[0]} == "ph: find: "* ]]
	done
	run -1 "$PH" find --exe ./nosuch
	[ "$output" = "ph: find: ./nosuch: there is no such file" ]
	start
	finish
	run -1 "$PH" find --parent "$pid"
	[ "$output" = "ph: find: $pid: no such process" ]
}

@test "a name that nobody has costs at most 4.5 system calls for each process" {
	need_program strace
	[ -r /proc/self/stat ] || skip "no /proc"
	make_name
	strace -o trace true 2>/dev/null || skip "strace may not trace here"
	strace -f -o trace "$PH" find "name:$name" 2>/dev/null || :
	# what the start of the program takes is not counted
	strace -f -o start "$PH" find "name:" 2>/dev/null || :
	# a process that strace shows has ended by now, or is listed as well
	listed=$(grep -c 'openat(.*"[0-9]*/stat"' trace)
	[ "$listed" -gt 1 ]
	calls=$(($(wc -l <trace) - $(wc -l <start)))
	echo "$calls calls besides the $(wc -l <start) to start, for $listed processes:"
	sed 's/^[0-9]* *//; s/(.*//' trace | sort | uniq -c | sort -rn
	[ $((calls * 2)) -le $((listed * 9 + 200)) ]
}

# The calls of a program and of its children, without what the end of a line of strace is.
count_calls() {
	strace -f -qq -e signal=none -o calls "$@" >/dev/null 2>&1 || :
	grep -c '(' calls
}

@test "a verb on one process costs at most 25 system calls besides the start" {
	need_program strace
	need_inode
	strace -o trace true 2>/dev/null || skip "strace may not trace here"
	grep -q '^Seccomp:.0$' /proc/self/status || skip "under a filter a child tries things out"
	! grep -qE '__(asan|tsan|gcov)_' "$PH" || skip "this build makes calls of its own"
	start
	base=$(count_calls "$PH" --version)
	for words in "find" "find -v" "kill -s 0" "wait -t 0" "kill"; do
		# shellcheck disable=SC2086
		calls=$(count_calls "$PH" $words "$pid")
		echo "ph $words: $calls calls, $base of them to start"
		[ $((calls - base)) -le 25 ]
	done
}
