#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that serves several requests at once is one process of the status page; hearth's own pages
# have each request.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

PAGES="/usr/bin/python3 -S $ROOT/tests/flow/tools/status-pages.py"
{
	head_of_conf "threads = 2"
	probe_pool app "pm = static" "pm.max_children = 2" "pm.concurrency = 4" "pm.status_path = /app/status" |
		sed 's/^command.*/& threads=4/'
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'

is()
{
	expect "$1" "$($PAGES get json "$T/body" "$1")" "$2"
}
page()
{
	get_ok '/app/status?json&full'
	[ "$($PAGES get json "$T/body" "active processes")" = "$1" ]
}
HOLDERS=
for i in {1..5}; do
	curl -sS --max-time 50 -o /dev/null "http://127.0.0.1:$PORT/app/held?$T/mark/$i" &
	HOLDERS="$HOLDERS $!"
done
wait_for '[ "$(ls "$T/mark" | wc -l)" = 5 ]'
page 2 || fail "$(body)"
is "idle processes" 0
is "total processes" 2
is "max active processes" 2
expect "pids" "$($PAGES processes json "$T/body" pid | sort)" "$(pids_of fcgi-probe | tr ' ' '\n' | sort)"
expect "requests" "$($PAGES processes json "$T/body" requests | awk '{ n += $1 } END { print n }')" 5
get_ok /hearth/status
expect "what runs" "$(/usr/bin/python3 -c '
import json, sys
pool = json.load(open(sys.argv[1]))["pools"][0]
assert sum(w["running"] for w in pool["workers"]) == len(pool["running"]) == 5
print(*sorted(r["uri"][-1] for r in pool["running"]))' "$T/body")" "1 2 3 4 5"
get_ok /hearth/metrics
expect_body 'hearth_pool_running{pool="app"} 5'
expect_body 'hearth_pool_workers{pool="app",state="busy"} 2'
rm "$T"/mark/*
# shellcheck disable=SC2086 # a list of words
wait $HOLDERS
wait_for 'page 0'
is "idle processes" 2
expect "states" "$($PAGES processes json "$T/body" state | sort -u)" Idle
hearth_stop
