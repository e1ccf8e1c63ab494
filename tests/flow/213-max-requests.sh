#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.max_requests: a worker serves so many and is replaced, over all its seats; no request is lost by
# that, and the pool is not taken for a broken one.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

{
	head_of_conf "threads = 2"
	probe_pool one "pm = static" "pm.max_children = 1" "pm.max_requests = 5" "pm.jitter = 0%"
	probe_pool many "pm = static" "pm.max_children = 1" "pm.max_requests = 8" "pm.jitter = 0%" \
		"pm.concurrency = 4" | sed 's/^command.*/& threads=4/'
} >"$T/conf"
hearth_start "$T/conf"

# served FILE...: how many requests each worker had, in any order.
served()
{
	cut -d' ' -f1 "$@" | sort | uniq -c | awk '{ print $1 }' | sort -u
}

for i in {1..30}; do
	get_ok /one/pid
	cat "$T/body" >>"$T/pids"
done
expect "requests of each worker" "$(served "$T/pids")" 5
expect "workers" "$(cut -d' ' -f1 "$T/pids" | sort -u | wc -l)" 6

burst 48 '/many/slow?ms=20'
expect "answers" "$(burst_count 200)" 48
expect "requests of each worker" "$(served "$T"/burst.*)" 8
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
expect_no_log 'unexpected|early death|WARNING: .*child'
hearth_stop
