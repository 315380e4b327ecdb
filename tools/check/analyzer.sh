# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# gcc's analyzer finds no path through lib/ on which something is lost, or used after its end.
# Needs: the build

need gcc meson ninja
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

CC=gcc CFLAGS=-fanalyzer meson setup "$scratch" -Dwerror=true >/dev/null
objects=$(ninja -C "$scratch" -t targets all | sed -nE 's/^(lib\/.*\.o): .*/\1/p')
# shellcheck disable=SC2086
ninja -C "$scratch" $objects
