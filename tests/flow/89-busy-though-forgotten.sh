#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker whose client has left within its upload may be computing still: it gets no other request
# before it is done, and the idle one does.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2" "request_buffering = no"
} >"$T/conf"
hearth_start "$T/conf"

exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'POST /app/wait?%s HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome' "$T/mark/wait" >&"$S"
wait_for '[ -e "$T/mark/wait" ]'
exec {S}>&-
get_ok /app/pid
pid=$(body)
for _ in {1..5}; do
	get_ok /app/pid
	expect "the worker" "$(body | cut -d' ' -f1)" "${pid% *}"
done
rm "$T/mark/wait"
wait_for "ctl status --json; grep -q '\"idle\":2' '$T/ctl.out'"
expect "workers" "$(count_of fcgi-probe)" 2
expect_no_log 'exited|while serving'
hearth_stop
