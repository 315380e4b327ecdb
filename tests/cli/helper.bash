# SPDX-License-Identifier: MIT
#
# Shared by the tests of ph: PH is the program. A target is a process that stands still until
# somebody ends it; each test ends the ones that it started, by number, while it has not reaped them.

bats_require_minimum_version 1.5.0

setup() {
	: "${PH:?the path of ph}"
	cd "$BATS_TEST_TMPDIR" || exit
	# the same for all, also where there was none: script would take its terminal for it
	exec </dev/null
	# without SHELL, script takes /bin/sh: the same one everywhere
	unset PHDEBUG NO_COLOR SHELL
	targets=()
}

# is_ours PROCESS: does the number still belong to a process of this test? Once that has been reaped,
# anybody may have it.
is_ours() {
	local stat='' parent
	[ -r /proc/self/stat ] || return 0
	IFS= read -r -d '' stat 2>/dev/null <"/proc/$1/stat" || :
	read -r _ parent _ <<<"${stat##*) }"
	[ "${parent:-0}" -eq "$BASHPID" ] || [ "/proc/$1/cwd" -ef "$BATS_TEST_TMPDIR" ]
}

teardown() {
	local target
	for target in "${targets[@]}"; do
		! is_ours "$target" || kill -KILL "$target" 2>/dev/null || :
		# its end is not news
		wait "$target" 2>/dev/null || :
	done
	[ -z "${cgroup-}" ] || rmdir "$cgroup"
}

# executes PROCESS NAME: waits until it does. Up to then it is a shell, which may swallow a signal.
executes() {
	local name word
	[ -r /proc/self/comm ] || return 0
	until read -r name <"/proc/$1/comm" && [ "$name" = "$2" ]; do
		is_alive "$1"
	done
	# a moment after its name it has a command line
	until IFS= read -r -d '' word <"/proc/$1/cmdline"; do
		is_alive "$1"
	done
}

# Starts a target; its number is in $pid.
start() {
	sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	executes "$pid" sleep
}

# Starts a target that calls itself $1; its number is in $pid. It is ready when this returns.
start_named() {
	[ -e stand ] || mkfifo stand
	[ -e ready ] || mkfifo ready
	exec 7<>stand 8<>ready
	# shellcheck disable=SC2016
	bash -c 'printf %s "$1" >/proc/$$/comm; echo >&8; read -r' _ "$1" <&7 >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	read -r <&8
}

# Sets $name to one that no other process here has.
make_name() {
	name=ph$BATS_TEST_NUMBER-$BASHPID
}

# start_program PATH [ARGUMENT]...: a target that runs a program of its own; its number is in $pid.
start_program() {
	local base=${1##*/}
	[ -e stand ] || mkfifo stand
	exec 7<>stand
	[ -e "$1" ] || cp "$(command -v bash)" "$1"
	"$1" -c 'read -r; :' "${@:2}" <&7 >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	executes "$pid" "${base:0:15}"
}

# Starts a target that has a child, which has ended, and never waits for it: $zombie. A shell might reap
# it; what the shell has become does not.
start_zombie() {
	bash -c 'sleep 1000 & echo $!; exec sleep 1000' </dev/null >child 2>/dev/null 3>&- &
	pid=$!
	targets+=("$pid")
	executes "$pid" sleep
	read -r zombie <child
	kill -KILL "$zombie"
	until grep -q '^State:.*Z' "/proc/$zombie/status"; do
		is_alive "$zombie"
	done
}

# Starts a target whose name would steer a terminal and mislead a parser: it is in $hostile, as it is
# shown in $escaped. A shell would write such a name to comm line by line, but a file can have it.
start_hostile() {
	hostile=$'a)\n\e[1m\xff'
	# shellcheck disable=SC2034
	escaped='a)\x0a\x1b[1m\xff'
	[ -e stand ] || mkfifo stand
	[ -e ready ] || mkfifo ready
	exec 7<>stand 8<>ready
	[ -e "./$hostile" ] || cp "$(command -v bash)" "./$hostile" || skip "no such name for a file here"
	"./$hostile" -c 'echo >&8; read -r; :' <&7 >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	read -r <&8
}

# start_later COMMAND...: as the command does, but in a later tick of the clock than the last target.
start_later() {
	local before
	before=$(started "$pid")
	until "$@" && [ "$(started "$pid")" != "$before" ]; do
		finish
	done
}

# The start time of a process whose name has no ")" in it.
started() {
	sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20
}

# Ends the last target, and reaps it: its number is free.
finish() {
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
}

# state_of PROCESS: the letter that it has in /proc/PID/stat
state_of() {
	sed 's/.*) //; s/ .*//' "/proc/$1/stat"
}

# becomes PROCESS STATE: waits until it is
becomes() {
	until [ "$(state_of "$1")" = "$2" ]; do
		is_alive "$1"
	done
}

# Starts $child, which has ended with 0 when this returns, and whose parent $shell does not reap it: it
# was stopped before.
start_unreaped() {
	mkfifo go born
	exec 8<>go 9<>born
	# shellcheck disable=SC2016
	bash -c '(read -r) <&8 & echo $! >&9; kill -STOP $$' 3>&- &
	shell=$!
	targets+=("$shell")
	read -r child <&9
	becomes "$shell" T
	echo >&8
	becomes "$child" Z
}

# Starts a target that nothing but SIGKILL ends; its number is in $pid.
start_stubborn() {
	env --ignore-signal=TERM,HUP,INT sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	executes "$pid" sleep
}

# start_listener SIGNAL[=STATUS]...: a target that says what it hears; see listener.c.
start_listener() {
	mkfifo told heard
	exec 7<>told 8<>heard
	"${LISTENER:?the path of listener}" "$@" 3>&- &
	pid=$!
	targets+=("$pid")
	read -r -t 60 word _ <&8
	[ "$word" = ready ]
}

hears() {
	read -r -t 60 line <&8
	[ "$line" = "$1" ]
}

# start_herd COUNT: so many targets at once, their numbers in the file herd; they end with this test at
# the latest. Their parent, which reaps them and then ends, is in $pid.
start_herd() {
	[ -r /proc/self/comm ] || skip "no /proc"
	mkfifo hold ready
	exec 8<>ready 9<>hold
	# shellcheck disable=SC2016
	bash -c '
		for ((i = 0; i < $1; i++)); do cat <&0 >/dev/null & echo $! >&5; list+=($!); done
		for one in "${list[@]}"; do until read -r name <"/proc/$one/comm" && [ "$name" = cat ]; do :; done; done
		echo ready >&8
		wait' _ "$1" <hold 5>herd >/dev/null 2>&1 9>&- 3>&- &
	pid=$!
	targets+=("$pid")
	read -r -t 60 word <&8
	[ "$word" = ready ]
}

# Sets $cgroup to an empty cgroup, which teardown removes.
make_cgroup() {
	local mount
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$mount" ] || skip "no cgroup v2 is mounted"
	mkdir "$mount/ph-bats-$BASHPID" 2>/dev/null || skip "cgroups cannot be made here"
	cgroup=$mount/ph-bats-$BASHPID
}

# The address sanitizer looks for its options and for leaks in /proc.
need_no_sanitizer() {
	! grep -q __asan_init "$PH" || skip "the address sanitizer does not work without /proc"
}

# holds PROCESS COUNT: waits until the process holds that many handles: pidfds, or directories in /proc.
holds() {
	until [ "$(find "/proc/$1/fd" -printf '%l\n' 2>/dev/null |
		grep -Ec 'pidfd|^/proc/[0-9]+$')" -ge "$2" ]; do
		is_alive "$1"
	done
}

is_alive() {
	kill -0 "$1" 2>/dev/null
}

# Is a pidfd the identity here? Other tests need the inode in the handle.
need_inode() {
	"$PH" find "$$" | grep -Eq '^[0-9]+:[0-9]+$' || skip "this kernel gives processes no inode"
}

need_exit_status() {
	"$PH" doctor --json | grep -q '"name":"exitinfo","kernel":"6.15","state":"used"' ||
		skip "this kernel does not tell how others ended"
}

need_program() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# Becomes somebody who may not signal processes of root: sets $nobody to a prefix, or to nothing.
need_stranger() {
	nobody=()
	if [ "$(id -u)" -eq 0 ]; then
		need_program setpriv
		nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		"${nobody[@]}" "$PH" --version >/dev/null 2>&1 || skip "nobody cannot run ph here"
	fi
}

# Each line of the file $1 is one JSON object.
check_json_lines() {
	need_program python3
	python3 -c '
import json, sys
lines = open(sys.argv[1]).read().splitlines()
assert lines
for line in lines:
    assert json.loads(line)["v"] == 1, line
' "$1"
}
