#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth scale of a pool of workers, under load: a static one has so many at once; of what is too many
# the idle ones go first and busy ones after their request, however long it takes; nothing is cut. The
# next reload takes it back, and another gateway knows it.
. "$(dirname "$0")/lib.sh"
GATEWAY_MAY_DIE=1

{
	global_section "process_control_timeout = 300ms"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 2" "pm.status_path = /app/state"
	probe_pool asked "pm = ondemand" "pm.max_children = 1" "pm.process_idle_timeout = 60s"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'

# A request that outlives process_control_timeout, and requests all the time.
hold_worker app
while [ ! -e "$T/mark/enough" ]; do
	curl -s -o /dev/null --max-time 30 -w '%{http_code}\n' "http://127.0.0.1:$PORT/app/slow?ms=5" >>"$T/codes"
done &
load=$!

ctl scale app 6 || fail "scale: $(cat "$T/ctl.err")"
expect "what it says" "$(cat "$T/ctl.out")" "pool app: pm.max_children is 6 until the next reload"
wait_for '[ "$(count_of fcgi-probe)" = 6 ]'
ctl status app
wait_for 'get /hearth/metrics; grep -qF "hearth_pool_max_children{pool=\"app\"} 6" "$T/body"'
get_ok /hearth/status '"name":"app","type":"fastcgi","pm":"static",'
expect_body '"max_children":6,'
get_ok '/app/state?json'
expect_body '"max children":6,'
grep -q 'at most 6 (until the next reload; by the configuration 2)' "$T/ctl.out" || fail "status: $(cat "$T/ctl.out")"
ctl scale app 1 || fail "scale: $(cat "$T/ctl.err")"
# One of those that are left may be the one that is held: it is the last to go, if it goes.
wait_for '[ "$(count_of fcgi-probe)" -le 2 ]'
ctl scale app 3 || fail "scale: $(cat "$T/ctl.err")"
wait_for '[ "$(count_of fcgi-probe)" -ge 3 ]'
release_worker
expect_held "the request that took long" 200
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
: >"$T/mark/enough"
wait "$load"
expect "answers that are not 200: $(sort "$T/codes" | uniq -c)" "$(grep -cvx 200 "$T/codes")" 0
expect_no_log 'was still busy|SIGKILL|did not stop'

# A gateway that is new knows it from the plan.
kill -KILL "$(pids_of hearth-gateway)"
expect_log 'has taken over'
ctl scale app 1 || fail "scale: $(cat "$T/ctl.err")"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
ctl scale app 4 || fail "scale: $(cat "$T/ctl.err")"
wait_for '[ "$(count_of fcgi-probe)" = 4 ]'
get_ok /app/hello hello

# On demand: as many as the requests need, up to the new number.
ctl scale asked 3 || fail "scale: $(cat "$T/ctl.err")"
expect "workers that nobody needs" "$(count_of fcgi-probe)" 4
burst 5 "/asked/held?$T/mark/asked" &
asked=$!
wait_for "ctl status --json asked; grep -q '\"waiting\":2' '$T/ctl.out'" 30
expect "workers for a burst" "$(count_of fcgi-probe)" 7
until not_running $asked; do
	rm -f "$T"/mark/asked*
	sleep 0.02
done
expect "answers" "$(burst_count 200)" 5

# The configuration counts again.
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
ctl status app
grep -q 'static, at most 2$' "$T/ctl.out" || fail "status: $(cat "$T/ctl.out")"
get_ok /app/hello hello
hearth_stop
