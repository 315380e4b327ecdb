#!/bin/sh
# SPDX-License-Identifier: MIT
#
# check.sh NAME...: runs the checks tools/check/NAME.sh, each in the top directory of the tree.
# Exit status: 0 passed, 1 something was found, 77 (one name only) its tool is missing here.
# BUILD is the directory of a finished build, for the checks that need one.
set -eu
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
export BUILD

# Skips the check, aloud, if this machine lacks one of these programs.
need() {
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

need_build() {
	[ -f "$BUILD/build.ninja" ] || skip "nothing is built in $BUILD"
}

skip() {
	echo "$*"
	exit 77
}

# The files of the project that match these patterns: without git, all but the builds.
files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		for pattern in "$@"; do
			find . -path ./.git -prune -o -path './build*' -prune -o -type f -path "./$pattern" -print
		done | sed 's:^\./::' | sort -u
	fi | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

if [ $# -eq 1 ]; then
	# shellcheck source=/dev/null
	. "tools/check/$1.sh"
	exit
fi

passed=0 failed=0 skipped=0
for name in "$@"; do
	status=0
	said=$(tools/check.sh "$name" 2>&1) || status=$?
	case $status in
	0) passed=$((passed + 1)) said='' verdict=ok ;;
	77) skipped=$((skipped + 1)) verdict=skipped ;;
	*) failed=$((failed + 1)) verdict=FAILED ;;
	esac
	printf '%-8s %s\n' "$verdict" "$name"
	[ -z "$said" ] || echo "$said" | sed 's/^/         /'
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
