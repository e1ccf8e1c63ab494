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

hold_worker app 2000
curl -sS --max-time 10 -o /dev/null "http://127.0.0.1:$PORT/app/hello?[1-2]" -Z --parallel-immediate &
load=$!
begun=$(now_ms)
wait_for 'get /app/hello; [ "$STATUS" = 503 ]' 2
[[ $(header Retry-After) =~ ^[0-9]+$ ]] || fail "Retry-After: '$(header Retry-After)'"
[ $(($(now_ms) - begun)) -lt 1800 ] || fail "the refusal took its time"
expect_held "the request that ran" 200
wait "$load"
get_ok /app/hello hello
hearth_stop
