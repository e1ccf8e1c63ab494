#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.concurrency: a worker with threads takes so many requests at once, one more waits; a pool takes
# another worker only when the ones it has are full, and counts in requests that could be taken.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf "threads = 2"
	probe_pool one "pm = static" "pm.max_children = 1" "pm.concurrency = 8" | sed 's/^command.*/& threads=8/'
	probe_pool few "pm = ondemand" "pm.max_children = 4" "pm.concurrency = 4" \
		"pm.process_idle_timeout = 60s" | sed 's/^command.*/& threads=4/'
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
worker=$(pids_of fcgi-probe)

# Eight at once: each is answered only when all of them are in it.
burst 8 '/one/together?n=8'
expect "answers" "$(burst_count 200)" 8
expect "who answered" "$(cat "$T"/burst.? | sort -u)" "$worker 8"

# A ninth waits for one of them.
for i in {1..8}; do
	curl -sS --max-time 50 -o "$T/seat.$i" "http://127.0.0.1:$PORT/one/held?$T/mark/$i" &
done
wait_for '[ "$(ls "$T/mark" | wc -l)" = 8 ]'
hold /one/pid
wait_for 'ctl status --json; grep -Eq "\"busy\": *8,.*\"waiting\": *1," "$T/ctl.out"'
rm "$T/mark/3"
expect_held "the ninth" 200
expect "its worker" "$(cut -d' ' -f1 "$T/held")" "$worker"
rm "$T"/mark/*
wait_for 'ctl status --json; grep -Eq "\"idle\": *8," "$T/ctl.out"'
expect "workers" "$(pids_of fcgi-probe)" "$worker"

# On demand: what one worker can take needs no second.
get_ok /few/hello hello
burst 4 '/few/together?n=4'
expect "answers" "$(burst_count 200)" 4
expect "workers for four requests" "$(count_of fcgi-probe)" 2
# What got cold goes: whole workers, and at last all of them.
sed -i 's/^pm.process_idle_timeout = .*/pm.process_idle_timeout = 500ms/' "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
burst 16 '/few/slow?ms=50'
expect "answers" "$(burst_count 200)" 16
wait_for '[ "$(count_of fcgi-probe)" = 1 ]' 20
expect_no_log 'child.*(signal|SIGKILL)'
hearth_stop
