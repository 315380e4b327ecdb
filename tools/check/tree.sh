# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# A build leaves nothing in the tree but its own directory, and what an installation puts down, its
# removal takes away.

need git meson ninja
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

git status --porcelain >"$scratch/before" || skip "this is no git tree"
quietly() {
	"$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" && exit 1; }
}
export DESTDIR="$scratch/root"
# where files come to be is the same without optimisation and tests, and known sooner
quietly meson setup "$scratch/build" --prefix=/usr -Doptimization=0 -Dtests=disabled
quietly ninja -C "$scratch/build"
quietly meson install -C "$scratch/build" --no-rebuild
(cd "$DESTDIR" && find . -type f) >"$scratch/installed"
quietly ninja -C "$scratch/build" uninstall
git status --porcelain >"$scratch/after"
diff "$scratch/before" "$scratch/after"

for file in usr/bin/ph usr/include/prochandle.h; do
	grep -qx "./$file" "$scratch/installed" || { echo "not installed: $file" && exit 1; }
done
# The last directory may be gone as well.
mkdir -p "$DESTDIR"
left=$(find "$DESTDIR" ! -type d)
[ -z "$left" ] || { echo "left behind: $left" && exit 1; }
