#!/bin/bash
# SPDX-License-Identifier: MIT
#
# request_buffering = no, and a worker that dies before it has read any of the body: the request
# goes to the next one with all of its body, also of what comes in while it waits for that.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "request_buffering = no" "pm.queue_timeout = 10m"
} >"$T/conf"
hearth_start "$T/conf"
head -c 200000 /dev/urandom >"$T/large"

wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
child=$(pids_of fcgi-probe)
kill -STOP "$child"
exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'PUT /app/echo HTTP/1.0\r\nHost: a\r\nContent-Length: 200000\r\n\r\n' >&"$S"
head -c 20000 "$T/large" >&"$S"
wait_for 'ctl status --json; grep -q "\"busy\":1" "$T/ctl.out"'
# The manager is held up, so that there is no other worker for a while.
kill -STOP "$MANAGER"
kill -KILL "$child"
expect_log 'goes to another'
for at in {5..14}; do
	tail -c +$((at * 4000 + 1)) "$T/large" | head -c 4000 >&"$S"
	sleep 0.005
done
kill -CONT "$MANAGER"
tail -c +60001 "$T/large" >&"$S"
timeout 40 sed '1,/^\r$/d' <&"$S" >"$T/answer"
cmp "$T/large" "$T/answer" || fail "other bytes came back"
hearth_stop
