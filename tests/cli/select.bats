#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Selectors that are patterns, in every verb

load helper

setup_file() {
	[ -r /proc/self/stat ] || skip "patterns need /proc"
}

@test "name: finds by name, and by pattern" {
	make_name
	start_named "$name"
	handle=$("$PH" find "$pid")
	for pattern in "$name" "${name:0:4}*${name: -2}" "${name%?}?" "${name%?}[0-9]" "\\$name"; do
		run -0 "$PH" find "name:$pattern"
		[ "$output" = "$handle" ]
	done
	run -1 "$PH" find "name:${name%?}"
	[ "$output" = "ph: find: name:${name%?}: no process matches" ]
	run -1 "$PH" find "name:${name^^}"
	run -1 "$PH" find "name:${name%?}[!0-9]"
}

@test "a name longer than 15 bytes is that of the program" {
	make_name
	start_program "./$name-and-then-a-lot-more"
	handle=$("$PH" find "$pid")
	[ "$("$PH" find "name:$name-and-then-a-lot-more")" = "$handle" ]
	[ "$("$PH" find "name:$name-and-then*more")" = "$handle" ]
	run -1 "$PH" find "name:$name-and-then-a-lot-less"
}

@test "exe: is a file, not a text" {
	make_name
	start_program "./$name"
	handle=$("$PH" find "$pid")
	ln "$name" other
	ln -s "$name" link
	mkdir below
	for path in "$name" "./below/../$name" "$PWD/other" link; do
		[ "$("$PH" find "exe:$path")" = "$handle" ]
	done
	cp "$name" copy
	run -1 "$PH" find exe:copy
	run -1 "$PH" find exe:nosuch
	[ "$output" = "ph: find: exe:nosuch: no process matches" ]
}

@test "cmd: searches the whole command line, with blanks between the arguments" {
	make_name
	start_program ./program "$name" 'and more' end
	handle=$("$PH" find "$pid")
	for regex in "$name" "$name and more end$" '^\./program -c .* '"$name"; do
		[ "$("$PH" find "cmd:$regex")" = "$handle" ]
	done
	run -1 "$PH" find "cmd:^$name"
	run -2 "$PH" find "cmd:($name"
	[[ $output == *"not a regular expression"* ]]
}

@test "cmd: finds what stands at the end of a very long command line" {
	make_name
	long=$(printf 'x%.0s' {1..20000})
	start_program ./program "$long" "$name"
	[ "$("$PH" find "cmd:x $name$")" = "$("$PH" find "$pid")" ]
}

@test "pg: and sid: name the members of a group and of a session" {
	need_program setsid
	cp "$(command -v bash)" program
	mkfifo stand ready
	exec 7<>stand 8<>ready
	setsid ./program -c './program -c "echo \$\$ >&8; read -r <&7; :" & wait' <&7 >/dev/null 2>&1 3>&- &
	pid=$!
	targets+=("$pid")
	read -r child <&8
	for form in pg sid; do
		run -0 "$PH" find "$form:$pid"
		[ "$(printf '%s\n' "${lines[@]%%:*}" | sort)" = "$(printf '%s\n' "$pid" "$child" | sort)" ]
	done
	run -0 "$PH" kill --all "pg:$pid"
	run -1 "$PH" find pg:2147483647
	for word in pg: pg:0 pg:x pg:-1 sid:01 sid:2147483648 "sid: 1"; do
		run -2 "$PH" find "$word"
	done
}

@test "cgroup: names the members of a cgroup, and of those below it" {
	make_cgroup
	start
	echo "$pid" >"$cgroup/cgroup.procs"
	handle=$("$PH" find "$pid")
	path=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
	[ "$("$PH" find "cgroup:$path")" = "$handle" ]
	run -1 "$PH" find "cgroup:${path%?}"
	run -2 "$PH" find "cgroup:${path#/}"
	run -0 "$PH" kill "cgroup:$path"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
}

@test "a pattern never means ph itself, nor what it was started by" {
	make_name
	# the shell in between has the name in its command line, as ph has
	run -1 bash -c '"$1" find "cmd:$2"; exit $?' _ "$PH" "$name"
	[ "$output" = "ph: find: cmd:$name: no process matches" ]
	run -1 bash -c 'printf %s "$2" >/proc/$$/comm; "$1" find "name:$2"; exit $?' _ "$PH" "$name"
	run -1 "$PH" find --cmd "$name" --user "$(id -u)"
	# as a number it does
	run -0 "$PH" find $$
}

@test "several matches are refused where a signal would be sent, with the list" {
	make_name
	start_named "$name"
	first=$("$PH" find "$pid")
	start_named "$name"
	second=$("$PH" find "$pid")
	for verb in kill stop "kill -n" "stop -n" "kill --tree"; do
		# shellcheck disable=SC2086
		run -5 "$PH" $verb "name:$name"
		[ "${#lines[@]}" -eq 3 ]
		[[ ${lines[0]} == "ph: ${verb%% *}: name:$name: refused: it names 2 processes"* ]]
		[[ $output == *"$first $name"*"$second $name"* || $output == *"$second $name"*"$first $name"* ]]
	done
	run -5 "$PH" kill -q "name:$name"
	[ -z "$output" ]
	run -5 --separate-stderr "$PH" kill --json "name:$name"
	[ "${#lines[@]}" -eq 2 ]
	[ "$(grep -c '"error":{"code":"refused"' <<<"$output")" -eq 2 ]
	# also not those that were named before it
	start
	run -5 "$PH" kill "$pid" "name:$name"
	is_alive "$pid"
	for target in "${targets[@]}"; do
		is_alive "$target"
	done
}

@test "--all, --newest and --oldest say which of several" {
	make_name
	start_named "$name"
	oldest=$pid
	start_later start_named "$name"
	middle=$pid
	start_later start_named "$name"
	newest=$pid
	run -0 "$PH" kill --newest "name:$name"
	wait "$newest" || status=$?
	[ "$status" -eq 143 ]
	run -0 "$PH" stop --oldest "name:$name"
	is_alive "$middle"
	start_named "$name"
	run -0 "$PH" kill --all "name:$name"
	for one in "$middle" "$pid"; do
		status=0
		wait "$one" || status=$?
		[ "$status" -eq 143 ]
	done
	run -2 "$PH" kill --all --newest "name:$name"
	run -2 "$PH" stop --newest --oldest "name:$name"
	[ "$oldest" != "$newest" ]
}

@test "what two selectors name is taken once" {
	make_name
	start_named "$name"
	run -0 "$PH" find "name:$name" "$pid" "name:${name%?}*"
	[ "${#lines[@]}" -eq 1 ]
	run -0 "$PH" kill -v "name:$name" "$pid"
	[ "${#lines[@]}" -eq 1 ]
}

@test "a pattern that nobody matches is exit 1, and proves no end" {
	make_name
	for verb in find kill stop wait; do
		run -1 "$PH" "$verb" "name:$name"
		[ "$output" = "ph: $verb: name:$name: no process matches" ]
	done
	run -0 "$PH" wait --missing-ok "name:$name"
}

@test "patterns stand in a list on stdin as well" {
	make_name
	start_named "$name"
	[ "$(echo "name:$name" | "$PH" find -)" = "$("$PH" find "$pid")" ]
	run -2 "$PH" find - <<<"name:"
}

@test "a pattern without anything behind it is a usage error" {
	for form in name: exe: cmd: pg: sid: cgroup:; do
		run -2 "$PH" find "$form"
		[[ $output == "ph: find: '$form': "* ]]
	done
}

@test "names of any bytes are found, and cannot steer the terminal" {
	start_hostile
	first=$pid
	start_hostile
	for pattern in "$hostile" "${hostile//'['/'\['}" $'a)?\e\\[1m?' $'a)\n*'; do
		run -0 "$PH" find "name:$pattern"
		[[ $output == *"$first:"* && $output == *"$pid:"* ]]
	done
	"$PH" kill "name:$hostile" >out 2>&1 || :
	[ "$(wc -l <out)" -ge 3 ]
	[ "$(LC_ALL=C tr -d '[:print:]\n' <out | wc -c)" -eq 0 ]
	grep -q "$first:" out
	grep -qF "$escaped" out
}

@test "without /proc a pattern is exit 125, naming what is missing" {
	PHDEBUG=procfs=0 run -125 "$PH" find name:x
	[ "$output" = "ph: find: name:x: looking for processes needs /proc (and the setting procfs=1)" ]
}

@test "users that are not root mean their own processes" {
	make_name
	need_stranger
	[ "${#nobody[@]}" -gt 0 ] || skip "there is nobody else"
	start_named "$name"
	run -1 "${nobody[@]}" "$PH" find "name:$name"
	run -0 "${nobody[@]}" "$PH" find -u 0 "name:$name"
	run -1 "${nobody[@]}" "$PH" kill "name:$name"
}

@test "a bare word is an error that names the pattern" {
	need_program script
	run -2 script -qefc "exec '$PH' kill nginx" /dev/null
	[[ $output == *"hint: "*name:nginx* ]]
}
