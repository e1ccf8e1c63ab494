#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm = ondemand: no worker at the start, one for the first request, none after the idle time, and again.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = ondemand" "pm.max_children = 4" "pm.process_idle_timeout = 1s"
} >"$T/conf"
hearth_start "$T/conf"

for _ in 1 2; do
	expect "workers of an idle pool" "$(count_of fcgi-probe)" 0
	hold_worker app
	expect "workers during one request" "$(count_of fcgi-probe)" 1
	release_worker
	expect_held "the request" 200
	wait_for '[ "$(count_of fcgi-probe)" = 0 ]'
done
expect_no_log 'child.*(signal|SIGKILL)'
hearth_stop
