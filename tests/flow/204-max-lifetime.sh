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
	probe_pool app "pm = static" "pm.max_children = 1" "pm.max_lifetime = 2s" "pm.jitter = 20%"
} >"$T/conf"
hearth_start "$T/conf"

hold_worker app
before=$(log_count 'has reached pm.max_lifetime')
most=0
# It gets that old, and the next one, which serves meanwhile.
until [ "$(log_count 'has reached pm.max_lifetime')" -ge $((before + 2)) ]; do
	get_ok /app/hello hello
	now=$(count_of fcgi-probe)
	[ "$now" -le "$most" ] || most=$now
	[ "$SECONDS" -lt 50 ] || fail "the next one is not replaced"
done
release_worker
expect_held "the long request" 200
holder=$(cut -d' ' -f1 "$T/held")
expect_log "child $holder has reached pm.max_lifetime: it is replaced"
wait_for "! kill -0 $holder" 20
expect_log "child $holder exited .*as asked: pm.max_lifetime"
wait_for '[ "$(log_count "exited .*as asked: pm.max_lifetime")" -ge 2 ]' 20
get_ok /app/hello hello
[ "$most" -le 2 ] || fail "there were $most workers"
expect_no_log 'was still busy|unexpected'
hearth_stop
