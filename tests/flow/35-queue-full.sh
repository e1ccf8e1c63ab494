#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A full waiting line answers 503 with Retry-After at once; those in the line are served.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1" "pm.max_queue = 2"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

burst 10 '/app/slow?ms=500'
expect "served" "$(burst_count 200)" 3
expect "refused" "$(burst_count 503)" 7

# While one runs and two wait: the refusal does not wait for any of them.
hold_worker app 4000
for i in 1 2; do
	curl -sS --max-time 10 -o /dev/null "http://127.0.0.1:$PORT/app/hello?$i" &
	waiting[i]=$!
done
wait_for 'ctl status --json; grep -q "\"waiting\": *2" "$T/ctl.out"' 3
get /app/hello
expect "the status" "$STATUS" 503
[[ $(header Retry-After) =~ ^[0-9]+$ ]] || fail "Retry-After: '$(header Retry-After)'"
[ ! -s "$T/held.status" ] || fail "the refusal came after the request that ran"
expect_held "the request that ran" 200
wait "${waiting[@]}"
get_ok /app/hello hello
hearth_stop
