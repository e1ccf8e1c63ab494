#!/bin/bash
# SPDX-License-Identifier: MIT
#
# emergency_restart_threshold workers of one pool dead of SIGSEGV: all workers of that pool are replaced,
# those of others are not. Fewer, or other deaths, are nothing.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	global_section "emergency_restart_threshold = 3" "emergency_restart_interval = 1h"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 3"
	probe_pool other "pm = static" "pm.max_children = 2"
} >"$T/conf"
hearth_start "$T/conf"

crash()
{
	get "/$1/crash"
	expect_status 502
}

get_ok /app/hello hello
crash app
crash other
crash app
get /app/half
get_ok /app/exit hello
get_ok /other/pid
other=$(cut -d' ' -f1 "$T/body")
wait_for '[ "$(count_of fcgi-probe)" = 5 ]'
expect_no_log 'emergency'

crash app
expect_log '\[pool app\] 3 workers died of SIGSEGV or SIGBUS within emergency_restart_interval'
expect_log '\[pool app\] all workers are replaced' 30
get_ok /app/hello hello
kill -0 "$other" || fail "the other pool's worker has gone"
expect "emergencies" "$(log_count 'within emergency_restart_interval')" 1
expect_no_log 'pool other\] emergency'
wait_for '[ "$(count_of fcgi-probe)" = 5 ]'
hearth_stop
