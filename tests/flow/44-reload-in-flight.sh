#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A request that runs while its pool is replaced, or its listener moves, finishes as if nothing were.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

hold_worker app
old=$PORT
PORT=$(new_port)
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1" "env[ROUND] = two"; } >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /app/hello; [ "$STATUS" = 200 ]'
release_worker
expect_held "the request in flight" 200
grep -q '^[0-9]* 1$' "$T/held" || fail "its answer: $(cat "$T/held")"
wait_for '! (: <>/dev/tcp/127.0.0.1/'"$old"')' # nobody listens at the old address
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
hearth_stop
