#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph pidfile, the selector @FILE, and ph run --pidfile

load helper

# Is what ph writes here proved by more than times?
need_identity() {
	"$PH" pidfile write mine.pid $$
	"$PH" find --require-verified @mine.pid >/dev/null 2>&1 || skip "no identity can be kept here"
	rm -f mine.pid
}

# a pid file as other programs write it, so many seconds ago
put() {
	echo "$1" >"$2"
	chmod 0644 "$2"
	[ -z "$3" ] || touch -d "-$3 seconds" "$2"
}

@test "write makes a plain pid file that names the process" {
	start
	run -0 "$PH" pidfile write x.pid "$pid"
	[ -z "$output" ]
	[ "$(cat x.pid)" = "$pid" ]
	[ "$(stat -c %a x.pid)" = 644 ]
	[ "$("$PH" find @x.pid)" = "$("$PH" find "$pid")" ]
	[ "$(ls -A)" = x.pid ]
}

@test "show says who it is, and that it is proved" {
	need_identity
	start
	"$PH" pidfile write x.pid "$pid"
	run -0 "$PH" pidfile show x.pid
	[ "$output" = "$("$PH" find "$pid") sleep" ]
	run -0 "$PH" pidfile show --json x.pid
	[[ $output == *'"verified":true'* ]]
	[[ $output == *'"selector":"@x.pid"'* ]]
}

@test "a file of another program is accepted, said to be unverified, and refused on demand" {
	start
	put "$pid" x.pid
	run -0 "$PH" pidfile show x.pid
	[[ $output == *" (unverified)" ]]
	run -0 --separate-stderr "$PH" find -v @x.pid
	[[ $stderr == "ph: find: x.pid: unverified: "* ]]
	for verb in find kill stop wait info ls tree watch; do
		run -5 "$PH" "$verb" --require-verified @x.pid
		[[ $output == "ph: $verb: x.pid: refused: nothing proves"* ]]
	done
	is_alive "$pid"
}

@test "kill @FILE reaches the process that was meant" {
	start
	"$PH" pidfile write x.pid "$pid"
	run -0 "$PH" kill @x.pid
	run -0 "$PH" wait "$pid" --missing-ok
	wait "$pid" 2>/dev/null || :
	run -1 "$PH" kill @x.pid
	[ "$output" = "ph: kill: @x.pid: the process that it names is gone" ]
	run -0 "$PH" kill --missing-ok @x.pid
}

@test "a stale file is exit 4, says who has the number, and sends nothing" {
	start
	put "$pid" x.pid
	touch -d "1971-01-02" x.pid
	run -4 "$PH" kill @x.pid
	[ "$output" = "ph: kill: @x.pid: sleep started after x.pid was written; nothing sent" ]
	run -4 "$PH" pidfile show x.pid
	is_alive "$pid"
	run -0 "$PH" pidfile clear -v x.pid
	[ "$output" = "removed a stale pid file" ]
	[ ! -e x.pid ]
	is_alive "$pid"
}

@test "a file with the identity of another process says who has the number" {
	need_identity
	need_inode
	need_program setfattr
	start
	handle=$("$PH" find "$pid")
	put "$pid" x.pid
	setfattr -n user.ph.handle -v "$pid:$((${handle#*:} + 1))" x.pid
	run -4 "$PH" stop @x.pid
	[ "$output" = "ph: stop: @x.pid: the file is stale: PID $pid is now sleep ($handle); nothing sent" ]
	is_alive "$pid"
}

@test "a process that started after the file was written is not killed" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start
	put "$pid" x.pid 30
	run -4 "$PH" kill @x.pid
	is_alive "$pid"
}

@test "what is no number is exit 2, quoted and escaped" {
	for text in '1 2' 0x10 -1 +1 '' 99999999999 $'\e[31m1'; do
		printf '%s\n' "$text" >x.pid
		run -2 "$PH" kill @x.pid
		[[ $output == "ph: kill: 'x.pid': not a pid file: it holds \""*"\" instead of one PID" ]]
	done
	[[ $output == *'"\x1b[31m1\x0a"'* ]]
	: >x.pid
	run -2 "$PH" kill @x.pid
	[ "$output" = "ph: kill: 'x.pid': the file is empty" ]
	head -c 100 /dev/zero | tr '\0' 1 >x.pid
	run -2 "$PH" kill @x.pid
	[[ $output == *"more than"* ]]
	run -2 "$PH" kill @
	[ "$output" = "ph: kill: '@': the name of a file is missing" ]
}

@test "a missing file is exit 1" {
	run -1 "$PH" kill @missing.pid
	[ "$output" = "ph: kill: @missing.pid: no such file" ]
	run -1 "$PH" find --json @missing.pid
	[[ $output == *'"code":"missing"'* ]]
	run -1 "$PH" pidfile show missing.pid
	run -1 "$PH" pidfile clear missing.pid
}

@test "a FIFO, a directory and a link are refused, and nothing hangs" {
	mkfifo fifo.pid
	run -2 "$PH" kill @fifo.pid
	[ "$output" = "ph: kill: 'fifo.pid': not a file" ]
	run -2 "$PH" kill @.
	ln -s /dev/null link.pid
	run -5 "$PH" kill @link.pid
	[[ $output == *"refused: a symbolic link" ]]
}

@test "a file that anybody can write is exit 5" {
	start
	put "$pid" x.pid
	chmod 0666 x.pid
	run -5 "$PH" kill @x.pid
	[[ $output == "ph: kill: x.pid: refused: "* ]]
	run -5 "$PH" pidfile clear x.pid
	is_alive "$pid"
}

@test "clear keeps what runs, and -n removes nothing" {
	start
	"$PH" pidfile write x.pid "$pid"
	run -5 "$PH" pidfile clear x.pid
	[ "$output" = "ph: pidfile: x.pid: kept: PID $pid runs" ]
	run -5 "$PH" pidfile clear -n x.pid
	finish
	run -0 "$PH" pidfile clear -n x.pid
	[ "$output" = "would remove a stale pid file" ]
	[ -e x.pid ]
	run -0 "$PH" pidfile clear x.pid
	[ ! -e x.pid ]
}

@test "with -n, clear and write answer as they would" {
	start
	holder=$pid
	"$PH" pidfile write x.pid "$holder"
	start
	run -5 "$PH" pidfile write -n x.pid "$pid"
	[ "$output" = "ph: pidfile: x.pid: already held by PID $holder" ]
	run -0 "$PH" pidfile write -n x.pid "$holder"
	[[ $output == "would write $holder"* ]]
	: >empty.pid
	echo text >text.pid
	for verb in "write -n text.pid $pid" "clear -n text.pid"; do
		# shellcheck disable=SC2086
		run -2 "$PH" pidfile $verb
	done
	run -0 "$PH" pidfile write -n empty.pid "$pid"
	run -0 "$PH" pidfile clear -n empty.pid
	[ "$output" = "would remove a stale pid file" ]
	[ -e empty.pid ]
	run -0 "$PH" pidfile write -n new.pid "$pid"
	[ ! -e new.pid ]
	for option in -v -n; do
		run -1 "$PH" pidfile write "$option" missing/x.pid "$pid"
		[ "$output" = "ph: pidfile: missing/x.pid: there is no such directory" ]
	done
}

@test "with -n, write and clear look whether the directory may be written in" {
	need_stranger
	mkdir closed
	: >closed/empty.pid
	start
	chmod 0555 closed
	for verb in "write FILE $pid" "write -n FILE $pid" "clear -n closed/empty.pid" "clear closed/empty.pid"; do
		# shellcheck disable=SC2086
		run -3 "${nobody[@]}" "$PH" pidfile ${verb/FILE/closed/x.pid}
		[[ $output == "ph: pidfile: closed/"*".pid: not permitted to write in its directory" ]]
	done
	chmod 0755 closed
}

@test "with --json, what is the matter with a file is an object" {
	start
	"$PH" pidfile write held.pid "$pid"
	echo text >text.pid
	ln -s text.pid link.pid
	put "$pid" open.pid
	chmod 0666 open.pid
	say() {
		run "-$1" --separate-stderr "$PH" "${@:4}" -q --json
		[[ $output == '{"v":1,"selector":'"$2"',"error":{"code":"'"$3"'","message":"'*'"}}' ]]
		[ -z "$stderr" ]
	}
	say 5 'null,"file":"held.pid"' held pidfile write held.pid $$
	say 5 'null,"file":"held.pid"' held pidfile clear held.pid
	say 2 'null,"file":"text.pid"' malformed pidfile clear text.pid
	say 5 'null,"file":"link.pid"' untrusted pidfile write link.pid "$pid"
	say 5 'null,"file":"open.pid"' untrusted pidfile clear open.pid
	say 1 'null,"file":"no.pid"' missing pidfile clear no.pid
	say 1 'null,"file":"no/x.pid"' missing pidfile write no/x.pid "$pid"
	say 1 '"@no.pid"' missing pidfile show no.pid
	say 2 '"@text.pid"' malformed pidfile show text.pid
	say 2 '"@text.pid"' malformed kill @text.pid
	say 5 '"@link.pid"' untrusted stop @link.pid
	say 5 '"@open.pid"' untrusted wait @open.pid
	rm held.pid
	put "$pid" plain.pid
	say 5 '"@plain.pid"' refused kill --require-verified @plain.pid
	is_alive "$pid"
}

@test "clear is JSON with --json" {
	for words in "-n" "" "-v"; do
		: >x.pid
		# shellcheck disable=SC2086
		"$PH" pidfile clear --json $words x.pid >out
		removed=true
		[ "$words" != -n ] || removed=false
		[ "$(cat out)" = '{"v":1,"selector":null,"file":"x.pid","removed":'$removed'}' ]
	done
	check_json_lines out
}

@test "write is refused while another holds the file" {
	start
	"$PH" pidfile write x.pid "$pid"
	run -5 "$PH" pidfile write x.pid $$
	[ "$output" = "ph: pidfile: x.pid: already held by PID $pid" ]
	[ "$(cat x.pid)" = "$pid" ]
	run -1 "$PH" pidfile write y.pid @missing.pid
	[ ! -e y.pid ]
	run -0 "$PH" pidfile write -n y.pid "$pid"
	[[ $output == "would write $pid:"* || $output == "would write $pid "* ]]
	[ ! -e y.pid ]
}

@test "whenever a signal comes, nothing is left beside a file that is written" {
	mkdir tmp
	start
	for at in 1 8 16 24 32; do
		status=0
		"${SIGNAL_AT:?the path of signal_at}" $at tmp "$PH" pidfile write tmp/x.pid "$pid" || status=$?
		[ "$status" -ne 77 ] || skip "no process can be traced here"
		[ "$status" -eq 143 ]
		[ "$(ls -A tmp)" = x.pid ]
		rm tmp/x.pid
	done
}

@test "pidfile says what is missing or too much" {
	run -2 "$PH" pidfile
	run -2 "$PH" pidfile sing x.pid
	[[ $output == *"not one of write, show, clear" ]]
	run -2 "$PH" pidfile show
	[[ $output == *"FILE is missing" ]]
	run -2 "$PH" pidfile write x.pid
	[[ $output == *"SELECTOR is missing" ]]
	run -2 "$PH" pidfile clear x.pid y.pid
	[[ $output == *"one operand too many" ]]
	[ ! -e x.pid ]
}

@test "run --pidfile names the command while it runs, locked, and removes the file" {
	need_program flock
	mkfifo stand ready
	exec 7<>stand 8<>ready
	# shellcheck disable=SC2016
	"$PH" run --pidfile x.pid -- sh -c 'echo $$ >&8; read -r _ <&7; exit 3' 3>&- &
	ph=$!
	targets+=("$ph")
	read -r pid <&8
	# the file is written after the command has started
	until [ -s x.pid ]; do is_alive "$ph"; done
	[ "$(cat x.pid)" = "$pid" ]
	# from the moment that it has its name
	run -1 flock -n x.pid true
	[ "$("$PH" find @x.pid)" = "$("$PH" find "$pid")" ]
	run -5 "$PH" run --pidfile x.pid -- touch started
	[ "$output" = "ph: run: x.pid: already held by PID $pid" ]
	[ ! -e started ]
	run -5 "$PH" pidfile clear x.pid
	echo >&7
	status=0
	wait "$ph" || status=$?
	[ "$status" -eq 3 ]
	[ ! -e x.pid ]
}

@test "run --pidfile takes the place of a stale file, and of no other" {
	start
	put "$pid" x.pid
	finish
	run -0 "$PH" run --pidfile x.pid -- true
	[ ! -e x.pid ]
	: >x.pid
	run -0 "$PH" run --pidfile x.pid -- true
	[ ! -e x.pid ]
	echo "precious" >x.pid
	run -125 "$PH" run --pidfile x.pid -- touch started
	[ "$(cat x.pid)" = precious ]
	[ ! -e started ]
	run -125 "$PH" run --pidfile missing/x.pid -- true
}

# keep OPTION...: a command that ph run keeps a pid file for, x.pid, until it is told to leave; its ph is
# in $ph, and the file is there when this returns
keep() {
	[ -e stand ] || mkfifo stand ready
	exec 7<>stand 8<>ready
	# shellcheck disable=SC2016
	"$PH" run --pidfile x.pid "$@" -- sh -c 'echo >&8; read -r _ <&7; exit 3' >out 2>messages 3>&- &
	ph=$!
	targets+=("$ph")
	read -r -t 60 <&8
	until [ -s x.pid ]; do is_alive "$ph"; done
}

# the command of keep leaves, and so does ph, with its status
leave() {
	local status=0
	echo >&7
	wait "$ph" || status=$?
	[ "$status" -eq 3 ]
	[ ! -e x.pid ]
}

@test "run --pidfile writes the number of the command, whatever keeps it together" {
	for how in subreaper cgroup pidns; do
		"$PH" run --isolate="$how" true 2>/dev/null || continue
		keep --isolate="$how" --print-handle
		# which comes after the file
		until [ -s messages ]; do is_alive "$ph"; done
		[ "$(cat x.pid)" = "$(sed 's/:.*//' messages)" ]
		# neither that of ph, nor of what ph runs for itself
		[ "$(cat x.pid)" != "$ph" ]
		run -0 "$PH" pidfile show x.pid
		[[ $output == "$(cat messages) sh"* ]]
		leave
	done
}

@test "a file that outlives ph and its command names nobody who runs" {
	need_identity
	"$PH" run --isolate=cgroup true 2>/dev/null || skip "no cgroup to be had here"
	keep --isolate=cgroup
	handle=$("$PH" find @x.pid)
	kill -KILL "$ph"
	wait "$ph" 2>/dev/null || :
	"$PH" wait "$handle" >/dev/null
	# whether anybody has reaped it or not
	run -0 "$PH" stop @x.pid
}

@test "the command finds no number of another in its file" {
	start
	put "$pid" x.pid
	finish
	start
	put "$pid" stale.pid 3000000000
	for file in x.pid stale.pid; do
		# shellcheck disable=SC2016
		run -0 "$PH" run --pidfile "$file" -- sh -c '
			if [ -e "$1" ]; then [ "$(cat "$1")" = $$ ] && echo mine; else echo none; fi' _ "$file"
		[ "$output" = mine ] || [ "$output" = none ]
	done
	is_alive "$pid"
}

@test "in a pid namespace the file names nobody, rather than a stranger" {
	need_identity
	need_inode
	"$PH" run --isolate=pidns true 2>/dev/null || skip "no pid namespace to be had here"
	mkfifo stand
	exec 7<>stand
	# the command waits for its file, which has its number outside
	# shellcheck disable=SC2016
	"$PH" run --isolate=pidns --pidfile x.pid -- sh -c '
		read -r _ <&7; status=0; "$1" kill -s 0 @x.pid || status=$?; exit $((status + 40))' _ "$PH" >out 2>messages 3>&- &
	ph=$!
	targets+=("$ph")
	until [ -s x.pid ]; do is_alive "$ph"; done
	echo >&7
	status=0
	wait "$ph" || status=$?
	# no such process, or stale
	[ "$status" -eq 41 ] || [ "$status" -eq 44 ]
}

@test "run --pidfile keeps the file locked until the leftovers are gone" {
	need_program flock
	mkfifo hold
	exec 9<>hold
	mkfifo stand
	exec 7<>stand
	# shellcheck disable=SC2016
	"$PH" run --pidfile x.pid --leftovers=wait -- sh -c '
		(read -r _ <&9) & read -r _ <&7; exit 3' >out 2>messages 3>&- &
	ph=$!
	targets+=("$ph")
	until [ -s x.pid ]; do is_alive "$ph"; done
	handle=$("$PH" find @x.pid)
	echo >&7
	"$PH" wait "$handle" >/dev/null
	run -1 flock -n x.pid true
	run -5 "$PH" run --pidfile x.pid -- touch started
	[ ! -e started ]
	echo >&9
	status=0
	wait "$ph" || status=$?
	[ "$status" -eq 3 ]
	[ ! -e x.pid ]
}

@test "nothing is left of a command whose pid file cannot be written" {
	"$PH" run --isolate=cgroup true 2>/dev/null || skip "no cgroup to be had here"
	directory=$("$PH" run --isolate=cgroup --report=fd:1 true | sed 's/.*"cgroup":"//; s/\/ph-run-.*//')
	[ -d "$directory" ]
	mkfifo messages
	exec 9<>messages
	# no file may grow, but a pipe may
	# shellcheck disable=SC2016
	run -125 bash -c 'echo $$ >number; ulimit -f 0; trap "" XFSZ; exec "$@" 2>&9' _ \
		"$PH" run --isolate=cgroup --pidfile x.pid -- sleep 1000
	read -r message <&9
	[[ $message == "ph: run: x.pid: "* ]]
	[ ! -e x.pid ]
	[ -z "$(compgen -G "$directory/ph-run-$(cat number)-*")" ]
}

@test "no command starts whose pid file has no place" {
	run -125 "$PH" run --pidfile missing/x.pid -- touch started
	[ "$output" = "ph: run: missing/x.pid: there is no such directory" ]
	need_stranger
	mkdir -m 0555 closed
	run -125 "${nobody[@]}" "$PH" run --pidfile "$PWD/closed/x.pid" -- "$(command -v touch)" started
	[ "$output" = "ph: run: $PWD/closed/x.pid: not permitted to write in its directory" ]
	[ ! -e started ]
}

@test "of commands with one pid file at the same time one runs" {
	mkfifo stand
	exec 7<>stand
	runs=()
	for one in 1 2 3 4; do
		"$PH" run -q --pidfile x.pid -- sh -c 'read -r _ <&7' >/dev/null 2>"messages.$one" 3>&- &
		runs+=($!)
		targets+=($!)
	done
	# the three that are refused end; each says so first
	until [ "$(cat messages.* | grep -c 'already held')" -ge 3 ]; do
		for one in "${runs[@]}"; do is_alive "$one" || break; done
	done
	until [ -s x.pid ]; do :; done
	echo >&7
	won=0
	for one in "${runs[@]}"; do
		status=0
		wait "$one" || status=$?
		if [ "$status" -eq 0 ]; then won=$((won + 1)); else [ "$status" -eq 5 ]; fi
	done
	[ "$won" -eq 1 ]
	[ "$(find . -name '.ph.*' | wc -l)" -eq 0 ]
}
