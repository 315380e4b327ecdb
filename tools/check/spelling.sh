# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# codespell knows every word; .codespellrc names what it should not look at.

need codespell
files '*' | xargs codespell
