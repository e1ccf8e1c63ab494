#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A reload that changes pm.concurrency: what is in the old worker's seats is finished there, what is new
# goes to the new one, and the old one leaves with its last request.
. "$(dirname "$0")/lib.sh"

conf()
{
	global_section "process_control_timeout = 60s"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 1" "pm.concurrency = $1" |
		sed "s/^command.*/& threads=$1/"
}

conf 3 >"$T/conf"
hearth_start "$T/conf"
get_ok /app/pid
old=$(cut -d' ' -f1 "$T/body")
seats=()
for i in {1..3}; do
	curl -sS --max-time 50 -o "$T/seat.$i" "http://127.0.0.1:$PORT/app/held?$T/mark/$i" &
	seats+=($!)
done
wait_for '[ "$(ls "$T/mark" | wc -l)" = 3 ]'

conf 5 >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /app/pid; [ "$STATUS" = 200 ] && [ "$(cut -d" " -f1 "$T/body")" != '"$old"' ]'
new=$(cut -d' ' -f1 "$T/body")
burst 5 '/app/together?n=5'
expect "answers" "$(burst_count 200)" 5
expect "who answered" "$(cat "$T"/burst.? | sort -u)" "$new 5"

rm "$T/mark/1" "$T/mark/2"
wait "${seats[0]}" "${seats[1]}"
kill -0 "$old" || fail "it did not wait for its last request"
rm "$T/mark/3"
wait "${seats[2]}"
for i in {1..3}; do
	expect "who finished it" "$(cut -d' ' -f1 "$T/seat.$i")" "$old"
done
wait_for "not_running $old"
expect_no_log 'child.*signal'
hearth_stop
