#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ph completion, and the scripts that are checked in

load helper

scripts=$BATS_TEST_DIRNAME/../../completions

# complete_bash WORD...: what bash offers for the last word
complete_bash() {
	PATH=$(dirname "$PH"):$PATH bash -c '
		. "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_ph
		printf "%s\n" "${COMPREPLY[@]}"' _ "$scripts/ph.bash" "$@"
}

@test "the scripts in the tree are what ph writes" {
	diff "$scripts/ph.bash" <("$PH" completion bash)
	diff "$scripts/_ph" <("$PH" completion zsh)
	diff "$scripts/ph.fish" <("$PH" completion fish)
}

@test "only for shells that there are" {
	run -2 "$PH" completion
	run -2 "$PH" completion csh
	run -2 "$PH" completion bash zsh
}

@test "every verb and every option of --help is in every script" {
	for verb in $("$PH" --help | awk '/^$/ { block++ } block == 1 && NF { print $1 }'); do
		for option in $("$PH" "$verb" --help | sed -n 's/^  \([- ].*\)  [A-Z].*/\1/p' | grep -o -- '--[a-z-]*'); do
			complete_bash ph "$verb" "$option" | grep -qxe "$option"
			sed -n "/^\t$verb)/,/;;/p" "$scripts/_ph" | grep -qe "${option}[^a-z-]"
			grep -q "__fish_seen_subcommand_from $verb' .*-l ${option#--} " "$scripts/ph.fish"
		done
		complete_bash ph "$verb" | grep -qx "$verb"
		grep -q "'$verb:" "$scripts/_ph"
		grep -q "__fish_use_subcommand -a $verb " "$scripts/ph.fish"
	done
}

@test "the shells can read them" {
	bash -n "$scripts/ph.bash"
	for shell in zsh fish; do
		! command -v "$shell" >/dev/null || "$shell" -n "$scripts/"*"$([ $shell = zsh ] && echo _ph || echo .fish)"
	done
}

@test "bash completes verbs, signals, settings, words and processes" {
	[ "$(complete_bash ph k)" = kill ]
	[ "$(complete_bash ph kill -s TER)" = TERM ]
	[ "$(complete_bash ph kill --signal = TER)" = TERM ]
	[ "$(complete_bash ph settings osf)" = osfinderr ]
	[ "$(complete_bash ph -q wait --an)" = --any ]
	[ "$(complete_bash ph --color al)" = always ]
	[ "$(complete_bash ph help dem)" = demo ]
	[ "$(complete_bash ph run --rep)" = --report ]
	complete_bash ph run -t 5s ech | grep -qx echo
	# shellcheck disable=SC2016
	touch 'file-$(touch made)'
	# shellcheck disable=SC2016
	complete_bash ph run cat file- | grep -qxF 'file-$(touch made)'
	[ ! -e made ]
	touch some.pid
	complete_bash ph wait @some | grep -qx @some.pid
	complete_bash ph wait @ some | grep -qx some.pid
	complete_bash ph pidfile cl | grep -qx clear
	complete_bash ph pidfile show some | grep -qx some.pid
	[ -r /proc/self/comm ] || skip "no /proc"
	start
	complete_bash ph wait "$pid" | grep -qx "$pid"
}

@test "fish completes them as well" {
	need_program fish
	complete_fish() {
		PATH=$(dirname "$PH"):$PATH HOME=$PWD fish -c "source '$scripts/ph.fish'; complete -C '$1'" | cut -f1
	}
	[ "$(complete_fish 'ph k')" = kill ]
	[ "$(complete_fish 'ph kill -s TER')" = TERM ]
	[ "$(complete_fish 'ph settings osf')" = osfinderr ]
	[ "$(complete_fish 'ph wait --an')" = --any ]
	touch some.pid
	[ "$(complete_fish 'ph wait @som')" = @some.pid ]
	complete_fish 'ph pidfile cl' | grep -qx clear
}

@test "zsh completes them as well" {
	need_program zsh
	complete_zsh() {
		PATH=$(dirname "$PH"):$PATH zsh "$BATS_TEST_DIRNAME/complete.zsh" "$scripts" "$1" | sort -u
	}
	[ "$(complete_zsh 'ph k')" = kill ]
	[ "$(complete_zsh 'ph kill -s TER')" = TERM ]
	[ "$(complete_zsh 'ph settings osf')" = osfinderr ]
	[ "$(complete_zsh 'ph wait --an')" = --any ]
	[ "$(complete_zsh 'ph -q help dem')" = demo ]
}
