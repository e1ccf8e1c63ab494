#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whoever waits longer than pm.queue_timeout gets 503; a client that leaves the line is not served.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1" "pm.queue_timeout = 400ms"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

hold_worker app 2000
begun=$(now_ms)
get /app/hello
took=$(($(now_ms) - begun))
expect_status 503
[ $took -ge 300 ] && [ $took -lt 1500 ] || fail "it waited $took ms"
expect_log 'queue_timeout'

get /app/pid --max-time 0.2
expect "the client that left" "$STATUS" 000
expect_held "the request that ran" 200
get_ok /app/pid
expect "requests that the worker saw" "$(cut -d' ' -f2 "$T/body")" 2
hearth_stop
