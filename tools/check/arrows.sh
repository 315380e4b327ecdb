# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Includes point down: a room knows itself and the rooms below it. The tool sees what a stranger
# sees, and lib/base. What is exported is in lib/api.

rooms='api handle proc sys state base'

# Prints "FILE:LINE HEADER" for each include in quotes.
includes() {
	files "$@" | xargs grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' /dev/null |
		sed -E 's/^([^:]*:[0-9]+):[^"]*"([^"]*)".*/\1 \2/'
}

found=
complain() {
	echo "$1: $2"
	found=yes
}

above=
for room in $rooms; do
	while read -r place header; do
		case $header in
		*/*) to=${header%%/*} ;;
		*) to=$room ;;
		esac
		case " $rooms " in
		*" $to "*) ;;
		*) complain "$place" "\"$header\" is in no room of lib/" ;;
		esac
		case " $above " in
		*" $to "*) complain "$place" "lib/$room must not know \"$header\"" ;;
		esac
	done <<-EOF
	$(includes "lib/$room/*.[ch]" "lib/$room/*.def")
	EOF
	above="$above $room"
done

while read -r place header; do
	case $header in
	base/*) ;;
	*/*) complain "$place" "cli/ knows <prochandle.h> and base/, not \"$header\"" ;;
	esac
done <<EOF
$(includes 'cli/*.[ch]')
EOF

exported=$(files 'lib/*.[ch]' 'cli/*.[ch]' | grep -vE '^lib/(api/|base/attrs\.h$)' |
	xargs grep -n PH_EXPORT /dev/null || :)
[ -z "$exported" ] || complain "$exported" 'what is exported is in lib/api'

[ -z "$found" ]
