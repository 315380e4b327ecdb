# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# clang-tidy agrees with lib/ and cli/, by the rules in .clang-tidy.
# Needs: the build

need clang-tidy
need_build
database=$(mktemp -d)
trap 'rm -rf "$database"' EXIT
# this option of gcc is none of clang
sed 's/ -fno-tree-loop-distribute-patterns//' "$BUILD/compile_commands.json" \
	>"$database/compile_commands.json"
files 'lib/*.c' 'cli/*.c' | xargs -P "$(nproc)" -n 4 clang-tidy -p "$database" --quiet 2>/dev/null
