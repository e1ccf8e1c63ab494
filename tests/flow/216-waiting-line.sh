#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The waiting line: first come, first served, whichever thread of the gateway has the client; those who
# left are taken out and cost no worker; one more than it holds is answered at once.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf "threads = 4"
	probe_pool app "pm = static" "pm.max_children = 1" "pm.max_queue = 12" "pm.queue_timeout = 100s"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

hold_worker app
clients=()
for i in {1..12}; do
	curl -sS --max-time 50 -o "$T/line.$i" "http://127.0.0.1:$PORT/app/pid" 2>/dev/null &
	clients+=($!)
	wait_for 'ctl status --json; grep -Eq "\"waiting\": *'"$i"'," "$T/ctl.out"'
done
get /app/pid
expect_status 503
[ "$(header Retry-After)" -ge 1 ] || fail "Retry-After: '$(header Retry-After)'"

for i in 2 5 6; do
	kill "${clients[i - 1]}"
done
wait_for 'ctl status --json; grep -Eq "\"waiting\": *9," "$T/ctl.out"'
release_worker
expect_held "the request that ran" 200
wait "${clients[@]}" 2>/dev/null
served=2 # the first was the one that was held
for i in 1 3 4 7 8 9 10 11 12; do
	expect "place in the line of client $i" "$(cut -d' ' -f2 "$T/line.$i")" "$served"
	served=$((served + 1))
done
get_ok /app/pid
expect "requests that the worker saw" "$(cut -d' ' -f2 "$T/body")" "$served"
hearth_stop
