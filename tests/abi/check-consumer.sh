#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The consumers name every symbol of the map: what is exported is touched.
set -u
cd "$(dirname "$0")/../.." || exit

number=0 status=0
symbols=$(sed -n 's/^\t\(ph_[a-z_]*\);$/\1/p' lib/prochandle.map)
for symbol in $symbols; do
	for consumer in consumer.c consumer.cpp; do
		number=$((number + 1))
		if grep -qw "$symbol" "tests/abi/$consumer"; then
			echo "ok $number - $consumer touches $symbol"
		else
			echo "not ok $number - $consumer touches $symbol"
			status=1
		fi
	done
done
echo "1..$number"
exit $status
