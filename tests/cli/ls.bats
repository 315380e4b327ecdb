#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph ls and ph tree

load helper

setup_file() {
	[ -r /proc/self/stat ] || skip "lists need /proc"
}

# columns WIDTH COMMAND...: on a terminal that is so wide.
columns() {
	local width=$1
	shift
	TERM=xterm script -qefc "stty cols $width; exec $*" /dev/null | tr -d '\r'
}

@test "without selectors, the processes of the caller" {
	start
	"$PH" ls >list
	[[ $(head -n 1 list) =~ ^HANDLE\ +USER\ +STATE\ +AGE\ +CPU\ +COMMAND$ ]]
	grep -q "^$("$PH" find "$pid") .* sleep 1000$" list
	[ "$(sed 1d list | awk '{ print $2 }' | sort -u)" = "$(id -un)" ]
}

@test "with -a, those of everybody" {
	need_stranger
	start
	handle=$("$PH" find "$pid")
	[ "${#nobody[@]}" -gt 0 ] || skip "there is nobody else"
	"${nobody[@]}" "$PH" ls | grep -q "^$handle " && false
	"${nobody[@]}" "$PH" ls -a | grep -q "^$handle "
	"$PH" ls -a | grep -q '^1:'
}

@test "selectors choose, and failures are told" {
	start
	first=$pid
	start
	finish
	run -1 --separate-stderr "$PH" ls --no-header "$first" "$pid"
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "$("$PH" find "$first") "* ]]
	[ "$stderr" = "ph: ls: $pid: no such process" ]
	run -1 --separate-stderr "$PH" ls "$pid"
	[ -z "$output" ]
}

@test "every column reads as /proc has it" {
	start_program ./program
	read -ra fields < <(sed 's/.*) //' "/proc/$pid/stat")
	shown() {
		"$PH" ls --no-header -o "$1" "$pid" | sed 's/^ *//'
	}
	[ "$(shown handle)" = "$("$PH" find "$pid")" ]
	[ "$(shown pid)" = "$pid" ]
	[ "$(shown ppid)" = "${fields[1]}" ]
	[ "$(shown pgid)" = "${fields[2]}" ]
	[ "$(shown sid)" = "${fields[3]}" ]
	[ "$(shown user)" = "$(id -un)" ]
	[ "$(shown uid)" = "$(id -u)" ]
	[ "$(shown gid)" = "$(id -g)" ]
	[ "$(shown threads)" = 1 ]
	[ "$(shown comm)" = program ]
	[ "$(shown command)" = './program -c read -r; :' ]
	[ "$(shown exe)" = "$PWD/program" ]
	[ "$(shown cwd)" = "$PWD" ]
	[[ $(shown state) =~ ^[A-Z]$ ]]
	[[ $(shown start) =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$ ]]
	[[ $(shown age) =~ ^[0-9] ]]
	[[ $(shown cpu) =~ ^[0-9] ]]
	[[ $(shown rss) =~ ^[0-9.]+[KMG]$ ]]
	[[ $(shown vsize) =~ ^[0-9.]+[KMG]$ ]]
	for column in tty cgroup wchan; do
		[ -n "$(shown "$column")" ]
	done
	run -0 "$PH" ls -o pid,comm "$pid"
	[[ ${lines[0]} =~ ^\ *PID\ NAME$ ]]
}

@test "columns read as ps has them" {
	need_program ps
	columns=pid,ppid,pgid,sid,tty,euid,egid,nlwp,comm
	ps --no-headers -o $columns -p $$ >/dev/null 2>&1 || skip "ps does not know these columns"
	start_named 'a (name) of )'
	start
	kill -STOP "$pid"
	becomes "$pid" T
	stopped=$pid
	start_zombie
	setsid sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	targets+=("$!")
	executes "$!" sleep
	all=("${targets[@]}" "$zombie")
	ps --no-headers -ww --sort pid -o $columns -p "${all[*]}" |
		sed 's/ <defunct>$//; s/ ? / - /; s/  */ /g; s/^ //' >expected
	"$PH" ls --no-header --sort pid -o pid,ppid,pgid,sid,tty,uid,gid,threads,comm "${all[@]}" |
		sed 's/  */ /g; s/^ //' >shown
	diff expected shown
	[ "$(wc -l <shown)" -eq 5 ]
	[ "$("$PH" ls --no-header -o state "$stopped" "$zombie" | sort | xargs)" = "T Z" ]
}

@test "rows are sorted by a column, in both directions" {
	start
	first=$pid
	start_later start
	second=$pid
	start_later start
	third=$pid
	list() {
		"$PH" ls --no-header -o pid "$@" "$second" "$third" "$first" | tr -d ' '
	}
	[ "$(list)" = "$(printf '%s\n' "$second" "$third" "$first")" ]
	[ "$(list --sort start)" = "$(printf '%s\n' "$first" "$second" "$third")" ]
	[ "$(list --sort age)" = "$(printf '%s\n' "$third" "$second" "$first")" ]
	[ "$(list --sort=-start)" = "$(printf '%s\n' "$third" "$second" "$first")" ]
	[ "$(list --sort pid)" = "$(printf '%s\n' "$first" "$second" "$third" | sort -n)" ]
	start_program ./aaa
	a=$pid
	start_program ./bbb
	run -0 "$PH" ls --no-header -o comm --sort comm "$first" "$pid" "$a"
	[ "$(tr '\n' ' ' <<<"$output")" = "aaa bbb sleep " ]
}

@test "columns that there are not are named, with those that there are" {
	for words in "-o nosuch" "-o pid,," "-o ,pid" "-o pid," "--sort nosuch" "--sort=-" "-o PID"; do
		for verb in ls tree; do
			# shellcheck disable=SC2086
			run -2 --separate-stderr "$PH" $verb $words
			[ -z "$output" ]
			[[ $stderr == *"handle pid ppid"* ]]
		done
	done
}

@test "the last column is cut on a terminal only, and not with -w" {
	need_program script
	need_program stty
	long=$(printf 'x%.0s' {1..300})
	start_program ./program "$long"
	"$PH" ls "$pid" | grep -q "$long"
	columns 60 "'$PH' ls $pid" >short
	[ "$(wc -l <short)" -eq 2 ]
	[ "$(awk '{ if (length > m) m = length } END { print m }' short)" -le 60 ]
	[ "$(awk '{ if (length > m) m = length } END { print m }' short)" -ge 50 ]
	columns 60 "'$PH' ls -w $pid" | grep -q "$long"
	columns 500 "'$PH' ls $pid" | grep -q "$long"
	# a command of any length
	start_program ./other "$(printf '\001%.0s' {1..3000})" end
	"$PH" ls "$pid" | tail -n 1 | grep -q '\\x01 end$'
}

@test "states are coloured on a terminal only" {
	need_program script
	need_program stty
	start
	kill -STOP "$pid"
	until grep -q '^State:.*T' "/proc/$pid/status"; do
		is_alive "$pid"
	done
	columns 80 "'$PH' ls $pid" | grep -q $'\e\\[33mT'
	run -0 "$PH" ls "$pid"
	[[ $output != *$'\e'* ]]
	columns 80 "'$PH' ls --color never $pid" >plain
	run ! grep $'\e' plain
	"$PH" ls --color always "$pid" | grep -q $'\e\\[33mT'
}

@test "objects are one a line, with the facts under their names" {
	start
	"$PH" ls --json "$pid" >said
	check_json_lines said
	grep -q '^{"v":1,"handle":"'"$("$PH" find "$pid")"'","pid":'"$pid"',"comm":"sleep","ppid":' said
	grep -q '"args":\["sleep","1000"\]' said
	"$PH" ls -a --json >said
	check_json_lines said
	"$PH" tree --json >said
	check_json_lines said
	grep -q '"depth":' said
}

@test "names of any bytes are shown, and steer nothing" {
	start_hostile
	for verb in ls tree "ls -o comm,exe,command" "find -l"; do
		# shellcheck disable=SC2086
		"$PH" $verb "$pid" >said
		[ "$(wc -l <said)" -eq 2 ]
		grep -qF "$escaped" said
		LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' said && false
		LC_ALL=C grep -q $'\xff' said && false
		# shellcheck disable=SC2086
		"$PH" $verb --json "$pid" >said
		check_json_lines said
		[ "$(wc -l <said)" -eq 1 ]
	done
}

@test "a tree has what is below the process that is named" {
	mkfifo stand ready
	exec 7<>stand 8<>ready
	cp "$(command -v bash)" upper
	cp upper lower
	./upper -c './lower -c "echo \$\$ >&8; read -r <&7; :" & wait' <&7 >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	read -r child <&8
	run -0 env LC_ALL=C "$PH" tree -o pid,comm --no-header "$pid"
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} =~ ^\ *$pid\ upper$ ]]
	[[ ${lines[1]} =~ ^\ *$child\ \`-lower$ ]]
	"$PH" tree --json "$pid" >said
	[ "$(sed -n 's/.*"pid":\([0-9]*\),.*"depth":\([0-9]*\).*/\1 \2/p' said)" = "$pid 0
$child 1" ]
	# both are named, and each is there once
	run -0 "$PH" tree --no-header "$child" "$pid"
	[ "${#lines[@]}" -eq 2 ]
	"$PH" tree -a --no-header | grep -q lower
	# below the tests it hangs together
	run -0 "$PH" tree --json "$BASHPID"
	grep "\"pid\":$child," <<<"$output" | grep -vq '"depth":0'
	kill "$child"
	wait "$pid" || :
	run -1 "$PH" tree "$pid"
	[ "$output" = "ph: tree: $pid: no such process" ]
}

@test "a bare number, as find gives it where it does not look, is whoever has it" {
	start
	PHDEBUG=osfinderr=0 run -0 "$PH" tree --no-header -o pid,comm "$pid"
	[[ $output == *"$pid sleep" ]]
	finish
	PHDEBUG=osfinderr=0 run -1 "$PH" tree "$pid"
}

@test "siblings are sorted within their tree" {
	start_program ./aaa
	start_program ./ccc
	start_program ./bbb
	run -0 env LC_ALL=C "$PH" tree --no-header -o comm --sort comm "$BASHPID"
	[[ $output == *aaa*bbb*ccc* ]]
	run -0 env LC_ALL=C "$PH" tree --no-header -o comm --sort=-comm "$BASHPID"
	[[ $output == *ccc*bbb*aaa* ]]
}

@test "what is not known of a process is told as such" {
	start
	need_inode
	handle=$("$PH" find "$pid")
	run -0 env PHDEBUG=procfs=0 "$PH" ls --no-header -o handle,state,start,age,cpu,rss,command "$pid"
	[[ $output =~ ^$handle(\ +-){6}$ ]]
	run -0 env PHDEBUG=procfs=0 "$PH" ls --json "$pid"
	[[ $output == *'"comm":null'* && $output != *'"start'* ]]
}

@test "who is not shown is not gone: ph tree" {
	need_inode
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	start
	# shellcheck disable=SC2016
	run -3 unshare -rm sh -c 'mount -t tmpfs none "/proc/$2" && exec "$1" tree "$2"' _ "$PH" "$pid"
	[ "$output" = "ph: tree: $pid: not permitted" ]
	finish
	run -1 "$PH" tree "$pid"
	[ "$output" = "ph: tree: $pid: no such process" ]
}

@test "without /proc there is no list: 125, naming what is missing" {
	for verb in ls tree; do
		PHDEBUG=procfs=0 run -125 "$PH" "$verb"
		[[ $output == "ph: $verb: cannot list processes: that needs /proc"* ]]
	done
}
