#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph run --isolate: what keeps a command together, and that it is a command like any other there

load helper
load run

# own NAME: the number of the process of ph's own that is called so, below ph
own() {
	local child
	cat "/proc/$runner"/task/*/children | tr ' ' '\n' | while read -r child; do
		if [ "$(cat "/proc/$child/comm")" = "$1" ]; then
			echo "$child"
		fi
	done
}

need_children() {
	[ -r "/proc/$$/task/$$/children" ] || skip "this kernel lists no children"
}

# ---- which one ----

@test "auto is the subreaper, which needs no rights" {
	need_program python3
	need_stranger
	touch report
	chmod 666 report
	for how in "" --isolate=auto --isolate=subreaper; do
		# shellcheck disable=SC2086
		run -3 "${nobody[@]}" "$PH" run $how --report=fd:5 sh -c 'exit 3' 5>report
		[ "$(fields containment.kind containment.cgroup leftovers)" = '"subreaper" null []' ]
	done
}

@test "the command is born in a cgroup below that of ph, which is gone afterwards" {
	need_isolation cgroup
	need_program python3
	run -0 "$PH" run --isolate=cgroup --report=report cat /proc/self/cgroup
	born=$(fields containment.cgroup | tr -d '"')
	[ "$(fields containment.kind)" = '"cgroup"' ]
	[[ ${born##*/} == ph-run-* ]]
	[ "$(sed -n 's/^0:://p' <<<"$output")" = "$(sed -n 's/^0:://p' /proc/self/cgroup | sed 's,/$,,')/${born##*/}" ]
	[ ! -e "$born" ]
}

@test "cgroups that the command has made are gone as well" {
	need_isolation cgroup
	need_program python3
	directory=$("$PH" run --isolate=cgroup --report=fd:1 true | sed 's/.*"cgroup":"//; s/\/ph-run-.*//')
	# shellcheck disable=SC2016
	run -0 "$PH" run --isolate=cgroup --report=report bash -ec '
		own=$1/$(sed -n "s,^0::.*/,,p" /proc/self/cgroup)
		mkdir "$own/a" "$own/b" "$own/a/c"
		echo $$ >"$own/a/c/cgroup.procs"
		sleep 1000 >/dev/null 2>&1 3>&- &' _ "$directory"
	[ "$(fields status)" = 0 ]
	[ ! -e "$(fields containment.cgroup | tr -d '"')" ]
}

@test "the command sees the processes of its namespace, and no other" {
	need_isolation pidns
	need_program python3
	# shellcheck disable=SC2016
	run -0 --separate-stderr "$PH" run --isolate=pidns --print-handle --report=report bash -c '
		echo "$$ $PPID $(</proc/1/comm) $(</proc/self/comm)"; for p in /proc/[0-9]*; do echo "${p#/proc/}"; done'
	[ "$(fields containment.kind containment.user_namespace)" = "\"pidns\" $([ "$(id -u)" -eq 0 ] && echo false || echo true)" ]
	[ "$(fields handle)" = "\"$stderr\"" ]
	[ "$(fields containment.proc)" = true ] || skip "no mount namespace here"
	read -r pid parent first self <<<"${lines[0]}"
	[ "$parent $first $self" = "0 ph-init bash" ]
	[ "${lines[*]:1}" = "1 $pid" ]
	# outside it has another number
	[ "$(fields pid)" != "$pid" ]
}

@test "a pid namespace needs no rights, where users may have one of their own" {
	need_program python3
	need_stranger
	"${nobody[@]}" unshare -Ur true 2>/dev/null || skip "no user namespaces here"
	touch report
	chmod 666 report
	# shellcheck disable=SC2016
	run -0 --separate-stderr "${nobody[@]}" "$PH" run --isolate=pidns --report=fd:5 bash -c 'id -u; sleep 1000 >/dev/null 2>&1 5>&- &' 5>report
	[ "$output" = "$("${nobody[@]}" id -u)" ]
	[ "$(fields containment.user_namespace leftovers.0.comm)" = 'true "sleep"' ] ||
		[ "$(fields containment.user_namespace leftovers.0.comm)" = 'true "bash"' ]
}

@test "without pidfds the command keeps the /proc of ph" {
	need_isolation pidns
	need_program python3
	PHDEBUG=pidfd=0 run -3 "$PH" run --isolate=pidns --report=report sh -c 'exit 3'
	[ "$(fields containment.proc status)" = "false 3" ]
}

# ---- what is not to be had ----

@test "a cgroup that may not be made is 125, and nothing is started" {
	need_isolation cgroup
	need_program python3
	need_stranger
	touch report
	chmod 666 report
	run -125 "${nobody[@]}" "$PH" run --isolate=cgroup --report=fd:5 touch made 5>report
	[[ $output == "ph: run: cannot make a cgroup in /"*": Permission denied" ]]
	[ "$(fields error.code status)" = '"failed" 125' ]
	[ ! -e made ]
}

@test "no cgroup v2 is 125" {
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	need_no_sanitizer
	# shellcheck disable=SC2016
	run -125 unshare -rm sh -c 'mount -t tmpfs none /proc && exec "$1" run --isolate=cgroup touch made' _ "$PH"
	[[ $output == "ph: run: cannot make a cgroup: "* ]]
	[ ! -e made ]
}

@test "a namespace that may not be made is 125, and nothing is started" {
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_pid_namespaces' 2>/dev/null || skip "no limit on namespaces here"
	# shellcheck disable=SC2016
	run -125 unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_pid_namespaces; exec "$1" run --isolate=pidns touch made' _ "$PH"
	[[ $output == "ph: run: cannot make a pid namespace: "* ]]
	[ ! -e made ]
}

@test "a user namespace that may not be made is 125, and nothing is started" {
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces' 2>/dev/null || skip "no limit on namespaces here"
	need_program setpriv
	# shellcheck disable=SC2016
	run -125 unshare -Ur sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-sys_admin --inh-caps=-all "$1" run --isolate=pidns touch made' _ "$PH"
	[[ $output == "ph: run: cannot make a user namespace: "* ]]
	[ ! -e made ]
}

# ---- a command like any other ----

# is_like_any HOW
is_like_any() {
	need_program python3
	export how=--isolate=$1
	for status in 0 1 124 125 126 127 255; do
		run -"$status" --separate-stderr "$PH" run "$how" sh -c "exit $status"
		[ -z "$output$stderr" ]
	done
	run -143 "$PH" run "$how" sh -c 'kill $$'
	run -127 "$PH" run "$how" --report=report nosuch-program
	[ "$output" = "ph: run: cannot execute nosuch-program: No such file or directory" ]
	[ "$(fields error.code)" = '"not_found"' ]
	run -126 "$PH" run "$how" ./
	run -124 "$PH" run "$how" -t 50ms sleep 1000
	run -124 env --ignore-signal=TERM "$PH" run "$how" -t 50ms -k 50ms sleep 1000
	# shellcheck disable=SC2016
	run -0 bash -c 'echo in | A=1 "$1" run "$how" sh -c "cat; echo \$A; pwd; echo five >&5" 5>five' _ "$PH"
	[ "$output" = "in
1
$PWD" ]
	for fd in 0 1 2; do
		status=0
		bash -c '"$1" run "$how" test -e "/proc/self/fd/$2" '"$fd>&-" _ "$PH" "$fd" || status=$?
		[ "$status" -eq 1 ]
	done
	# shellcheck disable=SC2016
	list='ls /proc/self/fd'
	[ "$(bash -c "$list" 5</dev/null)" = "$("$PH" run "$how" bash -c "$list" 5</dev/null)" ]
	run -125 bash -c 'exec 3>&-; ulimit -n 5; exec "$1" run "$how" touch made' _ "$PH"
	[[ $output == "ph: run: cannot "*": "[Tt]"oo many open files"* ]]
	[ ! -e made ]
}

@test "exit status, streams and descriptors: cgroup" {
	need_isolation cgroup
	is_like_any cgroup
}

@test "exit status, streams and descriptors: pidns" {
	need_isolation pidns
	is_like_any pidns
}

hears_everything() {
	listen -k inf --isolate="$1" -- HUP INT QUIT USR1 USR2 CONT WINCH RTMIN+3 TERM
	for signal in HUP USR1 USR2 CONT WINCH RTMIN+3 QUIT INT; do
		kill -"$signal" "$runner"
		hears "$signal"
	done
	tell 3
	ended 3
	sent 8
}

@test "signals to ph are forwarded, each once: cgroup" {
	need_isolation cgroup
	hears_everything cgroup
}

@test "signals to ph are forwarded, each once: pidns" {
	need_isolation pidns
	hears_everything pidns
}

hears_keyboard() {
	make_listener
	on_terminal --metrics=metrics -k 0 --isolate="$1" -- ./listener INT QUIT
	is_ready
	printf '\003' >&6
	hears INT
	printf '\034' >&6
	hears QUIT
	tell 9
	ended 9
	sent 0
}

@test "Ctrl-C reaches the command once: cgroup" {
	need_isolation cgroup
	hears_keyboard cgroup
}

@test "Ctrl-C reaches the command once: pidns" {
	need_isolation pidns
	hears_keyboard pidns
}

@test "with --new-session Ctrl-C reaches ph alone, and is forwarded: pidns" {
	need_isolation pidns
	make_listener
	on_terminal --metrics=metrics --new-session -k inf --isolate=pidns -- ./listener INT
	is_ready
	printf '\003' >&6
	hears INT
	tell 8
	ended 8
	sent 1
}

stops_and_goes_on() {
	make_shell
	run -5 python3 shell.py "$PH" run --isolate="$1" -- ./listener
	[ "$output" = "stopped 20 T" ]
}

@test "Ctrl-Z stops ph and the command, and fg continues both: cgroup" {
	need_isolation cgroup
	stops_and_goes_on cgroup
}

@test "Ctrl-Z stops ph and the command, and fg continues both: pidns" {
	need_isolation pidns
	stops_and_goes_on pidns
}

first_process() {
	inside -k inf --isolate="$1" -- ./listener TERM USR1
	find_first
	kill -USR1 "$first"
	hears USR1
	kill -TERM "$first"
	hears TERM
	tell 3
	ended 3
}

@test "as pid 1: cgroup" {
	need_isolation cgroup
	first_process cgroup
}

@test "as pid 1: pidns" {
	need_isolation pidns
	unshare -pf --mount-proc "$PH" run --isolate=pidns true 2>/dev/null || skip "no pidns in another"
	first_process pidns
}

# nested HOW
nested() {
	make_family
	hold background -k 50ms --isolate="$1" -- "$PH" run -k inf --isolate="$1" -- ./family ./listener
	family_stands
	tell 4
}

@test "one below another, which is killed: cgroup" {
	need_isolation cgroup
	nested cgroup
	kill -KILL "$runner"
	ended 137
	nobody_will_be_left
}

@test "one below another, which is killed: pidns" {
	need_isolation pidns
	"$PH" run --isolate=pidns "$PH" run --isolate=pidns true 2>/dev/null || skip "no pidns in another"
	nested pidns
	kill -KILL "$runner"
	ended 137
	nobody_will_be_left
}

# ---- the processes of ph's own ----

@test "the first process of the namespace minds no signal, and holds nothing of others" {
	need_isolation pidns
	need_proc
	need_children
	listen -k inf --isolate=pidns -- USR1
	init=$(own ph-init)
	kill -TERM "$init"
	kill -INT "$init"
	kill -HUP "$init"
	kill -USR1 "$runner"
	hears USR1
	[ "$(find "/proc/$init/fd" -type l ! -lname 'socket:*' ! -lname 'anon_inode:*' | wc -l)" -eq 0 ]
	tell 3
	ended 3
}

@test "a namespace that is ended from outside ends the command" {
	need_isolation pidns
	need_proc
	need_children
	listen -k inf --isolate=pidns --
	kill -KILL "$(own ph-init)"
	ended 137
}
