#!/usr/bin/env zsh
# SPDX-License-Identifier: MIT
#
# complete.zsh DIR LINE: what zsh offers after this line, one a line, with the completions in DIR.
# An interactive zsh, on a terminal of its own and with its .zshrc in the working directory, gets the
# line and a tab.

if [[ $1 != --inside ]]; then
	zmodload zsh/zpty
	export ZDOTDIR=$PWD
	print -r -- "source ${(q)0:A} --inside ${(q)1}" >.zshrc
	zpty shell zsh -d -i
	zpty -r -m shell seen '*ready for it'
	zpty -w -n shell "$2"$'\t'
	zpty -r -m shell seen '*>>offer'
	seen=${seen//$'\r'/}
	seen=${seen##*'<<offer'$'\n'}
	print -r -- ${seen%$'\n'*}
	zpty -d shell
	exit
fi

fpath=($2 $fpath)
autoload -U compinit
compinit -u -D

# also says what it adds
compadd() {
	local -a words
	builtin compadd -O words "$@"
	(( ! $#words )) || print -lr -- $words
	builtin compadd "$@"
}
open_offer() { print -r -- "<<offer" }
close_offer() { print -r -- ">>offer" }
compprefuncs=(open_offer)
comppostfuncs=(close_offer)

PROMPT= RPROMPT=
precmd() { print -r -- "ready for it" }
