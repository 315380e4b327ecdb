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

# What --help and the scripts say of the options of a verb: "-s", "--signal", one a line.
words() {
	tr -s "'(){},+=* " '\n' | grep -xE -e '-[a-zA-Z]|--[a-z][a-z-]*' | sort -u
}

options_in_help() {
	# the option, and not the two blanks with the words about it
	"$PH" "$1" --help | sed -n -e '/^Examples:$/q' -e 's/^  \(-.,\|   \) --/\1 --/p' |
		sed -e 's/^ *//' -e 's/  .*//' -e 's/=[^,]*//g' -e 's/\[//g' | words
}

options_in_zsh() {
	sed -n -e "/^\t$1)/,/;;/p" "$scripts/_ph" | grep -- '\[' | sed -e 's/\[.*//' -e 's/{\(-.\)-,/\1 /' | words
}

options_in_fish() {
	sed -n -e "s/^complete -c ph -n '__fish_seen_subcommand_from $1' //p" "$scripts/ph.fish" |
		sed -nE -e "s/ -d '.*//" -e 's/^-s (.) /-\1 /' -e 's/^(-. )?-l ([a-z-]+).*/\1--\2/p' | words
}

@test "every verb and every option of --help is in every script, and none besides" {
	verbs=$("$PH" --help | awk '/^$/ { block++ } block == 1 && NF { print $1 }')
	[ "$(wc -l <<<"$verbs")" -ge 16 ]
	for verb in $verbs; do
		options_in_help "$verb" >help
		# what all have: -q, -v, --color, --metrics, -h, --version
		[ "$(wc -l <help)" -ge 9 ]
		diff help <(options_in_zsh "$verb")
		diff help <(options_in_fish "$verb")
		diff <(grep -- '^--' help) <(complete_bash ph "$verb" -- | sort)
		complete_bash ph "$verb" | grep -qx "$verb"
		grep -q "'$verb:" "$scripts/_ph"
		grep -q "__fish_use_subcommand -a $verb " "$scripts/ph.fish"
	done
	# and once by hand
	printf '%s\n' --all --cgroup --color --dry-run --group --help --json --list --metrics --missing-ok --newest \
		--oldest --queue --quiet --require-verified --signal --tree --verbose --version --wait \
		-h -l -n -q -s -v -w | sort | diff - <(options_in_help kill)
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
