# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# The linter has nothing to say about the scripts. In bats every test is a subshell, variables come
# from helpers and from "run", and quoted shell text is run by others: it warns of all of these.

need shellcheck
# several at once, for it takes its time
some="-P $(nproc) -n 6"
# shellcheck disable=SC2086
files dev .ci/run '*.sh' 'completions/*.bash' | xargs $some shellcheck --external-sources
# shellcheck disable=SC2086
files 'tests/*.bats' 'tests/*.bash' |
	xargs $some shellcheck --external-sources --exclude=SC2016,SC2030,SC2031,SC2154,SC2217
