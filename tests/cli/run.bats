#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph run

load helper
load run

# ---- what it starts ----

@test "the exit status of the command is that of ph" {
	for status in 0 1 2 3 5 124 125 126 127 255; do
		run -"$status" --separate-stderr "$PH" run sh -c "exit $status"
		[ -z "$output$stderr" ]
	done
	run -3 "$PH" run -- sh -c 'exit 3'
}

@test "a command that a signal killed is 128 and the signal" {
	for signal in 1 9 11 15; do
		run -$((128 + signal)) env --default-signal=HUP,INT,QUIT bash -c 'ulimit -c 0; "$@"' _ "$PH" run sh -c "kill -$signal \$\$"
	done
}

@test "the first word that is no option is the command, and what follows is its own" {
	run -0 "$PH" run echo -t 5 --help -- -q
	[ "$output" = "-t 5 --help -- -q" ]
	run -0 "$PH" run -q -- echo -- x
	[ "$output" = "-- x" ]
	run -0 "$PH" -q run echo ""
	[ "$output" = "" ]
	run -127 "$PH" run -- -q
	[[ $output == "ph: run: cannot execute -q: "* ]]
}

@test "what cannot be started is told apart" {
	run -127 "$PH" run nosuch-program
	[ "$output" = "ph: run: cannot execute nosuch-program: No such file or directory" ]
	run -127 "$PH" run ./nosuch
	run -127 "$PH" run ""
	run -127 "$PH" run -q ./nosuch
	[ -n "$output" ]
	touch plain
	run -126 "$PH" run ./plain
	[ "$output" = "ph: run: cannot execute ./plain: Permission denied" ]
	run -126 "$PH" run ./
	run -126 "$PH" run ./plain/x
	printf '#!/nosuch/interpreter\n' >script
	chmod +x script plain
	run -126 "$PH" run ./script
	[ "$output" = "ph: run: cannot execute ./script: the interpreter that it names is missing" ]
	echo 'exit 3' >plain
	run -126 "$PH" run ./plain
	[ "$output" = "ph: run: cannot execute ./plain: Exec format error" ]
}

@test "a wrong command line is 125, and nothing is started" {
	for words in "" "--nonsense" "-t x touch made" "-t" "-s NOSUCH touch made" "-s 0 touch made" \
		"-k -1 touch made" "--report= touch made" "--json touch made" "-n touch made" \
		"--report fd:x touch made" "--report fd:99 touch made" "--report fd:-1 touch made" \
		"--report /nonexistent/file touch made" "-s TERM -s INT touch made" "--" "--tim 5 touch made"; do
		# shellcheck disable=SC2086
		run -125 --separate-stderr "$PH" run $words
		[ -z "$output" ]
		[[ ${stderr_lines[0]} == "ph: run: "* ]]
		[ ! -e made ]
	done
	run -125 "$PH" --json run touch made
	run -125 "$PH" --dry-run run touch made
	[ ! -e made ]
}

@test "no descriptor left is 125, before there is a command" {
	need_program python3
	# the report has the last one; who looks for leaks needs another
	ASAN_OPTIONS=detect_leaks=0 run -125 bash -c 'exec 3>&-; ulimit -n 4; exec "$1" run --report=report touch made' _ "$PH"
	[[ $output == "ph: run: cannot "*": Too many open files" ]]
	[ ! -e made ]
	[ "$(fields error.code)" = '"failed"' ]
}

@test "standard streams, other descriptors, environment and directory are those of ph" {
	# shellcheck disable=SC2016
	run -0 bash -c 'echo in | A=1 "$1" run sh -c "cat; echo \$A; pwd; echo five >&5" 5>five' _ "$PH"
	[ "$output" = "in
1
$PWD" ]
	[ "$(cat five)" = five ]
	need_proc
	# shellcheck disable=SC2016
	list='ls /proc/self/fd'
	[ "$(bash -c "$list" 5</dev/null)" = "$("$PH" run bash -c "$list" 5</dev/null)" ]
	diff <(env | grep -v '^_=') <("$PH" run env | grep -v '^_=')
}

@test "what is closed stays closed" {
	need_proc
	for fd in 0 1 2; do
		status=0
		bash -c '"$1" run test -e "/proc/self/fd/$2" '"$fd>&-" _ "$PH" "$fd" || status=$?
		[ "$status" -eq 1 ]
	done
	run -7 bash -c '"$1" run sh -c "exit 7" <&- >&- 2>&-' _ "$PH"
}

@test "ignored and blocked signals are as ph found them" {
	need_proc
	need_program python3
	cat >mask.py <<-'EOF'
		import os, signal, sys
		signal.signal(signal.SIGPIPE, signal.SIG_DFL)
		signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
		signal.signal(signal.SIGCHLD, signal.SIG_IGN)
		signal.signal(signal.SIGHUP, signal.SIG_IGN)
		signal.signal(signal.SIGUSR1, signal.SIG_IGN)
		signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM, 40])
		os.execvp(sys.argv[1], sys.argv[1:])
	EOF
	show=(grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status)
	python3 mask.py "${show[@]}" >plain
	python3 mask.py "$PH" run "${show[@]}" >below
	diff plain below
	"${show[@]}" >plain
	"$PH" run "${show[@]}" >below
	diff plain below
}

@test "an exit status is known also where SIGCHLD is ignored" {
	need_program python3
	for settings in "" pidfd=0; do
		PHDEBUG=$settings run -3 python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])' "$PH" run sh -c 'exit 3'
	done
}

@test "the command is in the group and session of ph, or leads its own" {
	need_proc
	# shellcheck disable=SC2016
	ids='read -r _ _ _ _ group session _ </proc/self/stat; echo "$group $session"'
	[ "$(sh -c "$ids; :")" = "$("$PH" run sh -c "$ids; :")" ]
	# shellcheck disable=SC2016
	run -0 "$PH" run --new-session sh -c 'read -r pid _ _ _ group session _ </proc/self/stat; echo "$pid $group $session $$"'
	read -r pid group session self <<<"$output"
	[ "$pid $group $session" = "$self $self $self" ]
}

# ---- deadlines ----

@test "the timeout sends SIGTERM, and is 124" {
	need_program python3
	run -124 --separate-stderr "$PH" run -t 50ms --report=report sleep 1000
	[ -z "$output$stderr" ]
	[ "$(fields timed_out escalated status)" = "true false 124" ]
	[ "$(fields exit.signal)" = '"TERM"' ]
	run -0 "$PH" run -t 1h true
	run -0 "$PH" run --timeout=inf true
	run -124 "$PH" run -t 0 sleep 1000
}

@test "who does not mind SIGTERM is killed after the grace, and that is 124 as well" {
	need_program python3
	run -124 env --ignore-signal=TERM "$PH" run -t 50ms -k 50ms --report=report sleep 1000
	[ "$(fields timed_out escalated)" = "true true" ]
	[ "$(fields exit.signal)" = '"KILL"' ]
	run -124 env --ignore-signal=TERM "$PH" run -t 50ms -k 0 --report=report sleep 1000
	[ "$(fields escalated)" = true ]
}

@test "-s is what the timeout sends" {
	need_program python3
	for signal in INT KILL RTMIN+2; do
		run -124 env --default-signal=HUP,INT,QUIT "$PH" run -t 50ms -s "$signal" --report=report sleep 1000
		[ "$(fields exit.signal)" = "\"$signal\"" ]
		[ "$(fields escalated)" = false ]
	done
}

@test "a command that exits with a status of its own on the timeout is 124" {
	need_program python3
	make_listener
	# blocked from the start: it is never too early for it
	run -124 env --block-signal=TERM "$PH" run -t 50ms -k inf --report=report ./listener TERM=7
	[ "$(fields exit.code)" = 7 ]
}

@test "a command that is stopped is stopped by the timeout" {
	# it stops itself: whoever did that from here might come after the timeout
	run -124 "$PH" run -t 300ms -k inf -- bash -c 'kill -STOP $$; exec sleep 1000'
}

@test "the deadlines hold without pidfds" {
	export PHDEBUG=pidfd=0
	run -124 "$PH" run -t 50ms sleep 1000
	run -124 env --ignore-signal=TERM "$PH" run -t 50ms -k 50ms sleep 1000
	run -5 "$PH" run -t 1h sh -c 'exit 5'
}

# ---- signals ----

@test "signals to ph are forwarded, each once" {
	listen -k inf -- HUP INT QUIT USR1 USR2 ALRM CONT URG IO PWR VTALRM RTMIN+3 ABRT SEGV TERM
	for signal in HUP USR1 USR2 ALRM CONT URG IO PWR VTALRM RTMIN+3 ABRT SEGV QUIT INT; do
		kill -"$signal" "$runner"
		hears "$signal"
	done
	tell 3
	ended 3
	sent 14
}

@test "a number that was sent along arrives, and what others leave out" {
	need_program python3
	make_listener
	cat >queued.py <<-'EOF'
		import os, signal
		all = [signal.SIGUSR1, signal.SIGWINCH, signal.SIGPIPE, signal.SIGTTIN, signal.SIGCONT]
		signal.pthread_sigmask(signal.SIG_BLOCK, all)
		os.write(8, f"ready {os.getpid()}\n".encode())
		for _ in all:
		    info = signal.sigwaitinfo(all)
		    os.write(8, f"{info.si_signo} {info.si_code}\n".encode())
	EOF
	background -- python3 queued.py
	is_ready
	"$PH" kill -s USR1 --queue 7 "$runner"
	hears "10 -1"
	kill -WINCH "$runner"
	hears "28 0"
	kill -PIPE "$runner"
	hears "13 0"
	kill -TTIN "$runner"
	hears "21 0"
	kill -CONT "$runner"
	hears "18 0"
	ended 0
}

@test "a wish for an end starts the grace" {
	for signal in TERM INT HUP QUIT; do
		rm -f told heard
		listen -k 50ms -- "$signal"
		kill -"$signal" "$runner"
		# it may be killed before it has said that it heard the first of the two
		ended 137
		sent 2
	done
}

@test "a second SIGTERM or SIGINT kills at once" {
	listen -k inf -- TERM INT HUP
	kill -HUP "$runner"
	hears HUP
	kill -TERM "$runner"
	hears TERM
	kill -INT "$runner"
	ended 137
}

@test "the same signal twice from one sender, as from timeout(1), is one wish" {
	make_listener
	# half a second is between two wishes, and none goes by here
	ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0 \
		env --default-signal=TERM LD_PRELOAD="${STILL:?the path of still}" \
		"$PH" run -k inf -- ./listener TERM >out 2>messages 3>&- &
	runner=$!
	targets+=("$runner")
	is_ready
	kill -TERM "$runner"
	hears TERM
	kill -TERM "$runner"
	hears TERM
	tell 7
	ended 7
}

@test "a command that dies of the signal that was forwarded says so" {
	listen --
	kill -TERM "$runner"
	ended 143
	sent 1
}

@test "a signal that ph was told to ignore ends nothing" {
	make_listener
	# a shell that is not interactive has what is in the background ignore SIGINT
	"$PH" run -k 0 -- ./listener USR1 >out 2>messages 3>&- &
	runner=$!
	targets+=("$runner")
	is_ready
	kill -INT "$runner"
	kill -USR1 "$runner"
	hears USR1
	tell 4
	ended 4
}

@test "what the command sends to its group is no wish of anybody" {
	make_listener
	background -k 0 -- ./listener TERM
	is_ready
	tell parent
	hears TERM
	tell 6
	ended 6
}

@test "SIGTSTP to ph stops the command and ph, SIGCONT continues both" {
	need_proc
	# a group of which somebody else is the parent, or the kernel would stop nobody
	set -m
	listen --
	set +m
	kill -TSTP "$runner"
	becomes "$command" T
	becomes "$runner" T
	kill -CONT "$runner"
	tell 0
	ended 0
	sent 2
}

@test "SIGCONT is heard while ph is about to stop" {
	need_proc
	need_program strace
	strace -D -o trace true 2>/dev/null || skip "strace may not trace here"
	make_listener
	set -m
	# raise() asks for the pid, and gets it late: somebody has the time to continue it before
	# there is no looking for leaks in who is traced
	ASAN_OPTIONS=detect_leaks=0 strace -D -qq -o trace -e trace=getpid -e inject=getpid:delay_exit=300000 \
		"$PH" run ./listener 2>messages 3>&- &
	runner=$!
	set +m
	targets+=("$runner")
	is_ready
	kill -TSTP "$runner"
	becomes "$command" T
	kill -CONT "$runner"
	tell 0
	run -0 "$PH" wait -q -t 20s "$runner"
	ended 0
}

@test "a command dies with ph" {
	listen --
	handle=$("$PH" find "$command")
	kill -KILL "$runner"
	ended 137
	run "$PH" wait -t 60s "$handle"
	[ "$status" -eq 0 ]
}

@test "orphans of the command are reaped while it runs" {
	need_proc
	make_listener
	mkfifo end
	exec 9<>end
	# shellcheck disable=SC2016
	background -- bash -c 'echo "ready $$" >&8; (bash -c "read -r <&9 & echo \$! >orphan"); echo >&8; read -r <&7'
	is_ready
	hears ""
	orphan=$(cat orphan)
	is_alive "$orphan"
	# its parent has ended
	echo >&9
	while [ -e "/proc/$orphan" ]; do
		is_alive "$runner"
	done
	tell x
	ended 0
}

# ---- terminals ----

@test "Ctrl-C reaches the command once, and ph leaves it to the command" {
	make_listener
	on_terminal --metrics=metrics -k 0 -- ./listener INT QUIT WINCH USR1
	is_ready
	printf '\003' >&6
	hears INT
	printf '\034' >&6
	hears QUIT
	printf '\003' >&6
	hears INT
	tell 9
	ended 9
	sent 0
}

@test "Ctrl-C ends a command that does not mind it, with 130" {
	make_listener
	on_terminal --metrics=metrics -- ./listener
	is_ready
	printf '\003' >&6
	ended 130
	sent 0
}

@test "with --new-session Ctrl-C reaches ph alone, and is forwarded" {
	make_listener
	on_terminal --metrics=metrics --new-session -k inf -- ./listener INT
	is_ready
	printf '\003' >&6
	hears INT
	tell 8
	ended 8
	sent 1
}

@test "the foreground of the terminal is left alone" {
	make_listener
	on_terminal -- sh -c "'echo \"ready \$\$\" >&8; read -r line; echo \"got \$line\" >&8'"
	is_ready
	echo word >&6
	hears "got word"
	ended 0
}

@test "Ctrl-Z stops ph and the command, and fg continues both" {
	make_shell
	run -5 python3 shell.py "$PH" run -- ./listener
	[ "$output" = "stopped 20 T" ]
}

# ---- reports ----

@test "a report says how it went" {
	need_program python3
	run -3 "$PH" run --report=report sh -c 'exit 3'
	check_json_lines report
	[ "$(wc -l <report)" -eq 1 ]
	[ "$(fields argv status exit.kind exit.code exit.source)" = '["sh", "-c", "exit 3"] 3 "exited" 3 "reaped"' ]
	[ "$(fields timed_out escalated)" = "false false" ]
	time='"[0-9]{4}-[0-9-]+T[0-9:.]+Z"'
	fields start end after_ms rusage | grep -Eqx "$time $time [0-9]+ .*\"maxrss_kb\": [1-9].*"
	fields pid handle | grep -Eqx '([0-9]+) "\1:t?[0-9]+"'
	[ "$(fields leftovers containment)" = '[] {"kind": "subreaper", "cgroup": null, "user_namespace": false, "proc": false}' ]
}

@test "a report says why there was no command" {
	need_program python3
	run -127 "$PH" run --report=report nosuch-program
	[ "$(fields status error.code)" = '127 "not_found"' ]
	fields error.message | grep -q 'cannot execute nosuch-program'
	touch plain
	run -126 "$PH" run --report=report ./plain
	[ "$(fields error.code)" = '"not_executable"' ]
}

@test "arguments that are not UTF-8 are in the report in base 64" {
	need_program python3
	"$PH" run --report=report true plain $'a\xffb'
	[ "$(fields argv_b64)" = '["dHJ1ZQ==", "cGxhaW4=", "Yf9i"]' ]
}

@test "a report to a descriptor is nothing to the command" {
	need_program python3
	need_proc
	"$PH" run --report=fd:5 sh -c 'test ! -e /proc/self/fd/5' 5>report
	[ "$(fields status)" = 0 ]
	# a pipe ends with ph, whoever the command has left
	make_listener
	# shellcheck disable=SC2016
	"$PH" run --leftovers=leave --report=fd:5 bash -c './listener >/dev/null 2>&1 & exit 0' 5>&1 >/dev/null | cat >report 3>&-
	[ "$(fields status)" = 0 ]
	is_ready
	tell 0
	"$PH" run --report=fd:2 true 2>report
	[ "$(fields status)" = 0 ]
}

@test "a report that cannot be written is 125" {
	[ -c /dev/full ] || skip "there is no /dev/full"
	run -125 "$PH" run --report=/dev/full true
	[[ $output == "ph: run: /dev/full: No space left on device" ]]
	run -125 bash -c 'exec 5<listener; "$1" run --report=fd:5 true' _ "$PH"
	run -125 bash -c '"$1" run --report=fd:1 true >&-' _ "$PH"
}

@test "the handle is printed on stderr, apart from what the command prints" {
	need_inode
	run -0 --separate-stderr "$PH" run --print-handle sh -c 'echo $$'
	[ "${stderr%:*}" = "$output" ]
	[[ $stderr =~ ^[0-9]+:[0-9]+$ ]]
	run -125 bash -c '"$1" run --print-handle true 2>&-' _ "$PH"
}

@test "-v tells what was done, and nothing is said without it" {
	local line most=$SECONDS
	run -124 --separate-stderr env --ignore-signal=TERM "$PH" run -v -t 50ms -k 50ms sleep 1000
	most=$((SECONDS - most + 1))
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 3 ]
	[[ ${stderr_lines[0]} == "ph: run: "*": SIGTERM sent after "*"s: the time is up" ]]
	[[ ${stderr_lines[1]} == "ph: run: "*": SIGKILL sent after "*"s: the grace is over" ]]
	[[ ${stderr_lines[2]} == "ph: run: "*": killed by SIGKILL after "*"s" ]]
	for line in "${stderr_lines[@]}"; do
		[[ $line =~ \ after\ ([0-9]+)\.[0-9]s ]]
		[ "${BASH_REMATCH[1]}" -le "$most" ]
	done
}

@test "a message that nobody reads does not reach the command as SIGPIPE" {
	need_program python3
	make_listener
	mkfifo pipe
	exec 5<>pipe
	exec 6>pipe
	exec 5>&-
	env --block-signal=TERM "$PH" run -v -t 50ms -k inf --report=report ./listener TERM PIPE=9 RTMIN+1 2>&6 3>&- &
	runner=$!
	targets+=("$runner")
	exec 6>&-
	is_ready
	hears TERM
	# forwarded after what came before it and has a lower number
	kill -RTMIN+1 "$runner"
	hears RTMIN+1
	tell 0
	ended 124
	[ "$(fields exit.code)" = 0 ]
}

# ---- as the first process ----

@test "as pid 1 it forwards what a pid 1 does not hear" {
	inside -k inf -- ./listener TERM INT HUP QUIT USR1 RTMIN+1
	find_first
	for signal in USR1 HUP QUIT TERM RTMIN+1; do
		kill -"$signal" "$first"
		hears "$signal"
	done
	tell 3
	ended 3
}

@test "as pid 1 it reaps everybody, and exits as the command does" {
	mkfifo end
	exec 9<>end
	# shellcheck disable=SC2016
	inside -- bash -c '
		for _ in {1..20}; do (bash -c "read -r <&9 &"); done
		echo "ready $$" >&8
		# each takes a line, and ends
		printf "\n%.0s" {1..20} >&9
		while [ "$(ls -d /proc/[0-9]* | wc -l)" -gt 5 ]; do :; done
		[ "$PPID" -eq 1 ] || exit 1
		read -r status <&7
		exit "$status"'
	tell 11
	ended 11
}

@test "as pid 1 a second SIGTERM kills" {
	inside -k inf -- ./listener TERM
	find_first
	kill -TERM "$first"
	hears TERM
	kill -TERM "$first"
	ended 137
}

@test "as pid 1 the timeout holds" {
	# blocked from the start: it is not too early for it, however late it is ready
	inside --block-signal=TERM -t 200ms -k inf -- ./listener TERM=7
	ended 124
}
