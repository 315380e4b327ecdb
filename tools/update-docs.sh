#!/bin/sh
# SPDX-License-Identifier: MIT
#
# update-docs.sh [--check]: write the tables of settings, metrics and features
# into man/prochandle.7, between the markers that are there. With --check
# nothing is written: the differences are shown, and exit status 1 says that
# there are some.

set -eu

cd "$(dirname "$0")/.."

page=man/prochandle.7
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Reads rows such as NAME(id, "text", .help = "one " "two") and calls row()
# with string[1], string[2], ... as the compiler would see them.
# shellcheck disable=SC2016  # it is awk's to expand
reader='
function read_row(text,    n, i, part) {
	gsub(/\\"/, "\001", text)
	gsub(/"[ \t]+"/, "", text)
	n = split(text, part, "\"")
	strings = 0
	for (i = 2; i <= n; i += 2) {
		gsub(/\001/, "\"", part[i])
		gsub(/\\/, "\\e", part[i])
		string[++strings] = part[i]
	}
}
/^(SETTING|METRIC|FEATURE)\(/ { inside = 1; text = "" }
inside { text = text " " $0 }
inside && /\)$/ { inside = 0; opaque = text ~ /\.opaque *= *true/; read_row(text); row() }
'

settings() {
	awk "$reader"'
	function row() { print ".It Cm " string[1]; print string[strings] }
	' lib/state/settings.def
}

metrics() {
	{
		awk "$reader"'
		function row() { print string[1] "\t" string[strings] }
		' lib/state/metrics.def
		awk "$reader"'
		function row() {
			if (!opaque)
				print "/prochandle/non-default-behavior/" string[1] ":events\t" \
					"Times that the setting " string[1] " changed what was done."
		}
		' lib/state/settings.def
	} | LC_ALL=C sort | awk -F '\t' '{ print ".It Ic " $1; print $2 }'
}

features() {
	awk "$reader"'
	function row() {
		print ".It Cm " string[1] " Pq Linux " string[2]
		print "Gives: " string[3] "."
		print ".br"
		print "Instead: " string[4] "."
	}
	' lib/sys/features.def
}

# replace NAME: stdin to stdout, with the block NAME made from $work/NAME
replace() {
	awk -v name="$1" -v block="$work/$1" '
	$0 == ".\\\" END " name {
		print ".Bl -tag -width Ds"
		while ((getline line < block) > 0)
			print line
		print ".El"
		inside = 0
		ends++
	}
	!inside { print }
	$0 == ".\\\" BEGIN " name { inside = 1; begins++ }
	END {
		if (begins != 1 || ends != 1) {
			print "update-docs.sh: no block " name > "/dev/stderr"
			exit 1
		}
	}'
}

cp "$page" "$work/page"
for name in settings metrics features; do
	"$name" >"$work/$name"
	[ -s "$work/$name" ] || { echo "update-docs.sh: no rows of $name" >&2; exit 1; }
	replace "$name" <"$work/page" >"$work/new"
	mv "$work/new" "$work/page"
done

if [ "${1-}" = --check ]; then
	diff -u "$page" "$work/page"
elif ! cmp -s "$page" "$work/page"; then
	cat "$work/page" >"$page"
fi
