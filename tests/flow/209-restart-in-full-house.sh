#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Where process.max leaves no room for a successor, a restart lets the old one go first: there are never
# more workers than that, and those who come meanwhile wait, and are served.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	global_section "process.max = 3"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 2"
	probe_pool one "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
get_ok /app/hello hello
get_ok /one/hello hello
before=$(pids_of fcgi-probe)

burst 60 '/app/slow?ms=30' &
load=$!
burst_one()
{
	while kill -0 $load 2>/dev/null; do
		curl -sS -o /dev/null -w '%{http_code}\n' --max-time 30 "http://127.0.0.1:$PORT/one/hello" >>"$T/ones"
		[ "$(count_of fcgi-probe)" -le 3 ] || echo "too many workers" >>"$T/ones"
	done
}
burst_one &
watch=$!
ctl restart app || fail "restart: $(cat "$T/ctl.err")"
ctl restart one || fail "restart: $(cat "$T/ctl.err")"
wait $load
wait $watch
expect "answers" "$(burst_count 200)" 60
expect "what the other pool's clients saw" "$(sort -u "$T/ones")" 200
for pid in $before; do
	! kill -0 "$pid" 2>/dev/null || fail "process $pid is still there"
done
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
hearth_stop
