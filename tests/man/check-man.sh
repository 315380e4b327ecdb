#!/bin/sh
# SPDX-License-Identifier: MIT
#
# check-man.sh CHECK SOURCE [BUILD]: does the manual agree with the header, with
# the tables and with the tool? Exit status 77: cannot be told here.

set -eu
export LC_ALL=C

check=$1
source=$2
build=${3-}

header=$source/include/prochandle.h
man=$source/man
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

skip() {
	echo "skipped: $*" >&2
	exit 77
}

need() {
	command -v "$1" >/dev/null || skip "no $1"
}

# compare WHAT: $work/a, of the header or the tool, and $work/b, of the manual
compare() {
	[ -s "$work/a" ] || { echo "$1: found nothing to compare" >&2; exit 1; }
	diff -u --label "$2" --label 'the manual' "$work/a" "$work/b" || {
		echo "$1: they differ" >&2
		exit 1
	}
}

# The header without its comments.
code() {
	awk '
	{
		line = $0
		out = ""
		while (line != "") {
			if (inside) {
				i = index(line, "*/")
				if (!i)
					break
				line = substr(line, i + 2)
				inside = 0
				continue
			}
			i = index(line, "/*")
			if (!i) {
				out = out line
				break
			}
			out = out substr(line, 1, i - 1)
			line = substr(line, i + 2)
			inside = 1
		}
		sub(/[ \t]+$/, "", out)
		if (out != "")
			print out
	}' "$header"
}

# "int ph_find(pid_t pid, struct ph_process **ret_process);", one on a line
prototypes() {
	code | awk '
	# and those that are inline, but for what ends in "_"
	/^[a-z].*[ *]ph_[a-z_]+\(/ && !/_\(/ { inside = 1; text = "" }
	inside { text = text " " $0 }
	inside && /[;)]$/ {
		inside = 0
		gsub(/[ \t]+/, " ", text)
		sub(/^ (static inline )?/, "", text)
		sub(/;?$/, ";", text)
		print text
	}
	'
}

names() {
	prototypes | sed 's/^.*[ *]\(ph_[a-z_]*\)(.*/\1/' # the last ph_…( would be a callback
}

# The text of a literal display as it is shown.
unescape='
function unescape(text) {
	gsub(/\\-/, "-", text)
	gsub(/\\\(aq/, "\047", text)
	gsub(/\\\(ga/, "`", text)
	gsub(/\\\(ha/, "^", text)
	gsub(/\\\(ti/, "~", text)
	gsub(/\\&/, "", text)
	gsub(/\\e/, "\\", text)
	return text
}
'

# Every page renders without a complaint and fits into 80 columns.
check_lint() {
	need mandoc
	mandoc -T lint -W warning "$man"/*.[1-9] >"$work/lint" 2>&1 || true
	grep -v 'outdated mandoc.db' "$work/lint" && return 1
	# "An" in a heading is a macro, unless it is told apart
	! grep -nE '^\.S[hs] (.* )?(An|At|Do|In|Me|No|So)( |$)' "$man"/*.[1-9] || return 1
	for page in "$man"/*.[1-9]; do
		mandoc -T ascii -O width=78 "$page" | awk -v page="${page##*/}" '
		{ gsub(/.\010/, "") }
		/^[A-Z]/ { section = $1 }
		# the type of a callback does not break
		length($0) > 80 && section != "SYNOPSIS" { print page ": too wide: " $0; bad = 1 }
		END { exit bad }' || return 1
		head -n 1 "$page" | grep -q '^\.\\" SPDX-License-Identifier: MIT$' || {
			echo "${page##*/}: no licence in line 1"
			return 1
		}
	done
	if command -v groff >/dev/null; then
		for page in "$man"/*.[1-9]; do
			groff -mandoc -Tutf8 -ww -z "$page" 2>&1 |
				grep -v "can't break line" >"$work/groff" || true
			if [ -s "$work/groff" ]; then
				cat "$work/groff"
				return 1
			fi
		done
	fi
}

# The tables in prochandle(7) are those of the sources.
check_tables() {
	sh "$source/tools/update-docs.sh" --check
	[ -n "$(tool)" ] || return 0
	for what in settings metrics; do
		"$(tool)" "$what" --format=mdoc | rows >"$work/a"
		block "$what" | rows >"$work/b"
		compare "$what" "ph $what --format=mdoc" || return 1
	done
}

# The block WHAT of the page.
block() {
	awk -v name="$1" '
	$0 == ".\\\" END " name { inside = 0 }
	inside { print }
	$0 == ".\\\" BEGIN " name { inside = 1 }
	' "$man/prochandle.7"
}

# Names and sentences of a list in mdoc, whatever macro it has for names.
rows() {
	awk '
	/^\.It / { print $3; is_next = 1; next }
	is_next { print; is_next = 0 }
	'
}

tool() {
	for candidate in "$build/cli/ph" "$build/ph"; do
		if [ -n "$build" ] && [ -x "$candidate" ]; then
			echo "$candidate"
			return
		fi
	done
}

# Every call has one page, with the prototype of the header, is in the index,
# and is found by its name.
check_calls() {
	prototypes | sort >"$work/a"
	for page in "$man"/*.3; do
		awk '
		function flush() {
			if (name != "")
				print type (type ~ /\*$/ ? "" : " ") name "(" args ");"
			name = ""
		}
		function quoted(text) { gsub(/"/, "", text); return text }
		/^\.Sh / { flush(); inside = $2 == "SYNOPSIS" }
		!inside { next }
		/^\.Ft / { flush(); type = substr($0, 5) }
		/^\.Fn / {
			flush()
			name = $2
			args = substr($0, 5 + length($2) + 1)
			gsub(/" "/, ", ", args)
			args = quoted(args)
			flush()
		}
		/^\.Fo / { flush(); name = $2; args = "" }
		/^\.Fa / { args = args (args == "" ? "" : ", ") quoted(substr($0, 5)) }
		/^\.Fc/ { flush() }
		' "$page"
	done | sort >"$work/b"
	compare prototypes "the header" || return 1

	names | sort >"$work/a"
	for page in "$man"/*.3; do
		page_names "$page"
	done | grep '^ph_' | sort >"$work/b"
	compare 'NAME sections' "the header"

	sed -n 's/^\.It Xr \(ph_[a-z_]*\) 3$/\1/p' "$man/prochandle.3" | sort >"$work/b"
	compare 'index in prochandle(3)' "the header"

	installed >"$work/installed"
	[ -s "$work/installed" ] || { echo 'man/meson.build: no pages'; return 1; }
	for page in "$man"/*.[1-9]; do
		for name in $(page_names "$page"); do
			grep -qx "$name\.${page##*.}" "$work/installed" || {
				echo "man/meson.build: nothing leads from $name to ${page##*/}"
				return 1
			}
		done
		grep -qx "${page##*/}" "$work/installed" || {
			echo "man/meson.build: ${page##*/} is not installed"
			return 1
		}
	done
}

# page_names PAGE: what its NAME section says
page_names() {
	awk '
	/^\.Sh / { inside = $2 == "NAME" }
	inside && /^\.Nm / { print $2 }
	' "$1"
}

# The files in the man directories, from man/meson.build.
installed() {
	awk '
	/^  \047[a-zA-Z_-]+\.[1-9]\047:/ {
		split($1, part, "\047")
		page = part[2]
		print page
		sub(/^[^:]*:/, "")
	}
	page != "" {
		n = split($0, part, "\047")
		for (i = 2; i <= n; i += 2)
			print part[i] substr(page, index(page, "."))
	}
	/\],$/ { page = "" }
	' "$man/meson.build" | sort
}

# A struct that a page shows is the one of the header, and every one is shown.
check_structs() {
	code | awk '
	/^struct ph_[a-z_]+ \{$/ { inside = 1 }
	inside { print }
	/^\};$/ { inside = 0 }
	' >"$work/all"
	for where in all pages; do
		if [ "$where" = pages ]; then
			cat "$man"/*.3
		else
			cat "$work/all"
		fi | awk "$unescape"'
		/^struct ph_[a-z_]+ \{$/ { inside = 1; name = $2 }
		inside { print name ": " unescape($0) }
		/^\};$/ { inside = 0 }
		' | sort -s -k 1,1 >"$work/$where.sorted"
	done
	mv "$work/all.sorted" "$work/a"
	mv "$work/pages.sorted" "$work/b"
	compare structs "the header"
}

# Every constant and macro of the header is in a page, and no other one.
check_constants() {
	code | grep -o '\<PH_[A-Z][A-Z_0-9]*\>' | sort -u >"$work/a"
	cat "$man"/*.[37] | sed 's/\\(aq//g' | grep -o '\<PH_[A-Z][A-Z_0-9]*\>' |
		sort -u >"$work/b.all"
	# what names a page is no constant
	grep -h '^\.Dt' "$man"/*.3 | awk '{ print $2 }' | sort -u >"$work/titles"
	comm -23 "$work/b.all" "$work/titles" >"$work/b"
	compare constants "the header"
}

# "ph_find EINVAL", one on a line. A NULL handle or out-parameter is EINVAL by
# a rule for all calls, so every call with a pointer has that.
check_errors() {
	prototypes >"$work/prototypes"
	awk -v prototypes="$work/prototypes" '
	BEGIN {
		while ((getline line < prototypes) > 0) {
			name = line
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
			order[++count] = name
			args = substr(line, index(line, "("))
			if (args ~ /\*/ && line ~ /^(int|pid_t) /)
				errors[name] = " EINVAL "
		}
	}
	/^\/\*\*/ { comment = 1; returns = 0; all = ""; inherit = ""; name = "" }
	comment && /^ \* (ph_[a-z_]+)\(\) - / { name = $2; sub(/\(\)/, "", name) }
	comment && /^ \* Return:/ { returns = 1 }
	comment && returns {
		if ($0 ~ /Return: as ph_[a-z_]+\(\)/) {
			inherit = $0
			sub(/.*Return: as /, "", inherit)
			sub(/\(\).*/, "", inherit)
		}
		line = $0
		group = line ~ /-E[A-Z0-9]+ +not PH_ONE:/
		while (match(line, /-E[A-Z0-9]+/)) {
			error = substr(line, RSTART + 1, RLENGTH - 1)
			all = all error " "
			if (group)
				of_groups[name, error] = 1
			line = substr(line, RSTART + RLENGTH)
		}
	}
	comment && /\*\// {
		comment = 0
		if (name == "")
			next
		errors[name] = errors[name] " " all
		if (inherit != "") {
			n = split(errors[inherit], part, " ")
			for (i = 1; i <= n; i++)
				if (!((inherit, part[i]) in of_groups))
					errors[name] = errors[name] " " part[i]
		}
	}
	END {
		for (j = 1; j <= count; j++) {
			n = split(errors[order[j]], part, " ")
			for (i = 1; i <= n; i++)
				print order[j], part[i]
		}
	}' "$header" | sort -u >"$work/a"

	for page in "$man"/*.3; do
		awk '
		/^\.Sh / { inside = $2 == "ERRORS"; name = "" }
		inside && /^\.Ss / { name = $2 }
		inside && name != "" && /^\.It / {
			for (i = 2; i <= NF; i++)
				if ($i ~ /^E[A-Z0-9]+$/)
					print name, $i
		}' "$page"
	done | sort >"$work/b"
	compare errors "the header"
}

# prochandle(3) lists the calls that are safe in a signal handler.
check_handlers() {
	awk '
	/^ \* ph_[a-z_]+\(\) - / { name = $2; sub(/\(\)/, "", name) }
	/Safe in a signal handler/ { print name }
	' "$header" | sort >"$work/a"
	awk '
	/^\.Sh / { inside = /^\.Sh THREADS AND SIGNAL HANDLERS/ }
	inside && /^These calls are safe/ { list = 1 }
	inside && list && /^\.Fn / { print $2 }
	' "$man/prochandle.3" | sort >"$work/b"
	compare 'safe in a signal handler' "the header"
}

# What a page of ours refers to is there.
check_links() {
	installed >"$work/installed"
	sed -n 's/^\.\(It \)\{0,1\}Xr \(ph[a-zA-Z_-]*\|prochandle\|PH_AUTO\) \([1-9]\).*/\2.\3/p' \
		"$man"/*.[1-9] | sort -u >"$work/referred"
	comm -23 "$work/referred" "$work/installed" >"$work/missing"
	[ ! -s "$work/missing" ] || {
		sed 's/^/referred to, and not there: /' "$work/missing"
		return 1
	}
}

# The programs in the EXAMPLES sections compile, run and succeed.
check_examples() {
	library=
	for candidate in "$build/lib/libprochandle.so" "$build/libprochandle.so" \
		"$build/lib/libprochandle.a" "$build/libprochandle.a"; do
		if [ -n "$build" ] && [ -e "$candidate" ]; then
			library=$candidate
			break
		fi
	done
	[ -n "$library" ] || skip "no library in ${build:-any build directory}"

	for page in "$man"/*.3; do
		awk -v stem="$work/$(basename "$page" .3)" "$unescape"'
		/^\.Sh / { examples = $2 == "EXAMPLES" }
		/^\.Ed/ { inside = 0 }
		inside && inside++ == 1 && /^#include/ { file = stem "-" ++count ".c" }
		inside && file != "" { print unescape($0) > file }
		examples && /^\.Bd -literal/ { inside = 1; file = "" }
		END {
			if (!count)
				print stem > "/dev/stderr"
			exit !count
		}' "$page" || { echo "${page##*/}: no example"; return 1; }
	done

	for program in "$work"/*.c; do
		name=$(basename "$program" .c)
		# shellcheck disable=SC2086  # words on purpose
		${CC:-cc} -std=gnu99 -Wall -Wextra -Werror -pthread ${CFLAGS-} \
			-I "$source/include" -o "$work/$name" "$program" "$library" \
			-Wl,-rpath,"$(dirname "$library")"
		for settings in '' pidfd=0; do
			PHDEBUG=$settings run "$work/$name" >"$work/out" 2>"$work/err" || {
				echo "$name with PHDEBUG=$settings: exit status $?"
				cat "$work/out" "$work/err"
				return 1
			}
			[ ! -s "$work/err" ] || { cat "$work/err"; return 1; }
		done
		echo "$name: $(head -n 1 "$work/out")"
	done
}

run() {
	if command -v timeout >/dev/null; then
		timeout 60 "$@"
	else
		"$@"
	fi
}

# Every option that ph VERB --help shows is in the page, and no other one.
check_options() {
	ph=$(tool)
	[ -n "$ph" ] || skip "no ph in ${build:-any build directory}"
	"$ph" --help | help_options | sort -u >"$work/a"
	page_options "$man/ph.1" | sort -u >"$work/b"
	compare options "ph --help" || return 1

	verbs "$ph" >"$work/verbs"
	awk '
	/^The verbs are:/ { inside = 1 }
	/^\.El/ { inside = 0 }
	inside && /^\.It / { print $3 }
	' "$man/ph.1" >"$work/b"
	cp "$work/verbs" "$work/a"
	compare verbs "ph --help" || return 1

	while read -r verb; do
		"$ph" "$verb" --help | help_options | sort -u >"$work/a"
		if [ -e "$man/ph-$verb.1" ]; then
			page_options "$man/ph-$verb.1" | sort -u >"$work/b"
		else
			# what has no page has no options of its own
			page_options "$man/ph.1" | sort -u >"$work/all"
			comm -12 "$work/a" "$work/all" >"$work/b"
		fi
		compare "$verb" "ph $verb --help" || return 1
	done <"$work/verbs"
}

verbs() {
	"$1" --help | awk '
	/^Options/ { exit }
	/^  [a-z]+  / { print $1 }
	'
}

# "-s" and "--signal", one on a line, of a help text
help_options() {
	awk '
	/^  (-.,|   ) --[a-z]/ {
		if ($1 ~ /^-.,$/) {
			print substr($1, 1, 2)
			sub(/^  -.,/, "")
		}
		for (i = 1; $i ~ /^--/; i++) {
			sub(/[=[,].*/, "", $i)
			print $i
		}
	}'
}

# the same of the OPTIONS of a page
page_options() {
	awk '
	/^\.Sh / { inside = $2 == "OPTIONS" }
	inside && /^\./ {
		for (i = 1; i < NF; i++) {
			if ($i !~ /^\.?Fl$/)
				continue
			if ($(i + 1) == "Fl" && $(i + 2) ~ /^[a-z]/)
				print "--" $(i += 2)
			else if ($(i + 1) ~ /^[a-z0-9]$/)
				print "-" $++i
		}
	}' "$1"
}

# The exit statuses in ph(1) are those of the tool.
check_statuses() {
	[ -e "$source/cli/status.h" ] || skip 'no tool in this tree'
	sed -n 's/^.*STATUS_[A-Z]* = \([0-9]*\),.*/\1/p' "$source/cli/status.h" >"$work/a"
	awk '
	/^\.Sh / { inside = /^\.Sh EXIT STATUS/ }
	inside && /^\.It / { print $2 }
	' "$man/ph.1" >"$work/b"
	compare 'exit statuses' cli/status.h
}

# The fields of --json are in the pages, and what is in the pages is a field.
check_json() {
	ph=$(tool)
	[ -n "$ph" ] || skip "no ph in ${build:-any build directory}"
	export ph
	fields "$man/ph.1" >"$work/common"
	for verb in run find info ls tree watch kill wait settings metrics doctor demo; do
		say_json "$verb" >"$work/said" 2>&1 || true
		if [ "$verb" = demo ] && grep -q '"error"' "$work/said"; then
			echo 'ph demo: it cannot be shown here'
			continue
		fi
		grep -o '"[a-z_0-9]*":' "$work/said" | tr -d '":' | sort -u >"$work/keys"
		fields "$man/ph-$verb.1" >"$work/own"
		# with -w, ph kill says what ph wait says
		[ "$verb" != kill ] || fields "$man/ph-wait.1" >>"$work/own"
		# a page may refer to another one for some of its fields
		case $verb in
		info | watch) fields "$man/ph-wait.1" >"$work/other" ;;
		tree) fields "$man/ph-ls.1" >"$work/other" ;;
		*) : >"$work/other" ;;
		esac

		sort -u "$work/own" "$work/common" "$work/other" | comm -12 "$work/keys" - >"$work/known"
		sort -u "$work/own" "$work/known" >"$work/b"
		mv "$work/keys" "$work/a"
		compare "fields of ph $verb" "ph $verb --json" || return 1
	done
}

# what --json says, with every field at least once
say_json() {
	case $1 in
	run)
		"$ph" run --report=fd:1 -- sh -c 'exit 3'
		"$ph" run --report=fd:1 -- sh -c 'kill -KILL $$'
		"$ph" run --report=fd:1 -- ./nosuch
		"$ph" run --report=fd:1 -- sh -c 'sleep 60 & exit 3'
		;;
	find)
		"$ph" find --json $$ 2147483647
		"$ph" find --json --count $$
		;;
	info)
		"$ph" info --json $$
		# what nobody reaps can still be asked how it ended
		sh -c 'sleep 60 & echo $! >"$0"; exec sleep 60' "$work/child" &
		parent=$!
		until read -r name <"/proc/$parent/comm" && [ "$name" = sleep ]; do
			kill -0 "$parent"
		done
		"$ph" kill -KILL "$(cat "$work/child")"
		"$ph" wait -q --reap-wait=0 "$(cat "$work/child")" >/dev/null
		"$ph" info --json "$(cat "$work/child")"
		kill "$parent"
		;;
	ls)
		"$ph" ls --json -o exe,cwd,cgroup,wchan $$
		;;
	tree)
		"$ph" tree --json $$
		;;
	watch)
		sleep 60 &
		target=$!
		# it ends once it is watched
		"$ph" watch --json "$target" | while read -r event; do
			echo "$event"
			kill "$target" || true
		done
		;;
	kill)
		# the child of a shell becomes the child of ph
		sh -c 'sleep 60 & exec "$ph" kill --json -KILL -w=60s $!'
		sleep 60 &
		handle=$("$ph" find $!)
		kill $!
		wait $! || true
		"$ph" wait --json "$handle"
		"$ph" kill --json 2147483647
		"$ph" kill -l --json 137
		sh -c 'sh -c "exit 3" & exec "$ph" wait --json $!'
		;;
	wait)
		say_json kill | grep '"exit"'
		"$ph" wait --json 2147483647
		;;
	settings)
		PHDEBUG=nonsense=1 "$ph" settings --json
		;;
	doctor)
		PHDEBUG=nonsense=1 "$ph" doctor --json
		;;
	*)
		"$ph" "$1" --json
		;;
	esac || true
}

# the fields that a page lists
fields() {
	awk '
	/^\.Sh / { inside = $2 == "OUTPUT" }
	inside && /^\.(It )?Fa / {
		for (i = 2; i <= NF; i++)
			if ($i ~ /^[a-z_0-9]+$/)
				print $i
	}' "$1" | sort -u
}

check_"$check"
