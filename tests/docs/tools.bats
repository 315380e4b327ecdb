#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The tools judge right: a check that cannot fail, or a count that hides a failure, is worse than none.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR" || exit
}

# logged NAME RESULT STATUS OUTPUT: adds a line to the log as `meson test` writes it.
logged() {
	printf '{"name": "prochandle:api / %s", "result": "%s", "returncode": %s, "stdout": "%s"}\n' "$@" >>log
}

tally() {
	run python3 "$top/tools/tally.py" log
}

@test "tally counts the cases of a program that speaks TAP" {
	logged tap OK 0 '1..3\nok 1 - a\nok 2 - b\nok 3 - c # SKIP needs Linux 6.9\n'
	logged plain OK 0 'hello\n'
	tally
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "skipped: tap: c (needs Linux 6.9)" ]
	[ "${lines[-1]}" = "3 passed, 0 failed, 1 skipped" ]
}

@test "tally fails a case that failed, names it and says why" {
	logged tap FAIL 1 '1..2\nok 1 - a\nnot ok 2 - b\n#   file.c:7:\n#   why\n'
	tally
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "failed: tap: b (file.c:7: why)" ]
	[ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}

@test "tally fails a program that reported fewer cases than it planned" {
	logged tap OK 0 '1..2\nok 1 - a\n'
	tally
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}

@test "tally fails a program that bailed out or was killed after its last case" {
	logged bail SKIP 0 'Bail out! no memory\n'
	logged killed ERROR -11 '1..1\nok 1 - a\n'
	tally
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "1 passed, 2 failed, 0 skipped" ]
}

@test "tally tells why a whole program was skipped" {
	logged all SKIP 0 '1..0 # SKIP no user namespaces\n'
	logged plain SKIP 77 'first\nclang is not installed\n'
	logged good OK 0 ''
	tally
	[ "$status" -eq 0 ]
	[[ $output == *"skipped: all (no user namespaces)"* ]]
	[[ $output == *"skipped: plain (clang is not installed)"* ]]
	[ "${lines[-1]}" = "1 passed, 0 failed, 2 skipped" ]
}

@test "tally fails a run in which nothing ran" {
	: >log
	tally
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "0 passed, 0 failed, 0 skipped" ]
}

# A tree of a few lines for the checks to look at.
small_tree() {
	mkdir -p tools lib/api lib/sys lib/base cli
	cp -R "$top/tools/check.sh" "$top/tools/check" tools
	echo '#include "sys/call.h"' >lib/api/find.c
	echo '#include "base/io.h"' >lib/sys/call.c
	echo '#include "base/io.h"' >cli/main.c
	touch lib/sys/call.h lib/base/io.h
}

@test "check arrows is content with includes that point down" {
	small_tree
	tools/check.sh arrows
}

@test "check arrows finds an include that points up" {
	small_tree
	echo '#include "api/find.h"' >lib/sys/call.h
	run tools/check.sh arrows
	[ "$status" -eq 1 ]
	[[ $output == "lib/sys/call.h:1: "* ]]
}

@test "check arrows finds the tool looking behind the public header" {
	small_tree
	echo '#include "sys/call.h"' >cli/main.c
	run tools/check.sh arrows
	[ "$status" -eq 1 ]
	[[ $output == "cli/main.c:1: "* ]]
}

@test "check arrows finds an export outside of lib/api" {
	small_tree
	echo 'PH_EXPORT int call(void);' >lib/sys/call.h
	run tools/check.sh arrows
	[ "$status" -eq 1 ]
}

@test "check spdx finds a file that does not say its licence" {
	small_tree
	run tools/check.sh spdx
	[ "$status" -eq 1 ]
	[[ $output == *"cli/main.c: no SPDX line"* ]]
}

@test "check says which tool it lacks, and answers 77" {
	small_tree
	mkdir bin
	for tool in sh dirname; do
		ln -s "$(type -P "$tool")" bin/
	done
	PATH=$PWD/bin run tools/check.sh spelling
	[ "$status" -eq 77 ]
	[ "$output" = "codespell is not installed" ]
}

# A machine that has little more than a shell, and an apt-get that only takes notes.
bare_machine() {
	mkdir bin
	for tool in sh dirname cat cut sort grep sed paste tr mktemp rm env ls; do
		ln -s "$(type -P "$tool")" bin/
	done
	printf '#!/bin/sh\necho %s\n' "$1" >bin/id
	printf '#!/bin/sh\necho "$@" >>"%s"\n' "$PWD/notes" >bin/apt-get
	chmod +x bin/id bin/apt-get
}

@test "dev without root and sudo installs nothing and says what to run" {
	bare_machine 1000
	PATH=$PWD/bin run "$top/dev" run
	[ "$status" -eq 125 ]
	[[ ${lines[-1]} == *"run this as root"*"apt-get install"*" gcc "*" meson "* ]]
	[ ! -e notes ]
}

@test "dev as root installs what is missing and nothing else" {
	bare_machine 0
	ln -s "$(type -P true)" bin/meson
	PATH=$PWD/bin run "$top/dev" install run
	[ "$status" -eq 125 ]
	[[ ${lines[-1]} == *"still missing"* ]]
	grep -q ' gcc ' notes
	[ "$(grep -cE 'meson|shellcheck' notes)" -eq 0 ]
}

@test "dev builds the tests in a tree that had only been built to run ph" {
	mkdir bin
	cat >bin/meson <<-EOF
		#!/bin/sh
		case \$1 in
		--version) echo 1.0.1 ;;
		setup)
			echo "\$@" >>"$PWD/notes"
			mkdir -p "$PWD/build/meson-info" "$PWD/build/cli"
			echo '"$top"' >"$PWD/build/meson-info/meson-info.json"
			: >"$PWD/build/build.ninja"
			cp bin/ninja "$PWD/build/cli/ph"
			;;
		esac
	EOF
	printf '#!/bin/sh\n' >bin/ninja
	chmod +x bin/meson bin/ninja
	export DEV_BUILD=$PWD PATH=$PWD/bin:$PATH
	"$top/dev" run
	"$top/dev" run
	[ "$(wc -l <notes)" -eq 1 ]
	run "$top/dev" test
	[ "$status" -ne 0 ]
	[[ $(tail -n 1 notes) == setup*--reconfigure*-Dtests=enabled ]]
	run "$top/dev" test
	"$top/dev" run
	[ "$(wc -l <notes)" -eq 2 ]
}

@test "dev answers 125 to a command that it does not know" {
	run "$top/dev" jump
	[ "$status" -eq 125 ]
	[[ $output == usage:* ]]
}
