#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.max_lifetime: workers are replaced when they are that old, but not in the middle of a request, even
# if that takes longer than process_control_timeout; there is one more than pm.max_children at most.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	global_section "process_control_timeout = 1s"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 1" "pm.max_lifetime = 3s" "pm.jitter = 20%"
} >"$T/conf"
hearth_start "$T/conf"

hold_worker app
holder=$(pids_of fcgi-probe | head -n 1)
expect_log "child $holder has reached pm.max_lifetime: it is replaced" 20
most=0
# The next one serves meanwhile, and gets as old.
until [ "$(log_count 'has reached pm.max_lifetime')" -ge 2 ]; do
	get_ok /app/hello hello
	now=$(count_of fcgi-probe)
	[ "$now" -le "$most" ] || most=$now
	[ "$SECONDS" -lt 50 ] || fail "the next one is not replaced"
done
kill -0 "$holder" || fail "the worker with the long request has gone"
release_worker
expect_held "the long request" 200
expect "who has answered it" "$(cut -d' ' -f1 "$T/held")" "$holder"
wait_for "! kill -0 $holder" 20
expect_log "child $holder exited .*as asked: pm.max_lifetime"
wait_for '[ "$(log_count "exited .*as asked: pm.max_lifetime")" -ge 2 ]' 20
get_ok /app/hello hello
[ "$most" -le 2 ] || fail "there were $most workers"
expect_no_log 'was still busy|unexpected'
hearth_stop
