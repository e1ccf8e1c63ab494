#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Relative paths mean the same on reload as at the start, also when the file was given as ./FILE.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	head_of_conf | sed "s|$T/||"
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"
cd "$T" || fail "cd"
hearth_start ./conf
get_ok /app/hello hello
ctl reload || fail "the same file was not taken: $(cat "$T/ctl.err")"
get_ok /app/hello hello
cd / || fail "cd"
hearth_stop
