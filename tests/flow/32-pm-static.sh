#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm = static keeps its number of workers: not fewer, however idle, and never more, however busy.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 3"; } >"$T/conf"
hearth_start "$T/conf"

wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
workers=$(pids_of fcgi-probe)
burst 30 '/app/slow?ms=50' &
load=$!
most=0
while :; do
	now=$(count_of fcgi-probe)
	[ "$now" -le "$most" ] || most=$now
	kill -0 $load 2>/dev/null || break
	sleep 0.01
done
wait "$load"
expect "answers" "$(burst_count 200)" 30
expect "the most workers" "$most" 3
expect "pids afterwards" "$(pids_of fcgi-probe)" "$workers"
ctl status || fail "status: $(cat "$T/ctl.err")"
grep -q app "$T/ctl.out" || fail "status does not show the pool"
ctl status --json || fail "status --json: $(cat "$T/ctl.err")"
perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' <"$T/ctl.out" || fail "that is no JSON: $(cat "$T/ctl.out")"

# What it shows is of this moment: each request is counted when its client asks. Nine of ten may have
# met a gateway that took its time.
expect_counted()
{
	get_ok /app/hello hello
	ctl status --json app
	grep -qE "\"requests\":$1[,}]" "$T/ctl.out" && counted=$((counted + 1))
}
counted=0
for i in {31..40}; do expect_counted "$i"; done
[ "$counted" -ge 5 ] || fail "only $counted of ten: $(cat "$T/ctl.out")"

# A worker that goes by itself is replaced.
get_ok /app/exit hello
wait_for '[ "$(count_of fcgi-probe)" = 3 ] && [ "$(pids_of fcgi-probe)" != "'"$workers"'" ]'
hearth_stop
