#!/bin/bash
# SPDX-License-Identifier: MIT
#
# process.max over all pools: never more workers than that, at the start, in a crowd and after it, and
# every pool is served: one that has nobody gets the place of another's, be that idle or busy.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	global_section "process.max = 4"
	gateway_section
	probe_pool one "pm = static" "pm.max_children = 4"
	probe_pool two "pm = static" "pm.max_children = 4"
	probe_pool three "pm = ondemand" "pm.max_children = 4"
} >"$T/conf"

# The most that there ever are, as a background loop sees it.
(
	most=0
	while [ ! -e "$T/enough" ]; do
		now=$(count_of fcgi-probe)
		[ "$now" -le "$most" ] || most=$now
		echo "$most" >"$T/most"
		sleep 0.05
	done
) &
watch=$!

hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 4 ]'
get_ok /one/hello hello
get_ok /two/hello hello
expect_log 'server reached process.max setting \(4\)'

# Nobody is there for the third; an idle one of another pool has to go.
get_ok /three/hello hello
get_ok /one/hello hello
get_ok /two/hello hello

# All are busy with a long line of one pool, and yet the others get their turn before it is over.
burst 40 "/one/held?$T/mark/line" &
load=$!
wait_for 'ctl status --json && grep -Eq "\"waiting\":[1-9]" "$T/ctl.out"'
while [ ! -e "$T/served" ]; do
	find "$T/mark" -type f | head -n 1 | xargs -r -d '\n' rm
	sleep 0.1
done &
slowly=$!
get_ok /three/hello hello
get_ok /two/hello hello
not_running "$load" && echo "(the line was over before)"
touch "$T/served"
wait "$slowly"
until not_running "$load"; do
	rm -f "$T"/mark/*
	sleep 0.02
done
expect "answers" "$(burst_count 200)" 40

wait_for '[ "$(cat "$T/most")" -ge 4 ]'
touch "$T/enough"
wait "$watch"
[ "$(cat "$T/most")" -le 4 ] || fail "there were $(cat "$T/most") workers"
expect "the most workers" "$(cat "$T/most")" 4
expect_no_log 'child.*(unexpected|SIGKILL)'

# A lower limit holds as soon as there is somebody to let go.
sed -i 's/^process.max = .*/process.max = 2/' "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for '[ "$(count_of fcgi-probe)" -le 2 ]' 30
get_ok /one/hello hello
get_ok /two/hello hello
get_ok /three/hello hello
[ "$(count_of fcgi-probe)" -le 2 ] || fail "there are $(count_of fcgi-probe) workers"
hearth_stop
