#!/bin/bash
# SPDX-License-Identifier: MIT
#
# QUIT lets the running request finish, takes no new one, and then ends; TERM does not wait.
. "$(dirname "$0")/lib.sh"

{ global_section "process_control_timeout = 60s"; gateway_section; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

hold_worker app
kill -QUIT "$MANAGER"
expect_log 'finishing what runs'
release_worker
expect_held "the request in flight" 200
wait_quietly "$MANAGER"
expect "exit status" "$EXIT" 0
MANAGER=
wait_for nothing_left 5

hearth_start "$T/conf"
hold_worker app # and nobody releases it
kill -TERM "$MANAGER"
wait_quietly "$MANAGER"
expect "exit status after TERM" "$EXIT" 0
MANAGER=
wait "$HELD"

hearth_start "$T/conf"
ctl stop || fail "stop: $(cat "$T/ctl.err")"
wait_quietly "$MANAGER"
expect "exit status after stop" "$EXIT" 0
MANAGER=
