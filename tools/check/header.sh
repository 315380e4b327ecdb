# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# The public headers stand alone, in every language that they promise, and a program that knows
# nothing else links against the shared library.
# Needs: the build

need_build
cc=${CC:-cc}
cxx=${CXX:-c++}
need "$cc" "$cxx"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# strict COMPILER ARGUMENT...
strict() {
	compiler=$1
	shift
	"$compiler" -Iinclude -Wall -Wextra -pedantic -Werror "$@"
}

echo '#include <prochandle.h>' >"$scratch/alone.c"
cp "$scratch/alone.c" "$scratch/alone.cpp"
echo '#include <prochandle.hpp>' >"$scratch/owner.cpp"

compilers="$cc:$cxx"
! command -v clang >/dev/null || compilers="$compilers clang:clang++"
for pair in $compilers; do
	for standard in c99 c17; do
		strict "${pair%:*}" -std=$standard -fsyntax-only "$scratch/alone.c"
	done
	for standard in c++11 c++17; do
		strict "${pair#*:}" -std=$standard -fsyntax-only "$scratch/alone.cpp"
	done
	strict "${pair#*:}" -std=c++17 -fsyntax-only "$scratch/owner.cpp"
done

cat >"$scratch/stranger.c" <<'EOF'
#include <prochandle.h>
int main(void)
{
	struct ph_process *process;
	int r = ph_self(&process);

	ph_unref(process);
	return r != 0;
}
EOF
shared=$(dirname "$(find "$BUILD" -name 'libprochandle.so' | head -n 1)")
strict "$cc" -std=c99 "$scratch/stranger.c" -o "$scratch/stranger" -L"$shared" -lprochandle
LD_LIBRARY_PATH=$shared "$scratch/stranger"
