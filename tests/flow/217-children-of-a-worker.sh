#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that overruns request_terminate_timeout is ended with what it has started.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "request_terminate_timeout = 1s"
} >"$T/conf"
hearth_start "$T/conf"

get_ok /app/pid
worker=$(cut -d' ' -f1 "$T/body")
get "/app/fork?$T/mark/child"
expect_status 504
child=$(cat "$T/mark/child")
wait_for "not_running $child"
wait_for "not_running $worker"
get_ok /app/pid
[ "$(cut -d' ' -f1 "$T/body")" != "$worker" ] || fail "it was not replaced"
hearth_stop
