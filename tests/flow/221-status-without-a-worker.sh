#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The status and ping pages need no worker: they are there when all are busy, with the true length of the
# waiting line, and where an ondemand pool is at zero they start nobody.
. "$(dirname "$0")/lib.sh"

PAGES="/usr/bin/python3 -S $ROOT/tests/flow/tools/status-pages.py"
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2" "pm.max_queue = 3" "pm.queue_timeout = 100s" \
		"pm.status_path = /app/status" "ping.path = /app/ping" "ping.response = here I am"
	probe_pool zero "pm = ondemand" "pm.max_children = 2" "pm.status_path = /zero/status" "ping.path = /zero/ping"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'

# is KEY VALUE: of the page that was asked for last
is()
{
	expect "$1" "$($PAGES get json "$T/body" "$1")" "$2"
}

# Nobody is started for a page, by whatever method or switch.
for query in "" full json xml html openmetrics 'json&full'; do
	get_ok "/zero/status?$query"
done
get_ok /zero/ping pong
get /zero/status -I
expect_status 200
expect "the type of a HEAD" "$(header Content-Type)" "text/plain;charset=UTF-8"
[ ! -s "$T/body" ] || grep -q '^HTTP' "$T/body" || fail "a HEAD has a body"
get_ok '/zero/status?json'
is "total processes" 0
is "accepted conn" 0
expect "workers" "$(count_of fcgi-probe)" 2

# Both workers are busy, and three wait; the fourth is turned away.
HOLDERS=
for i in 1 2; do
	curl -sS -o /dev/null "http://127.0.0.1:$PORT/app/held?$T/mark/held.$i" 2>/dev/null &
	HOLDERS="$HOLDERS $!"
	wait_for '[ -e "$T/mark/held.'$i'" ]'
done
for i in 1 2 3; do
	curl -sS -o /dev/null "http://127.0.0.1:$PORT/app/hello?$i" 2>/dev/null &
	HOLDERS="$HOLDERS $!"
done
waiting()
{
	get '/app/status?json'
	[ "$STATUS" = 200 ] && $PAGES get json "$T/body" "listen queue"
}
wait_for '[ "$(waiting)" = 3 ]'
get /app/hello
expect_status 503
get_ok /app/ping 'here I am'
get_ok '/app/status?json&full'
is "listen queue" 3
is "max listen queue" 3
is "listen queue len" 3
is "idle processes" 0
is "active processes" 2
is "total processes" 2
is "max active processes" 2
is "max children" 2
is "accepted conn" 6
is "refused" 1
expect "states" "$($PAGES processes json "$T/body" state | sort -u)" Running
expect "what runs" "$($PAGES processes json "$T/body" "request uri" | sort | tr '\n' ' ')" \
	"/app/held?$T/mark/held.1 /app/held?$T/mark/held.2 "
expect "methods" "$($PAGES processes json "$T/body" "request method" | sort -u)" GET
expect "pids" "$($PAGES processes json "$T/body" pid | sort)" "$(pids_of fcgi-probe | tr ' ' '\n' | sort)"
! $PAGES processes json "$T/body" "request duration" | grep -qx 0 || fail "a request that is held has run for no time"

rm "$T"/mark/held.?
# shellcheck disable=SC2086 # a list of words
wait $HOLDERS
none_runs()
{
	get_ok '/app/status?json&full'
	[ "$($PAGES get json "$T/body" "active processes")" = 0 ]
}
wait_for none_runs
is "listen queue" 0
is "active processes" 0
is "idle processes" 2
is "max listen queue" 3
expect "states" "$($PAGES processes json "$T/body" state | sort -u)" Idle
expect "requests" "$($PAGES processes json "$T/body" requests | awk '{ n += $1 } END { print n }')" 5
! $PAGES processes json "$T/body" "last request memory" | grep -qx 0 || fail "a worker has no memory"

# Other methods and other paths are no such pages.
get /app/status -X POST -d a=b
expect_status 405
expect "Allow" "$(header Allow)" "GET, HEAD"
get_ok /app/status/hello 'hello from the probe'
hearth_stop
