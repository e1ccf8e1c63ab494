#!/bin/bash
# SPDX-License-Identifier: MIT
#
# With -D the command returns when the daemon is ready; -p writes its pid; the file goes when it stops.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo one >"$T/www/one.txt"
{
	global_section "" | sed "s|^error_log.*|error_log = $LOG|"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"

timeout 40 "$T/bin/hearth" run -c "$T/conf" -D -p "$T/pid" >"$T/stdout" 2>&1 </dev/null || fail "-D ended with $?: $(cat "$T/stdout")"
MANAGER=$(cat "$T/pid")
get_ok /one.txt one
# Whoever is about to become a worker still has our name.
wait_for '[ "$(pids_of hearth)" = "$MANAGER" ]'
[ "$(ps -o sid= -p "$MANAGER" | tr -d ' ')" != "$(ps -o sid= -p $$ | tr -d ' ')" ] || fail "it is in our session"

kill -TERM "$MANAGER"
wait_for "not_running $MANAGER"
MANAGER=
wait_for nothing_left
[ ! -e "$T/pid" ] || fail "the pid file is left"
