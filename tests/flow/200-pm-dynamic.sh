#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm = dynamic: pm.start_servers at first, pm.min_spare_servers idle besides the busy ones, and back to
# pm.max_spare_servers when the crowd has gone.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = dynamic" "pm.max_children = 12" "pm.start_servers = 3" "pm.min_spare_servers = 2" \
		"pm.max_spare_servers = 4"
} >"$T/conf"
hearth_start "$T/conf"

wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
first=$(pids_of fcgi-probe)

# Two are taken: one more has to be started, for two to be idle.
hold_worker app
one=$HELD
mv "$T/held.status" "$T/one.status"
hold "/app/held?$T/mark/second"
wait_for '[ -e "$T/mark/second" ] && [ "$(count_of fcgi-probe)" = 4 ]'
rm "$T/mark/held" "$T/mark/second"
wait "$one"
expect_held "the second request" 200

# Between the least and the most nothing is done.
get_ok /app/hello hello
expect "workers with four idle" "$(count_of fcgi-probe)" 4

# A crowd as large as the pool: all are started, and those too many go again.
burst 12 "/app/held?$T/mark/crowd" &
load=$!
wait_for '[ "$(find "$T/mark" -type f | wc -l)" = 12 ]' 30
expect "workers in a crowd" "$(count_of fcgi-probe)" 12
rm "$T"/mark/*
wait "$load"
expect "answers" "$(burst_count 200)" 12
wait_for '[ "$(count_of fcgi-probe)" -le 4 ]' 40
expect "workers in the end" "$(count_of fcgi-probe)" 4
get_ok /app/hello hello

# With one more wanted than there may be, it says so.
burst 14 "/app/held?$T/mark/crowd" &
load=$!
expect_log 'pool app\] server reached max_children setting \(12\)' 30
until not_running "$load"; do
	rm -f "$T"/mark/*
	sleep 0.02
done
expect "answers" "$(burst_count 200)" 14
[ -n "$first" ] || fail "nobody was there at first"
hearth_stop
