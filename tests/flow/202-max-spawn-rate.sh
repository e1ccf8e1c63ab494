#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.max_spawn_rate bounds what is started in a second: when the first worker of a crowd of six is seen,
# the last, five seconds later, is not there yet; but it comes. What a pool begins with is not bounded.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	global_section "log_level = debug"
	gateway_section
	probe_pool app "pm = ondemand" "pm.max_children = 8" "pm.max_spawn_rate = 1"
	probe_pool fill "pm = static" "pm.max_children = 6" "pm.max_spawn_rate = 1"
} >"$T/conf"
hearth_start "$T/conf"

wait_for '[ "$(log_count "pool fill\] child [0-9]+ started")" = 6 ]'

burst 6 '/app/slow?ms=8000' &
load=$!
wait_for '[ "$(log_count "pool app\] child [0-9]+ started")" -ge 1 ]'
seen=$(log_count 'pool app\] child [0-9]+ started')
[ "$seen" -lt 6 ] || fail "$seen workers were started at once"
wait_for '[ "$(log_count "pool app\] child [0-9]+ started")" = 6 ]' 20
wait "$load"
expect "answers" "$(burst_count 200)" 6
wait_for '[ "$(count_of fcgi-probe)" -le 12 ]'
expect "starts" "$(log_count 'pool app\] child [0-9]+ started')" 6
hearth_stop
