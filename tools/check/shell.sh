# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# The linter has nothing to say about the scripts. In bats every test is a subshell, variables come
# from helpers and from "run", and quoted shell text is run by others: it warns of all of these.

need shellcheck
files dev .ci/run '*.sh' 'completions/*.bash' | xargs shellcheck --external-sources
files 'tests/*.bats' 'tests/*.bash' |
	xargs shellcheck --external-sources --exclude=SC2016,SC2030,SC2031,SC2154,SC2217
