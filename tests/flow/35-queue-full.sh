#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A full waiting line answers 503 with Retry-After at once; those in the line are served.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1" "pm.max_queue = 2"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

# While one runs and two wait: a refusal does not wait for any of them.
hold_worker app
burst 10 /app/hello &
load=$!
wait_for 'ctl status --json; grep -Eq "\"waiting\": *2,.*\"refused\": *8," "$T/ctl.out"'
get /app/hello
expect "the status" "$STATUS" 503
[[ $(header Retry-After) =~ ^[0-9]+$ ]] || fail "Retry-After: '$(header Retry-After)'"

release_worker
expect_held "the request that ran" 200
wait "$load"
expect "served" "$(burst_count 200)" 2
expect "refused" "$(burst_count 503)" 8
get_ok /app/hello hello
hearth_stop
