#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What holds for every verb: the command line, the standard descriptors, exit statuses, text of
# strangers.

load helper

@test "ph alone prints twelve lines of usage on stderr and exits 2" {
	run -2 --separate-stderr "$PH"
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -ge 8 ]
	[ "$("$PH" 2>&1 | wc -l)" -eq 12 ]
	[ "${stderr_lines[-1]}" = "new here? ph demo" ]
}

@test "--version names the tool and the library" {
	run -0 "$PH" --version
	[[ $output =~ ^ph\ [0-9]+\.[0-9]+\.[0-9]+\ \(libprochandle\ [0-9.]+\)$ ]]
	run -0 "$PH" kill --version
	[[ $output == "ph "* ]]
}

@test "what is not a PID never leads to a signal: exit 2" {
	start
	for word in 0 -1 +1 010 00 0x10 1.5 1e3 4294967312 2147483648 18446744073709551617 "" " " \
		" $pid" "$pid " "$pid"$'\n' "$pid,1" nginx sleep % %1 '*' - "$pid:" "$pid:0x1" "$pid:-1" \
		"$pid:01" ":" ":0x1" "$pid:1:2" "$pid:t" "0:1" "-1:1" "$pid:1 " "٣"; do
		[ "$word" = - ] && continue
		run -2 --separate-stderr "$PH" kill -- "$word"
		[ -z "$output" ]
		[ -n "$stderr" ]
		run -2 "$PH" kill "$pid" -- "$word"
		run -2 "$PH" kill -- "$word" "$pid"
		run -2 "$PH" wait -t 0 -- "$word"
		run -2 "$PH" find -- "$word"
	done
	is_alive "$pid"
}

@test "the offending text is quoted" {
	run -2 "$PH" kill 0x10
	[[ $output == "ph: kill: '0x10': "* ]]
}

@test "an operand that is missing is a usage error" {
	run -2 "$PH" kill
	run -2 "$PH" wait
	run -2 "$PH" kill --
}

@test "an unknown verb, option or value is exit 2, on stderr" {
	for words in "nosuch 1" "--nonsense" "kill --nonsense 1" "kill -z 1" "wait -t" "wait -t x 1" \
		"wait --reap-wait= 1" "wait --count 0 1" "wait --count x 1" "--color sometimes find 1" \
		"kill --queue -1 1" "kill --queue 2147483648 1" "kill -s" "--metrics" "find --any 1" \
		"kill --missing-ok=yes 1" "wait --any --count 2 1" "find -n 1" "-n find 1" "help --json"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$PH" $words
		[ -z "$output" ]
		[[ ${stderr_lines[0]} == "ph: "* ]]
	done
	run -2 "$PH" find --metrics= $$
}

@test "an option that is of other verbs is told apart from one that is of none" {
	for words in "find -n 1" "-n find 1" "find --dry-run 1"; do
		# shellcheck disable=SC2086
		run -2 "$PH" $words
		[[ $output == "ph: find: '-"*"': this verb changes nothing" ]]
	done
	for words in "demo --require-verified" "--require-verified demo"; do
		# shellcheck disable=SC2086
		run -2 "$PH" $words
		[ "$output" = "ph: demo: '--require-verified': only for verbs that take @FILE" ]
	done
	for words in "run --json true" "--json run true"; do
		# shellcheck disable=SC2086
		run -125 "$PH" $words
		[ "$output" = "ph: run: '--json': stdout is for the command; --report=FILE says how it went" ]
	done
	run -2 "$PH" find -qz 1
	[ "$output" = "ph: find: '-qz': no such option (see ph find --help)" ]
	run -2 "$PH" --nonsense
	[ "$output" = "ph: '--nonsense': no such option (see ph --help)" ]
}

@test "abbreviated options are not taken" {
	run -2 "$PH" kill --sig TERM 1
}

@test "durations are strict" {
	for d in -1 nan NaN infinity 1x 1m30 30s1m 1s1s "" " 1" "1 " 5. 0x1 1e3 1,5 99999999999999999999 \
		9223372036854775807d .; do
		run -2 "$PH" wait "--timeout=$d" $$
	done
	for d in 0 0s 0ms 0.000001ms .001s 1ms 0.0001m; do
		run -124 "$PH" wait -q "--timeout=$d" $$
	done
}

@test "global options stand before or after the verb" {
	run -0 "$PH" --json find $$
	[[ $output == '{"v":1,'* ]]
	run -0 "$PH" find $$ --json
	[[ $output == '{"v":1,'* ]]
	run -0 "$PH" -v find $$
	[ "$output" = "$("$PH" find $$ -v)" ]
}

@test "-q silences what the exit status says, never a usage error" {
	start
	finish
	run -1 "$PH" -q kill "$pid"
	[ -z "$output" ]
	run -2 "$PH" -q kill 0
	[ -n "$output" ]
	run -125 "$PH" -q find $$ --metrics /nonexistent/file
	[ -n "${lines[1]}" ]
}

@test "a full disk is exit 125 with a message" {
	[ -c /dev/full ] || skip "there is no /dev/full"
	for words in "find $$" "--help" "settings" "metrics" "doctor" "kill -l" "--version" "find --json $$" \
		"completion bash"; do
		# shellcheck disable=SC2086
		run -125 bash -c '"$@" 2>&1 >/dev/full' _ "$PH" $words
		[[ $output == *"cannot write to stdout: No space left on device" ]]
	done
}

@test "the reason is told as well if a line was to be seen at once" {
	[ -c /dev/full ] || skip "there is no /dev/full"
	start
	for words in "watch -t 0 $pid" "watch -t 0 --json $pid" "stop -n --json $pid" "find --json $pid" "stop -v $pid"; do
		# shellcheck disable=SC2086
		run -125 bash -c '"$@" 2>&1 >/dev/full' _ "$PH" $words
		[ "$output" = "ph: ${words%% *}: cannot write to stdout: No space left on device" ]
	done
	start_zombie
	run -125 bash -c '"$1" wait --reap-wait 0 "$2" 2>&1 >/dev/full' _ "$PH" "$zombie"
	[ "$output" = "ph: wait: cannot write to stdout: No space left on device" ]
}

@test "a closed stdout is exit 125 with a message" {
	run -125 bash -c '"$@" 2>&1 >&-' _ "$PH" find $$
	[[ $output == *"cannot write to stdout"* ]]
}

@test "a pipe without a reader ends ph by SIGPIPE, quietly" {
	mkfifo pipe
	exec 5<>pipe
	exec 6>pipe
	exec 5>&-
	status=0
	bash -c 'trap - PIPE; "$@"' _ "$PH" help >&6 2>messages || status=$?
	exec 6>&-
	[ "$status" -eq 141 ]
	[ ! -s messages ]
}

@test "no handle lands on a standard descriptor that was closed" {
	start
	"$PH" wait "$pid" <&- >&- 2>&- 3>&- &
	waiter=$!
	targets+=("$waiter")
	holds "$waiter" 1
	for fd in 0 1 2; do
		! readlink "/proc/$waiter/fd/$fd" | grep -Eq 'pidfd|^/proc/[0-9]+$' || false
	done
	kill -KILL "$pid"
	status=0
	wait "$waiter" || status=$?
	[ "$status" -eq 125 ]
}

@test "nothing is printed and nothing is needed: all three closed" {
	start
	"$PH" kill "$pid" <&- >&- 2>&-
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
}

@test "the name of a process cannot steer the terminal" {
	[ -w /proc/self/comm ] || skip "no /proc"
	start_named $'\e[31m\a\x7fx\xff'
	"$PH" wait -t 0 "$pid" >out 2>&1 || :
	"$PH" kill -n "$pid" >>out 2>&1
	"$PH" kill "$pid:1" >>out 2>&1 || :
	[ "$(LC_ALL=C tr -d '[:print:]\n' <out | wc -c)" -eq 0 ]
	[ "$(wc -l <out)" -eq 3 ]
	grep -q '\\x1b\[31m\\x07\\x7f' out
	"$PH" find --json "$pid" | LC_ALL=C grep -q '[[:cntrl:]]' && false
	"$PH" find --json "$pid" | grep -qF '"comm":"\u001b[31m\u0007\u007fx'

}

@test "an operand cannot steer the terminal either" {
	# a shell without a locale has no other spelling for U+202E and U+0085
	run -2 "$PH" kill $'\e]0;x\a\xe2\x80\xae\xc2\x85\xff'
	[[ $output == *'\x1b]0;x\x07\u202e\u0085\xff'* ]]
	[[ $output != *$'\e'* ]]
}

@test "invalid UTF-8 in JSON is replaced, and there in base64" {
	[ -w /proc/self/comm ] || skip "no /proc"
	start_named $'a\xffb'
	"$PH" find --json "$pid" >out
	grep -q '"comm_b64":"Yf9i"' out
	check_json_lines out
}

@test "several targets: each is tried, the worst counts" {
	need_inode
	start
	first=$pid
	start
	finish
	inode=$("$PH" find "$first")
	inode=${inode#*:}
	run -4 "$PH" kill "$pid" "$first:$((inode + 1))" "$first"
	[ "${#lines[@]}" -eq 2 ]
	status=0
	wait "$first" || status=$?
	[ "$status" -eq 143 ]
}

@test "a malformed target stops the others from being signalled" {
	start
	run -2 "$PH" kill "$pid" x
	run -2 bash -c 'printf "%s\n%s\n" "$1" x | "$2" kill -' _ "$pid" "$PH"
	is_alive "$pid"
}

@test "a list on stdin has comments, and no other liberties" {
	start
	handle=$("$PH" find "$pid")
	printf '# targets\n\n%s # the first\n%s\n' "$pid" "$handle" >list
	run -0 "$PH" find - <list
	[ "$output" = "$handle" ]
	printf '%s' "$pid" | "$PH" find - | grep -qx "$handle"
	for line in " $pid" "$pid " "$pid\\r" "$pid $pid" "$pid\\0"; do
		# shellcheck disable=SC2059
		printf "$line\n" >list
		run -2 "$PH" kill - <list
		[[ $output == *"line 1"* ]]
	done
	run -2 "$PH" kill - - </dev/null
	run -125 bash -c '"$1" find - <&-' _ "$PH"
	is_alive "$pid"
}

@test "a list of nobody is exit 1: what was to write it may have failed" {
	start
	printf '# nobody\n\n' >list
	for verb in "kill" "kill -n" "stop" "stop --tree" "wait" "wait --any" "find" "find -l" "info" "ls" "tree" "watch"; do
		# shellcheck disable=SC2086
		run -1 "$PH" $verb - </dev/null
		[ "$output" = "ph: ${verb%% *}: -: the list on stdin names nobody" ]
		# shellcheck disable=SC2086
		run -1 --separate-stderr "$PH" $verb -q --json - <list
		[[ $output == '{"v":1,"selector":"-","error":{"code":"gone",'* ]]
		[ -z "$stderr" ]
	done
	for verb in "kill" "stop" "wait"; do
		run -0 "$PH" "$verb" --missing-ok - </dev/null
		[ -z "$output" ]
	done
	# the others are not kept from it
	run -1 "$PH" kill -s KILL "$pid" - </dev/null
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 137 ]
}

@test "duplicates are merged" {
	start
	handle=$("$PH" find "$pid")
	run -0 "$PH" find "$pid" "$handle" "$pid"
	[ "$output" = "$handle" ]
	# what is said twice is not held twice
	yes "$pid" | head -n 200 >list
	run -0 --separate-stderr bash -c 'ulimit -n 64; exec "$@"' _ "$PH" find - <list
	[ "$output" = "$handle" ]
	run -1 "$PH" find @missing "$pid" @missing
	[ "${#lines[@]}" -eq 2 ]
}

@test "--metrics writes the file whole, and 125 if it cannot" {
	start
	run -0 "$PH" kill --metrics=m.prom "$pid"
	grep -q '^prochandle_signals_sent.* 1$' m.prom
	[ "$(stat -c %a m.prom)" = "$(printf '%o' $((0666 & ~0$(umask))))" ]
	[ "$(echo *)" = m.prom ]
	run -125 "$PH" find --metrics=/nonexistent/file $$
	[[ $output == *"/nonexistent/file"* ]]
}

@test "whenever a signal comes, nothing is left beside the file of --metrics" {
	mkdir tmp
	for at in 1 4 7 10; do
		status=0
		"${SIGNAL_AT:?the path of signal_at}" $at tmp "$PH" find --metrics=tmp/m.prom $$ || status=$?
		[ "$status" -ne 77 ] || skip "no process can be traced here"
		[ "$status" -eq 143 ]
		[ "$(ls -A tmp)" = m.prom ]
		rm tmp/m.prom
	done
}

@test "--metrics writes to a device without replacing it" {
	[ -c /dev/full ] || skip "there is no /dev/full"
	run -125 "$PH" find --metrics=/dev/full $$
	[ -c /dev/full ]
	"$PH" find --metrics=/dev/stdout $$ | grep -q ^prochandle_handles_open
}

@test "--metrics replaces no link, and follows what is printed where both go to one file" {
	start
	touch there
	ln -s there m.prom
	run -0 "$PH" kill --metrics=m.prom "$pid"
	[ -L m.prom ]
	grep -q '^prochandle_signals_sent.* 1$' there
	ln -s /dev/stdout out
	"$PH" find --metrics=out $$ >printed
	[ -L out ]
	head -n 1 printed | grep -q "^$$:"
	grep -q ^prochandle_handles_open printed
}

@test "hints are for terminals only" {
	need_program script
	run -2 "$PH" kill nginx
	[[ $output != *hint:* ]]
	run -2 script -qec "'$PH' kill nginx" /dev/null
	[[ $output == *hint:* ]]
}

@test "colours: on a terminal, or always, never by accident" {
	need_program script
	export TERM=xterm
	run -0 "$PH" doctor
	[[ $output != *$'\e'* ]]
	run -0 "$PH" --color always doctor
	[[ $output == *$'\e['* ]]
	run -0 script -qec "'$PH' doctor" /dev/null
	[[ $output == *$'\e['* ]]
	run -0 script -qec "NO_COLOR=1 '$PH' doctor" /dev/null
	[[ $output != *$'\e['* ]]
	run -0 script -qec "NO_COLOR=1 '$PH' --color=always doctor" /dev/null
	[[ $output == *$'\e['* ]]
	run -0 script -qec "TERM=dumb '$PH' doctor" /dev/null
	[[ $output != *$'\e['* ]]
	run -0 script -qec "'$PH' --color=never doctor" /dev/null
	[[ $output != *$'\e['* ]]
}

@test "at its end a test ends its own processes, and no stranger who has such a number" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start
	is_ours "$pid"
	finish
	! is_ours "$pid" || false
	! is_ours 1 || false
	# somebody below, whom another one reaps
	mkfifo born stand
	exec 8<>born 9<>stand
	bash -c '(read -r) <&9 & echo $! >&8; wait' 3>&- &
	targets+=("$!")
	read -r child <&8
	targets+=("$child")
	is_ours "$child"
}
