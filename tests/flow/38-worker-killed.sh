#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kill -9 on a worker in mid-request: that one is 502, others do not notice, one obituary, a new worker.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 2"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'

hold_worker app
get_ok /app/pid # the other one answers
victim=$(pids_of fcgi-probe | grep -vx "$(cut -d' ' -f1 "$T/body")")
kill -KILL "$victim"
expect_held "the request that was in it" 502
get_ok /app/hello hello
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
expect_log "child $victim .*(signal 9|SIGKILL)"
expect "obituaries" "$(log_count "child $victim .*(signal 9|SIGKILL)")" 1
burst 20 '/app/slow?ms=10'
expect "answers afterwards" "$(burst_count 200)" 20

# Dying by its own fault is no different.
get /app/crash
expect_status 502
expect_log 'child.*(signal 11|SIGSEGV)'
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
get_ok /app/hello hello

# An idle worker that dies costs nobody anything.
for pid in $(pids_of fcgi-probe); do
	kill -KILL "$pid"
done
get_ok /app/hello hello
hearth_stop
