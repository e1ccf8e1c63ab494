#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whoever waits longer than pm.queue_timeout gets 503; a client that leaves the line is not served.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf "access.log = $T/access.log"
	probe_pool app "pm = static" "pm.max_children = 1" "pm.queue_timeout = 1s"
	probe_pool patient "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"
wait_for 'get /app/hello; [ "$STATUS" = 200 ]' # it is there, and need not be waited for

hold_worker app
get /app/hello
expect_status 503
expect_log 'queue_timeout'
release_worker
expect_held "the request that ran" 200

hold_worker patient
curl -sS --max-time 50 -o "$T/left" "http://127.0.0.1:$PORT/patient/pid" 2>"$T/left.err" &
leaver=$!
wait_for 'ctl status --json patient; grep -q "\"waiting\":1" "$T/ctl.out"'
sleep 0.5 # who is gone at once might have shut down only its side
kill $leaver
wait_for 'grep -q "GET /patient/pid .* 499 " "$T/access.log"'
release_worker
expect_held "the request that ran" 200
get_ok /patient/pid
expect "requests that the worker saw" "$(cut -d' ' -f2 "$T/body")" 2
hearth_stop
