#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.max_lifetime: workers are replaced when they are that old, but not in the middle of a request; there
# is one more than pm.max_children at most meanwhile, and nobody is lost.
. "$(dirname "$0")/lib.sh"

{
	global_section "process_control_timeout = 1s"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 2" "pm.max_lifetime = 2s" "pm.jitter = 20%"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
workers=$(pids_of fcgi-probe)

hold_worker app
most=0
until [ "$(log_count 'has reached pm.max_lifetime')" -ge 3 ]; do
	get_ok /app/hello hello
	now=$(count_of fcgi-probe)
	[ "$now" -le "$most" ] || most=$now
	[ "$SECONDS" -lt 60 ] || fail "workers are not replaced"
done
# The one with the long request is still there: it was told to leave long ago, and is let finish.
left=0
for pid in $workers; do
	kill -0 "$pid" 2>/dev/null && left=$((left + 1))
done
expect "of the first two are left" "$left" 1
release_worker
expect_held "the long request" 200
wait_for '[ "$(log_count "has reached pm.max_lifetime")" -ge 5 ]' 30
for pid in $workers; do
	wait_for "! kill -0 $pid"
done
[ "$most" -le 3 ] || fail "there were $most workers"
expect_log 'child [0-9]+ exited .*as asked: pm.max_lifetime'
expect_no_log 'was still busy|unexpected'
hearth_stop
