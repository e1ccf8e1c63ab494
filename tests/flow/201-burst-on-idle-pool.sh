#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A burst on an idle pool starts all that it needs at once, dynamic or on demand: the requests of the
# burst wait for one another, so it ends only if all of them are in workers at the same time.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

together="pm.max_children = 20"
{
	head_of_conf
	probe_pool spare "pm = dynamic" "$together" "pm.min_spare_servers = 1" "pm.max_spare_servers = 20"
	probe_pool none "pm = ondemand" "$together"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" -ge 1 ]'

# crowd POOL: twenty requests that stay in their workers until all have come.
crowd()
{
	local i
	for i in {1..20}; do
		curl -sS --max-time 50 -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$PORT/$1/held?$T/mark/$i" \
			>"$T/answer.$i" 2>/dev/null &
	done
	wait_for '[ "$(find "$T/mark" -type f | wc -l)" = 20 ]' 30
	rm "$T"/mark/*
	for i in {1..20}; do
		wait_for '[ -s "$T/answer.'"$i"'" ]' 20
	done
	expect "answers of $1" "$(cat "$T"/answer.* | sort | uniq -c | tr -s ' ')" " 20 200"
	rm "$T"/answer.*
}

crowd spare
crowd none
expect_no_log 'max_children'
hearth_stop
