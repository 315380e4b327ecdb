# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Three lists are one: what the shared library exports, what its version map names, and what the
# header declares.
# Needs: the build

need_build
need nm "${CC:-cc}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

library=$(find "$BUILD" -name 'libprochandle.so' | head -n 1)
nm -D --defined-only "$library" | sed -nE 's/.* [TDBRVW] ([^@]*).*/\1/p' | sort >"$scratch/exported"
sed -nE 's/^[[:space:]]*(ph_[a-z0-9_]+);.*/\1/p' lib/prochandle.map | sort >"$scratch/mapped"
"${CC:-cc}" -E -P -Iinclude include/prochandle.h | sed 's/^static inline .*//' | tr '\n' ' ' | tr ';{}' '\n' |
	sed -nE 's/^[^(]*[ *](ph_[a-z0-9_]*[a-z0-9])\(.*\) *$/\1/p' | sort -u >"$scratch/declared"

[ -s "$scratch/exported" ] || { echo "$library exports nothing" && exit 1; }
diff -u "$scratch/exported" "$scratch/mapped"
diff -u "$scratch/exported" "$scratch/declared"
