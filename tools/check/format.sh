# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# The layout of the sources is what .clang-format makes of them.

need clang-format
files '*.c' '*.h' '*.hpp' '*.cpp' | xargs clang-format --dry-run -Werror
