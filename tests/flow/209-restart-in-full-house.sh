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

# load PATH FILE: requests one after the other, until told to stop, and their statuses.
load()
{
	while [ ! -e "$T/enough" ]; do
		curl -sS -o /dev/null -w '%{http_code}\n' --max-time 30 "http://127.0.0.1:$PORT$1" >>"$T/$2"
		[ "$(count_of fcgi-probe)" -le 3 ] || echo "too many workers" >>"$T/$2"
	done
}
load /one/hello one &
loads=($!)
for i in 1 2 3 4; do
	load '/app/slow?ms=30' "app.$i" &
	loads+=($!)
done
wait_for '[ -s "$T/one" ] && [ -s "$T/app.1" ]'
ctl restart app || fail "restart: $(cat "$T/ctl.err")"
ctl restart one || fail "restart: $(cat "$T/ctl.err")"
touch "$T/enough"
wait "${loads[@]}"
expect "what the clients saw" "$(sort -u "$T"/app.* "$T/one")" 200
for pid in $before; do
	! kill -0 "$pid" 2>/dev/null || fail "process $pid is still there"
done
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
hearth_stop
