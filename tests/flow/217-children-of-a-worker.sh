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

# On a slow machine the time may be over before it has started anything: then again.
overruns()
{
	wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
	worker=$(pids_of fcgi-probe)
	get "/app/fork?$T/mark/child"
	expect_status 504
	[ -s "$T/mark/child" ]
}
wait_for overruns 40
child=$(cat "$T/mark/child")
wait_for "not_running $child"
wait_for "not_running $worker"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
expect_log "child $worker .*request_terminate_timeout"
hearth_stop
