# bash completion for ph                                  -*- shell-script -*-
# SPDX-License-Identifier: MIT
# Written by "ph completion bash".

_ph_signals()
{
	ph kill --list 2>/dev/null | while read -r _ name; do echo "$name"; done
}

_ph_settings()
{
	ph settings 2>/dev/null | { read -r _; while read -r name _; do echo "$name"; done; }
}

_ph_pids()
{
	local dir
	echo 'name: exe: cmd: pg: sid: cgroup:'
	for dir in /proc/[0-9]*; do echo "${dir#/proc/}"; done
}

_ph_pidfiles()
{
	local before=
	if [[ $cur == @?* ]]; then before=@; fi
	mapfile -t COMPREPLY < <(compgen -f -P "$before" -- "${cur#@}")
}

_ph()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local verb word words options verbs='run find info ls tree watch kill stop wait pidfile settings metrics doctor demo help completion'

	COMPREPLY=()
	# --name=value arrives as three words
	if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ " $verbs " == *" $word "* ]]; then verb=$word; break; fi
	done

	case $verb:$prev in
	*:--color) words='auto always never' ;;
	*:--metrics) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	run:--timeout | run:-t) return ;;
	run:--grace | run:-k) return ;;
	run:--signal | run:-s) words=$(_ph_signals) ;;
	run:--leftovers) words='stop wait leave' ;;
	run:--isolate) words='auto subreaper cgroup pidns' ;;
	run:--report) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	run:--pidfile) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	find:--exe) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	find:--cmd) return ;;
	find:--user | find:-u) mapfile -t COMPREPLY < <(compgen -u -- "$cur"); return ;;
	find:--parent) words=$(_ph_pids) ;;
	find:--state) return ;;
	find:--older) return ;;
	find:--newer) return ;;
	ls:--columns | ls:-o) words='handle pid ppid pgid sid tty user uid gid state threads start age cpu rss vsize comm command exe cwd cgroup wchan' ;;
	ls:--sort) words='handle pid ppid pgid sid tty user uid gid state threads start age cpu rss vsize comm command exe cwd cgroup wchan' ;;
	tree:--columns | tree:-o) words='handle pid ppid pgid sid tty user uid gid state threads start age cpu rss vsize comm command exe cwd cgroup wchan' ;;
	tree:--sort) words='handle pid ppid pgid sid tty user uid gid state threads start age cpu rss vsize comm command exe cwd cgroup wchan' ;;
	watch:--until) words='start exit' ;;
	watch:--timeout | watch:-t) return ;;
	watch:--interval) return ;;
	watch:--exec) return ;;
	kill:--signal | kill:-s) words=$(_ph_signals) ;;
	kill:--queue) return ;;
	stop:--grace | stop:-k) return ;;
	stop:--signal | stop:-s) words=$(_ph_signals) ;;
	stop:--schedule) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	wait:--timeout | wait:-t) return ;;
	wait:--count) return ;;
	wait:--reap-wait) return ;;
	settings:--format) words='table mdoc' ;;
	metrics:--format) words='table mdoc' ;;
	*)
		case $verb in
		run) [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -A command -A file -- "$cur"); return; }; options='-t --timeout -k --grace -s --signal --leftovers --isolate --report --pidfile --print-handle --new-session -q --quiet -v --verbose --color --metrics -h --help --version ' ;;
		find) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='-l --long --exe --cmd -u --user --parent --state --older --newer --newest --oldest --count -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		info) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='-q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		ls) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='-a --all-users -o --columns --sort --no-header -w --wide -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		tree) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='-a --all-users -o --columns --sort --no-header -w --wide -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		watch) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='--until -t --timeout --interval --exec -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		kill) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='-s --signal --queue --group --tree --cgroup -w --wait --all --newest --oldest --missing-ok -l --list -n --dry-run -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		stop) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='-k --grace -s --signal --no-kill --schedule --tree --cgroup --force --all --newest --oldest --missing-ok -n --dry-run -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		wait) [[ $cur != @* && $prev != @ ]] || { _ph_pidfiles; return; }; words=$(_ph_pids); options='-t --timeout --any --count -x --exit-status --missing-ok --bell --reap-wait -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		pidfile) [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -W 'write show clear' -A file -- "$cur"); return; }; options='-n --dry-run -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		settings) words=$(_ph_settings); options='--format -q --quiet -v --verbose --json --color --metrics -h --help --version ' ;;
		metrics) words=; options='--prometheus --format -q --quiet -v --verbose --json --color --metrics -h --help --version ' ;;
		doctor) words=; options='-q --quiet -v --verbose --json --color --metrics -h --help --version ' ;;
		demo) words=; options='-q --quiet -v --verbose --json --color --metrics -h --help --version ' ;;
		help) words=$verbs; options='-q --quiet -v --verbose --color --metrics -h --help --version ' ;;
		completion) words='bash zsh fish'; options='-q --quiet -v --verbose --color --metrics -h --help --version ' ;;
		*) words=$verbs; options='-n --dry-run -q --quiet -v --verbose --require-verified --json --color --metrics -h --help --version ' ;;
		esac
		if [[ $cur == -* ]]; then words=$options; fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _ph ph
