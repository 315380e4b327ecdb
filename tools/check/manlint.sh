# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# Every manual page is read without a warning and fits into 80 columns.

need mandoc
sh tests/man/check-man.sh lint .
