#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph run, and what the command has left behind: nobody, however it ends

load helper
load run

# ---- the five kinds of descendants, and every way of ending ----

# family OPTION... -- SIGNAL...: ph run in the background with a family, all of which stand.
family() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	make_family
	hold background "${options[@]}" -- ./family ./listener "$@"
	family_stands
}

says_five() {
	grep -Eqx 'ph: run: stopped 5 leftover processes:( (sleep|bash)\([0-9]+\)){5}' messages
}

by_itself() {
	family -k 50ms --isolate="$1" --
	tell 7
	ended 7
	nobody_is_left
	says_five
}

@test "nobody is left when the command ends: subreaper" {
	by_itself subreaper
}

@test "nobody is left when the command ends: cgroup" {
	need_isolation cgroup
	by_itself cgroup
}

@test "nobody is left when the command ends: pidns" {
	need_isolation pidns
	by_itself pidns
}

@test "nobody is left when the command ends: without pidfds" {
	export PHDEBUG=pidfd=0
	by_itself subreaper
	nobody_is_left
}

by_term() {
	family -k 50ms --isolate="$1" --
	kill -TERM "$runner"
	ended 143
	nobody_is_left
	says_five
}

@test "nobody is left after a SIGTERM to ph: subreaper" {
	by_term subreaper
}

@test "nobody is left after a SIGTERM to ph: cgroup" {
	need_isolation cgroup
	by_term cgroup
}

@test "nobody is left after a SIGTERM to ph: pidns" {
	need_isolation pidns
	by_term pidns
}

# the time may be up before all of them stand: then those who do are ended
by_timeout() {
	make_family
	hold background -t 300ms -k 50ms --isolate="$1" -- ./family ./listener TERM
	ended 124
	nobody_is_left
}

@test "nobody is left after the timeout: subreaper" {
	by_timeout subreaper
}

@test "nobody is left after the timeout: cgroup" {
	need_isolation cgroup
	by_timeout cgroup
}

@test "nobody is left after the timeout: pidns" {
	need_isolation pidns
	by_timeout pidns
}

# the keyboard is descriptor 6 already
hold_on_terminal() {
	need_program script
	mkfifo keys
	exec 5<>keys
	exec 6<>alive
	env --default-signal=HUP,INT,QUIT script -qefc "exec '$PH' run $*" /dev/null <&5 >screen 2>&1 3>&- 9>alive &
	runner=$!
	targets+=("$runner")
	exec 4<alive
	exec 6<&4 4<&-
}

by_keyboard() {
	make_family
	hold_on_terminal -k 50ms --isolate="$1" -- ./family ./listener
	family_stands
	printf '\003' >&5
	ended 130
	nobody_is_left
}

@test "nobody is left after Ctrl-C: subreaper" {
	by_keyboard subreaper
}

@test "nobody is left after Ctrl-C: cgroup" {
	need_isolation cgroup
	by_keyboard cgroup
}

@test "nobody is left after Ctrl-C: pidns" {
	need_isolation pidns
	by_keyboard pidns
}

# without an end of the grace: only the second one ends it
by_second() {
	family -k inf --isolate="$1" -- TERM INT
	kill -TERM "$runner"
	hears TERM
	kill -INT "$runner"
	ended 137
	nobody_is_left
	says_five
}

@test "nobody is left after a second SIGTERM or SIGINT: subreaper" {
	by_second subreaper
}

@test "nobody is left after a second SIGTERM or SIGINT: cgroup" {
	need_isolation cgroup
	by_second cgroup
}

@test "nobody is left after a second SIGTERM or SIGINT: pidns" {
	need_isolation pidns
	by_second pidns
}

by_kill() {
	family -k inf --isolate="$1" -- TERM
	kill -KILL "$runner"
	ended 137
	nobody_will_be_left
}

@test "nobody is left when ph is killed: cgroup" {
	need_isolation cgroup
	need_proc
	directory=$("$PH" run --isolate=cgroup --report=fd:1 true | sed 's/.*"cgroup":"//; s/\/ph-run-.*//')
	family -k inf --isolate=cgroup -- TERM
	handle=$("$PH" find "$runner")
	[ -d "$directory/ph-run-${handle/:/-}" ]
	kill -KILL "$runner"
	ended 137
	nobody_will_be_left
	# and so is the cgroup, a moment later
	while [ -d "$directory/ph-run-${handle/:/-}" ]; do :; done
}

@test "nobody is left when ph is killed: pidns" {
	need_isolation pidns
	by_kill pidns
}

# ---- a storm ----

storm() {
	make_listener
	mkfifo alive
	hold background -k 50ms --isolate="$1" -- sh -c '"$1" 400000; read -r status <&7; exit "$status"' _ \
		"${STORM:?the path of storm}"
	hears storm
}

storm_by_itself() {
	storm "$1"
	tell 3
	ended 3
	nobody_is_left
}

@test "a storm in which each forks its successor and exits is ended: subreaper" {
	storm_by_itself subreaper
}

@test "a storm in which each forks its successor and exits is ended: cgroup" {
	need_isolation cgroup
	storm_by_itself cgroup
}

@test "a storm in which each forks its successor and exits is ended: pidns" {
	need_isolation pidns
	storm_by_itself pidns
}

@test "a storm ends with ph: cgroup" {
	need_isolation cgroup
	storm cgroup
	kill -KILL "$runner"
	ended 137
	nobody_will_be_left
}

@test "a storm ends with ph: pidns" {
	need_isolation pidns
	storm pidns
	kill -KILL "$runner"
	ended 137
	nobody_will_be_left
}

# ---- the second wish, once the command has ended ----

# leave_listener OPTION... -- SIGNAL...: a command that leaves a listener, which is ready, and exits with 3
leave_listener() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	make_listener
	# shellcheck disable=SC2016
	background "${options[@]}" -- bash -c '"$@" & read -r -t 60 _ line <&8; echo "$line" >left; exit 3' _ ./listener "$@"
}

# The listener is ready, and what it says from now on is for the test.
is_left() {
	until [ -s left ]; do
		is_alive "$runner"
	done
}

@test "a second wish while leftovers have their grace is SIGKILL" {
	# blocked from the start: it is never too early for it
	make_listener
	# shellcheck disable=SC2016
	env --default-signal=HUP,INT,QUIT --block-signal=TERM "$PH" run -k inf -- \
		bash -c './listener TERM & read -r -t 60 _ line <&8; echo "$line" >left; exit 3' >out 2>messages 3>&- &
	runner=$!
	targets+=("$runner")
	is_left
	hears TERM
	kill -TERM "$runner"
	kill -INT "$runner"
	ended 3
	[ "$(cat messages)" = "ph: run: stopped 1 leftover process: listener($(cat left))" ]
}

# ---- wait and leave ----

@test "--leftovers=wait waits for them, and tells how they ended" {
	need_program python3
	need_inode
	leave_listener --leftovers=wait --report=report --
	is_left
	# ph has met who is left, and sleeps until that ends
	until grep -qsx $'Pid:\t'"$(cat left)" "/proc/$runner/fdinfo/"*; do
		is_alive "$runner"
	done
	becomes "$runner" S
	tell 9
	ended 3
	[ ! -s messages ]
	[ "$(fields status leftovers.0.comm leftovers.0.pid leftovers.0.signal leftovers.0.exit.code)" = \
		"3 \"listener\" $(cat left) null 9" ]
}

@test "a wish for an end ends the wait, with a grace" {
	need_program python3
	leave_listener --leftovers=wait --report=report -k inf -- TERM=4
	# without the wait, which began before or does not begin at all
	is_left
	kill -TERM "$runner"
	status=0
	wait "$runner" || status=$?
	[ "$status" -eq 3 ] || [ "$status" -eq 143 ]
	[ "$(fields leftovers.0.signal leftovers.0.exit.code escalated)" = '"TERM" 4 false' ]
}

@test "the timeout ends the wait" {
	need_program python3
	leave_listener --leftovers=wait --report=report -t 100ms -k 50ms -- TERM
	ended 124
	[ "$(fields timed_out)" = true ]
}

@test "--leftovers=leave leaves when the command does, whoever is left" {
	make_listener
	# shellcheck disable=SC2016
	run -0 "$PH" run --leftovers=leave bash -c './listener >/dev/null 2>&1 3>&- & exit 0'
	is_ready
	is_alive "$command"
	tell 0
}

@test "children that are older than the command are left alone" {
	make_listener
	# shellcheck disable=SC2016
	run -3 --separate-stderr bash -c './listener USR1 >/dev/null 2>&1 3>&- & exec "$1" run sh -c "exit 3"' _ "$PH"
	[ "$stderr" = "ph: run: children older than the command run as well: nobody is stopped" ]
	is_ready
	kill -USR1 "$command"
	hears USR1
	tell 0
}

# ---- what is said ----

@test "-q does not tell of leftovers, and the report does" {
	need_program python3
	make_listener
	# shellcheck disable=SC2016
	run -0 --separate-stderr "$PH" run -q --report=report bash -c './listener 3>&- & read -r -t 60 line <&8'
	[ -z "$output$stderr" ]
	[ "$(fields escalated leftovers.0.comm leftovers.0.signal leftovers.0.exit.signal)" = \
		'false "listener" "TERM" "TERM"' ]
	fields leftovers.0.pid leftovers.0.handle | grep -Eqx '([0-9]+) "\1:t?[0-9]+"'
}

@test "the grace is over for a leftover as well" {
	need_program python3
	make_listener
	# shellcheck disable=SC2016
	run -0 --separate-stderr "$PH" run -v -k 50ms --report=report bash -c './listener TERM 3>&- & read -r -t 60 line <&8'
	[[ ${stderr_lines[1]} == "ph: run: SIGKILL for what is left: the grace is over" ]]
	[ "$(fields escalated leftovers.0.signal leftovers.0.exit.signal)" = 'true "KILL" "KILL"' ]
}

@test "names of leftovers are escaped" {
	need_proc
	make_listener
	# shellcheck disable=SC2016
	run -0 --separate-stderr "$PH" run bash -c '
		bash -c "printf %s \$1 >/proc/\$\$/comm; echo >&8; read -r <&7" _ "$1" 3>&- &
		read -r -t 60 <&8' _ $'a\e[1m\xff'
	[[ $stderr == 'ph: run: stopped 1 leftover process: a\x1b[1m\xff('*')' ]]
}

@test "many leftovers are counted, and ten are named" {
	need_program python3
	make_listener
	# shellcheck disable=SC2016
	run -0 --separate-stderr "$PH" run --report=report bash -c '
		for i in {1..12}; do ./listener 3>&- & read -r -t 60 line <&8; done'
	[[ $stderr == "ph: run: stopped 12 leftover processes: "*") and 2 more" ]]
	[ "$(grep -o listener <<<"$stderr" | wc -l)" -eq 10 ]
	[ "$(grep -o '"comm":"listener"' report | wc -l)" -eq 12 ]
}

@test "where nobody can be found, a success is none" {
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	need_no_sanitizer
	make_listener
	# shellcheck disable=SC2016
	run -125 unshare -rm bash -c 'mount -t tmpfs none /proc && exec "$1" run bash -c "./listener >/dev/null 2>&1 3>&- &"' _ "$PH"
	[[ $output == "ph: run: cannot stop what is left: "* ]]
	is_ready
	tell 0
}

@test "wrong words are refused" {
	for words in "--leftovers=x" "--leftovers=" "--isolate=x" "--leftovers=leave --isolate=cgroup" \
		"--leftovers=leave --isolate=pidns"; do
		# shellcheck disable=SC2086
		run -125 "$PH" run $words touch made
		[ ! -e made ]
	done
}
