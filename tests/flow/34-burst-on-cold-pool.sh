#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A burst of 50 on a pool without workers loses none, and never starts more than pm.max_children.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = ondemand" "pm.max_children = 4"; } >"$T/conf"
hearth_start "$T/conf"

burst 50 '/app/slow?ms=20' &
load=$!
most=0
while :; do
	now=$(count_of fcgi-probe)
	[ "$now" -le "$most" ] || most=$now
	kill -0 $load 2>/dev/null || break
	sleep 0.01
done
wait "$load"
expect "answers" "$(burst_count 200)" 50
[ "$most" -le 4 ] || fail "there were $most workers"
ctl status --json app
started=$(sed 's/.*"started":\([0-9]*\).*/\1/' "$T/ctl.out")
[ "$started" -ge 2 ] || fail "only $started worker was started for 50 requests"
hearth_stop
