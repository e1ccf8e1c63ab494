#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that was busy when the gateway was killed gets no request from the next gateway before it is
# done: idle ones do; and if it takes longer than a request may, it is replaced.
. "$(dirname "$0")/lib.sh"
GATEWAY_MAY_DIE=yes

{
	head_of_conf "threads = 2"
	probe_pool app "pm = static" "pm.max_children = 2"
	probe_pool wide "pm = ondemand" "pm.max_children = 2" "pm.concurrency = 2" \
		"pm.process_idle_timeout = 1h" | sed 's/^command.*/& threads=2/'
	probe_pool brief "pm = static" "pm.max_children = 1" "request_terminate_timeout = 5s"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
ctl status --json brief
was=$(sed -n 's/.*"workers":\[{[^}]*"pid":\([0-9]*\),.*/\1/p' "$T/ctl.out")
[ -n "$was" ] || fail "no worker: $(cat "$T/ctl.out")"
workers=$(pids_of fcgi-probe | grep -vx "$was")

kill_gateway()
{
	local victim
	victim=$(pids_of hearth-gateway)
	kill -KILL "$victim"
	wait_for '[ "$(count_of hearth-gateway)" = 1 ] && [ "$(pids_of hearth-gateway)" != "'"$victim"'" ]'
}

# of_pool POOL FIELD: what hearth status says.
of_pool()
{
	ctl status --json
	grep -o "\"name\":\"$1\"[^}]*" "$T/ctl.out" | sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p"
}

hold_worker app
kill_gateway
burst 8 /app/pid
expect "answers beside the busy worker" "$(burst_count 200)" 8
expect "workers that gave them" "$(cat "$T"/burst.* | cut -d' ' -f1 | sort -u | wc -l)" 1
wait_for '[ "$(of_pool app busy) $(of_pool app idle)" = "1 1" ]'
kill_gateway # and the one behind that knows as well
burst 8 /app/pid
expect "answers beside it" "$(burst_count 200)" 8
wait "$HELD"
release_worker
wait_for '[ "$(of_pool app idle)" = 2 ]'
burst 2 "/app/held?$T/mark/both" &
both=$!
wait_for '[ "$(ls "$T/mark" | wc -l)" = 2 ]'
rm "$T"/mark/*
wait $both
expect "answers of both" "$(burst_count 200)" 2

# A process that takes several at once, when all its threads are busy.
get_ok /wide/pid
HOLDS=()
for i in 1 2; do
	curl -sS --max-time 50 -o "$T/hold.$i" "http://127.0.0.1:$PORT/wide/held?$T/mark/$i" 2>/dev/null &
	HOLDS+=($!)
done
wait_for '[ "$(ls "$T/mark" | wc -l)" = 2 ]'
get_ok /wide/pid
wide=$(body | cut -d' ' -f1)
kill_gateway
burst 8 /wide/pid
expect "answers beside the busy process" "$(burst_count 200)" 8
expect "who gave them" "$(cat "$T"/burst.* | cut -d' ' -f1 | sort -u)" "$wide"
wait_for '[ "$(of_pool wide busy)" = 2 ]'
wait "${HOLDS[@]}"
rm "$T"/mark/*
wait_for '[ "$(of_pool wide idle)" = 4 ]'

expect "those that were there" "$(pids_of fcgi-probe | grep -cxF "$workers")" 2
expect "workers" "$(count_of fcgi-probe)" 5

hold_worker brief
kill_gateway
get_ok /brief/pid # which waits
[ "$(body | cut -d' ' -f1)" != "$was" ] || fail "the busy worker has answered"
expect_log "child $was .*request_terminate_timeout"
wait "$HELD"
expect_no_log 'while serving|execution timed out'
hearth_stop
