# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# What the front pages name exists, and what exists is named there. (The manual has tests of its
# own, in tests/man.)
#
# shellcheck disable=SC2013,SC2016  # no name has a blank; backquotes are Markdown's

found=
complain() {
	echo "$*"
	found=yes
}

# Links between the documents, and files that are named in backquotes.
for page in *.md; do
	for target in $(grep -oE '\]\([A-Za-z][^):]*\)' "$page" | tr -d ']()'); do
		[ -e "$target" ] || complain "$page: there is no $target"
	done
	for target in $(grep -oE '`(include|lib|cli|tests|man|examples|tools)/[A-Za-z0-9_./-]*`' "$page" | tr -d '\`'); do
		case $target in
		*NAME*) ;;
		*) [ -e "$target" ] || complain "$page: there is no $target" ;;
		esac
	done
done

# Each call that a document names is declared, each verb that it names has a source.
for page in *.md; do
	for call in $(grep -oE '`ph_[a-z_]*[a-z](\(\))?`' "$page" | tr -d '\`()' | sort -u); do
		grep -q "\<$call\>(" include/prochandle.h || complain "$page: $call is not declared"
	done
	for verb in $(grep -oE '(^|[`$ ] ?)ph [a-z]+' "$page" | sed 's/.*ph //' | sort -u); do
		grep -qE "verb_$verb\b" cli/main.c || complain "$page: ph $verb is no verb"
	done
done

# README tells of every kernel that gives something (pidfds are whole from 5.4 on, which is one row
# there), and CHANGELOG of this version.
for kernel in $(sed -nE 's/^FEATURE\([A-Z0-9]+, "[a-z0-9]+", "(5\.4|[6-9][0-9.]*)",$/\1/p' lib/sys/features.def | sort -u); do
	grep -qE "^\|.*\<$kernel\>" README.md || complain "README.md: nothing about Linux $kernel"
done
version=$(sed -nE "s/^  version: '(.*)',$/\1/p" meson.build)
grep -q "^## $version" CHANGELOG.md || complain "CHANGELOG.md: nothing about $version"
for part in MAJOR:1 MINOR:2 PATCH:3; do
	number=$(echo "$version" | cut -d. -f"${part#*:}")
	grep -q "^#define PH_VERSION_${part%:*} $number$" include/prochandle.h ||
		complain "prochandle.h: PH_VERSION_${part%:*} is not $number"
done

# Each example has a test, each check and variant is what ./dev says it is.
for example in examples/*.c examples/*.cpp; do
	name=$(basename "${example%.*}")
	grep -q "\<$name\>" tests/docs/*.bats || complain "$example: no test runs it"
done

# Each row of packages.txt is for something that ./dev knows.
for name in $(sed '/^#/d; s/[[:space:]].*//' tools/packages.txt | tr ',' '\n' | sort -u); do
	[ -e "tools/check/$name.sh" ] || grep -qE "^	($name\)|$name \| )|^$name\)|/dev install $name " dev ||
		complain "tools/packages.txt: what is $name for?"
done

[ -z "$found" ]
