#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.max_spawn_rate bounds what is started in a second: of a crowd of four the last has its worker some
# seconds after the first, by the daemon's own clock. What a pool begins with is not bounded.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	global_section "log_level = debug"
	gateway_section
	probe_pool app "pm = ondemand" "pm.max_children = 8" "pm.max_spawn_rate = 1"
	probe_pool fill "pm = static" "pm.max_children = 40" "pm.max_spawn_rate = 1"
} >"$T/conf"
hearth_start "$T/conf"

# One after the other they would take twice as long.
wait_for '[ "$(log_count "pool fill\] child [0-9]+ started")" = 40 ]' 20

# times: when its workers were started, in milliseconds of the day.
times()
{
	sed -nE 's/^\[[^ ]* ([0-9]+):([0-9]+):([0-9]+)\.([0-9]{3})\].*pool app\] child [0-9]+ started.*/\1 \2 \3 \4/p' "$LOG" |
		awk '{ print (($1 * 60 + $2) * 60 + $3) * 1000 + $4 }'
}
burst 4 "/app/held?$T/mark/crowd" &
load=$!
wait_for '[ "$(find "$T/mark" -type f | wc -l)" = 4 ]' 30
rm "$T"/mark/*
wait "$load"
expect "answers" "$(burst_count 200)" 4
expect "starts" "$(times | wc -l)" 4
took=$(($(times | tail -n 1) - $(times | head -n 1)))
[ $took -ge 1000 ] || [ $took -lt 0 ] || fail "four workers were started within $took ms" # or at midnight
hearth_stop
