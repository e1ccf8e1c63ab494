#!/bin/bash
# SPDX-License-Identifier: MIT
#
# USR1 and reopen start new log files; not a line is lost, and workers do not notice.
. "$(dirname "$0")/lib.sh"

{
	global_section "" | sed "s|^error_log.*|error_log = $LOG|"
	gateway_section "access.log = $T/access.log"
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"
: >"$LOG"
hearth_start "$T/conf"
get_ok /app/pid
worker=$(cut -d' ' -f1 "$T/body")

curl -sS -o /dev/null --max-time 50 "http://127.0.0.1:$PORT/app/stderr?mark-[1-600]" &
load=$!
for i in 1 2; do
	wait_for '[ "$(grep -ac "mark-" "$LOG")" -ge 50 ] || not_running '"$load" # some lines into each file
	mv "$LOG" "$T/log.$i" && mv "$T/access.log" "$T/access.log.$i"
	if [ $i = 1 ]; then kill -USR1 "$MANAGER"; else ctl reopen || fail "reopen: $(cat "$T/ctl.err")"; fi
	wait_for '[ -e "$LOG" ] && [ -e "$T/access.log" ]'
done
wait "$load"
get_ok /app/pid
expect "the worker" "$(cut -d' ' -f1 "$T/body")" "$worker"
wait_for '[ "$(cat "$T"/access.log* | grep -c "/app/stderr?mark-")" = 600 ]'
wait_for '[ "$(cat "$LOG"* | grep -ao "mark-[0-9]*" | sort -u | wc -l)" = 600 ]'
hearth_stop
