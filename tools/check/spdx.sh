# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Every file says its licence. Data that cannot carry a comment is listed here.

bare=$(files '*' | grep -vE '^LICENSE$|^fuzz/corpus/|^tests/.*/(data|expected)/' |
	xargs grep -L 'SPDX-License-Identifier: MIT' /dev/null | grep -vx /dev/null || :)
[ -z "$bare" ] || { echo "$bare" | sed 's/$/: no SPDX line/' && exit 1; }
