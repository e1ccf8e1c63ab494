#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Workers are scheduled as a batch, unless the pool says otherwise; nothing else of ours is.
. "$(dirname "$0")/lib.sh"

class_of()
{
	ps -o cls= -p "$1" | tr -d ' '
}

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1"
	probe_pool plain "pm = static" "pm.max_children = 1" "process.batch = no"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
expect "classes of the workers" "$(for pid in $(pids_of fcgi-probe); do class_of "$pid"; done | sort | tr '\n' ' ')" "B TS "
expect "class of the gateway" "$(class_of "$(pids_of hearth-gateway)")" TS
hearth_stop
