#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that speaks nonsense: 502, it is killed and replaced, and half an answer is never a whole one.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

get_ok /app/pid
bad=$(cut -d' ' -f1 "$T/body")
get /app/garbage
expect_status 502
wait_for "! kill -0 $bad" 12
get_ok /app/pid
[ "$(cut -d' ' -f1 "$T/body")" != "$bad" ] || fail "the worker is still there"
expect_log "child $bad"

get /app/half
[ "$STATUS" = 502 ] || grep -qi 'transfer closed\|reset\|end of\|outstanding' "$T/curl.err" || fail "half an answer passed for a whole one: $STATUS"
get_ok /app/hello hello
hearth_stop
