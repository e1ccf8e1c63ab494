#!/bin/bash
# SPDX-License-Identifier: MIT
#
# QUIT lets the running request finish, takes no new one, and then ends; TERM does not wait.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

hold_worker app 1500
kill -QUIT "$MANAGER"
expect_held "the request in flight" 200
wait_quietly "$MANAGER"
expect "exit status" "$EXIT" 0
MANAGER=
wait_for nothing_left 5

hearth_start "$T/conf"
hold_worker app 8000
begun=$(now_ms)
kill -TERM "$MANAGER"
wait_quietly "$MANAGER"
[ $(($(now_ms) - begun)) -lt 4000 ] || fail "TERM took $(($(now_ms) - begun)) ms"
expect "exit status after TERM" "$EXIT" 0
MANAGER=
wait "$HELD"

hearth_start "$T/conf"
ctl stop || fail "stop: $(cat "$T/ctl.err")"
wait_quietly "$MANAGER"
expect "exit status after stop" "$EXIT" 0
MANAGER=
