#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What the documents show works, and the examples do what they say. A process that stands still until
# somebody ends it is a `cat` whose standard input nobody writes to.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || exit
	mkfifo stdin
	exec 7<>stdin
	cat <&7 >/dev/null 3>&- &
	child=$!
	# up to its exec it is a shell, which may swallow a signal
	until read -r name <"/proc/$child/comm" && [ "$name" = cat ]; do
		kill -0 "$child"
	done
	shared=$(dirname "$(find "$BUILD" -name libprochandle.so)")
	export LD_LIBRARY_PATH=$shared
}

# Once it has been reaped, anybody may have the number.
is_ours() {
	[ ! -r /proc/self/stat ] || [ "/proc/$1/cwd" -ef "$BATS_TEST_TMPDIR" ]
}

teardown() {
	local process
	for process in "$child" ${below-}; do
		! is_ours "$process" || kill -KILL "$process" 2>/dev/null || :
	done
}

# Prints the first block of this language in a document.
block() {
	awk -v fence="\`\`\`$2" '$0 == "```" { inside = 0 } inside; $0 == fence && !seen { inside = seen = 1 }' "$top/$1"
}

# Compiles the program in the README as a stranger would.
compile() {
	block README.md c >stop.c
	[ -s stop.c ]
	# shellcheck disable=SC2086
	$CC $CFLAGS -Wall -Wextra -Werror stop.c -o stop -I"$top/include" -L"$shared" -lprochandle
}

# The shell reaps its child only when it waits.
reap() {
	kill -KILL "$child"
	wait "$child" 2>/dev/null || :
}

# Numbers, and the blanks that go with their length, differ from run to run.
plain() {
	sed -E 's/[0-9]+/N/g; s/ +/ /g'
}

@test "the transcript in the README is what ph demo prints" {
	[[ $("$PH" find $$) =~ ^[0-9]+:[0-9]+$ ]] || skip "handles have no inode here"
	status=0
	"$PH" demo >said 2>why || status=$?
	[ "$status" -ne 125 ] || skip "$(cat why)"
	[ "$status" -eq 0 ]
	diff <(block README.md text | sed 1d | plain) <(plain <said)
}

@test "the program in the README compiles as it says and stops a process" {
	compile
	run ./stop "$child"
	[ "$status" -eq 0 ]
	[[ $output == "killed by SIGTERM" || $output == "exit status unknown"* ]]
}

@test "the program in the README says that there is no such process" {
	compile
	reap
	run ./stop "$child"
	[ "$status" -eq 1 ]
	[ -n "$output" ]
}

@test "a handle in a file stops the process that it named" {
	"$PH" find "$child" >daemon.handle
	run "$PH" stop - <daemon.handle
	[ "$status" -eq 0 ]
	run "$PH" wait -t 0 "$(cat daemon.handle)"
	[ "$status" -eq 0 ]
}

@test "a handle in a file is stopped once its process has been reaped, and signals nobody" {
	"$PH" find "$child" >daemon.handle
	reap
	run "$PH" stop - <daemon.handle
	[ "$status" -eq 0 ] || [ "$status" -eq 4 ]
	run "$PH" kill - <daemon.handle
	[ "$status" -eq 1 ] || [ "$status" -eq 4 ]
}

@test "ph wait answers 124 when the deadline has passed" {
	run "$PH" wait -t 10ms "$("$PH" find "$child")"
	[ "$status" -eq 124 ]
}

# The displays of a page: commands after "$ ", and what they print, numbers and the time they take aside.
example() {
	awk '
	/^\.Sh / { inside = $2 == "EXAMPLES" }
	/^\.Ed/ { shown = 0 }
	inside && shown { print }
	inside && /^\.Bd -literal/ { shown = 1 }
	' "$top/man/$1" | sed 's/\\-/-/g; s/\\(aq/'"'"'/g; s/\\(dq/"/g'
}

@test "the examples of ph-run(1) print what the page says" {
	command -v jq >/dev/null || skip "jq is not installed"
	example ph-run.1 >page
	[ "$(grep -c '^\$ ph run' page)" -eq 3 ]
	# what a command is to ignore it does from the start: its own trap may come after the timeout
	PATH=$(dirname "$PH"):$PATH bash -c 'while IFS= read -r line; do
		case $line in
		"$ "*trap*TERM*) trap "" TERM ;;
		*) trap - TERM ;;
		esac
		case $line in
		"$ "*) echo "$line"; eval "${line#??}" 2>&1 ;;
		esac
	done <page' >said 3>&-
	# a handle is PID:tTICKS where processes have no inode
	diff <(plain <page | sed 's/N.Ns/N/') <(plain <said | sed 's/:tN:/:N:/; s/N.Ns/N/')
}

@test "the examples of the pages of verbs that only look are understood" {
	[ -r /proc/self/stat ] || skip "no /proc"
	# the handle that the pages show is of another machine, and a watch would go on
	handle=$("$PH" find $$)
	# shellcheck disable=SC2329
	ph() {
		case $1 in
		watch) "$PH" "$@" -t 0 ;;
		*) "$PH" "$@" ;;
		esac
	}
	for verb in find info ls tree watch; do
		sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl \$ //p' "$top/man/ph-$verb.1" |
			sed 's/\\-/-/g; s/\\(aq/'"'"'/g; s/\\(dq/"/g; s/1234:56789/'"$handle"'/' >lines
		[ "$(wc -l <lines)" -ge 3 ]
		grep -vq "^ph $verb" lines && false
		while IFS= read -r line; do
			status=0
			eval "$line" >said 2>why </dev/null || status=$?
			[ "$status" -ne 2 ] && [ "$status" -ne 125 ] || { cat why; false; }
			[ "$status" -ne 0 ] || [ -s said ] || [[ $line == *-q* ]]
		done <lines
	done
}

@test "every command line with ph in the README names a verb" {
	for verb in $(block README.md sh | sed -n 's/^ph \([a-z]*\).*/\1/p'); do
		"$PH" "$verb" --help
	done
}

@test "signal_by_identity signals the process that the file names" {
	"$PH" find "$child" >daemon.handle
	run "$EXAMPLES/signal_by_identity" daemon.handle
	[ "$status" -eq 0 ]
	[[ $output == *"SIGTERM sent" ]]
	status=0
	wait "$child" || status=$?
	[ "$status" -eq $((128 + 15)) ]
}

@test "signal_by_identity sends nothing once the process has been reaped" {
	"$PH" find "$child" >daemon.handle
	reap
	run "$EXAMPLES/signal_by_identity" daemon.handle
	[ "$status" -eq 1 ]
	[[ $output == *"nothing sent"* ]]
}

@test "keep_pidfile keeps a pid file that names it, alone, and removes it" {
	mkfifo stand
	exec 9<>stand
	"$EXAMPLES/keep_pidfile" x.pid <stand >ready 3>&- 9>&- &
	daemon=$!
	until [ -s ready ]; do kill -0 "$daemon"; done
	[ "$(cat x.pid)" = "$daemon" ]
	[ "$("$PH" find @x.pid)" = "$("$PH" find "$daemon")" ]
	run "$EXAMPLES/keep_pidfile" x.pid </dev/null
	[ "$status" -eq 1 ]
	[[ $output == "x.pid: another one runs" ]]
	exec 9>&-
	wait "$daemon"
	[ ! -e x.pid ]
}

@test "run_limited captures, limits and says how it ended" {
	run "$EXAMPLES/run_limited" echo hello
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'hello\nexited 0')" ]
	run "$EXAMPLES/run_limited" yes
	[ "$status" -eq 0 ]
	[[ $output == *$'\ny\n'*"killed by SIG"* ]]
	[ "${#output}" -lt 1100 ]
	run "$EXAMPLES/run_limited" /nowhere/at/all
	[ "$status" -eq 1 ]
}

@test "run_with_deadline hands on the exit status of a command that ends in time" {
	run "$EXAMPLES/run_with_deadline" 60000 sh -c 'exit 3'
	[ "$status" -eq 3 ]
	[ "$output" = "sh: exited 3" ]
}

@test "run_with_deadline terminates a command that does not" {
	run "$EXAMPLES/run_with_deadline" 10 cat <&7
	[ "$status" -eq 124 ]
	[ "$output" = "cat: killed by SIGTERM" ]
}

@test "run_with_deadline hands on what the command wrote" {
	run "$EXAMPLES/run_with_deadline" 60000 sh -c 'echo out; echo err >&2; ulimit -t'
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'out\nerr\n60\nsh: exited 0')" ]
}

@test "run_with_deadline says why a command cannot be run" {
	run "$EXAMPLES/run_with_deadline" 60000 /nowhere/at/all
	[ "$status" -eq 125 ]
	[ "$output" = "/nowhere/at/all: cannot execute the program: No such file or directory" ]
}

@test "stop_tree ends a process and what is below it, and tells of each" {
	local tree name

	mkfifo told
	sh -c 'cat <&7 >/dev/null & echo $! >told; wait' 3>&- &
	tree=$!
	read -r below <told
	until read -r name <"/proc/$below/comm" && [ "$name" = cat ]; do
		kill -0 "$below"
	done
	run "$EXAMPLES/stop_tree" "$tree" 60000
	[ "$status" -eq 0 ]
	[[ $output == *"$tree: signal 15"* ]]
	[[ $output == *"$below: signal 15"* ]]
	[[ $output == *"$below: "*"$tree: "* || $output == *"$tree: "*"$below: "* ]]
	[[ $output != *"still there"* ]]
	below=
}

@test "stop_tree of a process that is gone says so" {
	reap
	run "$EXAMPLES/stop_tree" "$child"
	[ "$status" -eq 1 ]
	[[ $output == "$child: "* ]]
}

@test "wait_for_several tells of each process when it ends" {
	"$EXAMPLES/show_abilities" | grep -q 'hold their process by a pidfd$' || skip "no pidfds, so nothing to poll"
	cat <&7 >/dev/null 3>&- &
	other=$!
	mkfifo told
	"$EXAMPLES/wait_for_several" "$child" "$other" >told 3>&- &
	exec 8<told
	read -r line <&8
	[ "$line" = "waiting for 2" ]
	kill -TERM "$child"
	read -r line <&8
	[[ $line == "$child "* ]]
	kill -TERM "$other"
	read -r line <&8
	[[ $line == "$other "* ]]
}

@test "few_at_a_time runs every line and tells how each ended" {
	run "$EXAMPLES/few_at_a_time" 2 <<-'EOT'
	exit 0
	exit 3
	kill -KILL $$
	exit 0
	EOT
	[ "$status" -eq 1 ]
	diff <(printf '%s\n' "$output" | sort) - <<-'EOT'
	exit 0: exited 0
	exit 0: exited 0
	exit 3: exited 3
	kill -KILL $$: killed by SIGKILL
	EOT
}

@test "few_at_a_time runs no more than it is told to" {
	mkfifo first second
	# two that wait for each other, and a third one that must come after them
	"$EXAMPLES/few_at_a_time" 2 >told 3>&- <<-'EOT'
	echo >first; read -r line <second
	read -r line <first; [ ! -e third ]; echo $? >alone; echo >second
	echo >third
	EOT
	[ "$(cat alone)" = 0 ]
	[ -e third ]
	[ "$(grep -c 'exited 0' told)" -eq 3 ]
}

@test "most_memory shows those who use most, and nothing that steers a terminal" {
	unshare -Urpf --mount-proc true 2>/dev/null || skip "no namespaces here"
	# somebody with a name of his own choice, who is ready before the table is made
	# shellcheck disable=SC2016
	run unshare -Urpf --mount-proc --kill-child bash -c '
		mkfifo ready hold
		exec 8<>ready 9<>hold
		(exec -a "$2" bash -c "echo >&8; read -r <&9") &
		read -r <&8
		"$1"' _ "$EXAMPLES/most_memory" $'evil\e[1m\\'
	[ "$status" -eq 0 ]
	[[ $output == *' evil\x1b[1m\x5c -c '* ]]
	[[ $output != *$'\e'* ]]
	# the one who looks, and that somebody
	[ "${#lines[@]}" -ge 2 ]
	printf '%s\n' "${lines[@]}" | awk '{ print $2 }' >sizes
	sort -rnc sizes
}

@test "outlive_parent tells how its parent ended" {
	mkfifo watching
	sh -c '"$0"/outlive_parent >watching & exec cat' "$EXAMPLES" <&7 >/dev/null 3>&- &
	parent=$!
	exec 8<watching
	read -r line <&8
	[ "$line" = "watching $parent" ]
	kill -KILL "$parent"
	wait "$parent" || :
	read -r line <&8
	[[ $line == "parent $parent: "* ]]
}

@test "show_abilities lists every feature, with the default of the program in force" {
	run env -u PHDEBUG "$EXAMPLES/show_abilities"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq $(($(grep -c '^FEATURE(' "$top/lib/sys/features.def") + 1)) ]
	[[ ${lines[-1]} == *"exitinfo=0" ]]
}

@test "show_abilities lets the environment override the default of the program" {
	run env PHDEBUG=exitinfo=1 "$EXAMPLES/show_abilities"
	[[ ${lines[-1]} == *"exitinfo=1" ]]
}

@test "owner stops a process in C++" {
	[ -x "$EXAMPLES/owner" ] || skip "no C++ compiler built it"
	run "$EXAMPLES/owner" "$child"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "$child:"* ]]
}

@test "owner throws when there is no such process" {
	[ -x "$EXAMPLES/owner" ] || skip "no C++ compiler built it"
	reap
	run "$EXAMPLES/owner" "$child"
	[ "$status" -eq 1 ]
	[[ $output == *ph_find* ]]
}
