#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth drain of a pool whose requests take longer than process_control_timeout: exit status 1, how
# many are left, and they are finished all the same. Who waits hears when the order is undone, when a
# reload changes the pool, and when hearth stops; whoever stops waiting takes nothing along.
# variants: plain
. "$(dirname "$0")/lib.sh"

conf()
{
	global_section "process_control_timeout = $1"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 1" "pm.max_queue = $2"
}
state()
{
	ctl status app && sed -n 's/^    state  *\([a-z]*\).*/\1/p' "$T/ctl.out"
}
# drain_behind: hearth drain in the background; its pid is $DRAIN.
drain_behind()
{
	"$T/bin/hearth" drain app -s "$T/run/control.sock" >"$T/drain.out" 2>"$T/drain.err" &
	DRAIN=$!
}

conf 500ms 7 >"$T/conf"
hearth_start "$T/conf"
hold_worker app
# The count of busy ones is up to a second old.
wait_for 'ctl status --json; grep -q "\"busy\":1" "$T/ctl.out"'
! ctl drain app || fail "drain says that it is done"
expect "exit status" "$EXIT" 1
grep -q 'pool app is not empty after [0-9.]* s: 1 request runs and 0 wait\.' "$T/ctl.err" || fail "its reason: $(cat "$T/ctl.err")"
expect "the state" "$(state)" draining
kill -0 "$(pids_of fcgi-probe)" || fail "the worker is gone"
release_worker
expect_held "the request that took long" 200
wait_for '[ "$(state)" = drained ]'
expect "workers" "$(count_of fcgi-probe)" 0

# A reload that changes nothing changes nothing; one that changes the pool opens it.
ctl reload || fail "reload: $(cat "$T/ctl.err")"
expect "the state after a reload" "$(state)" drained
conf 60s 8 >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for '[ "$(state)" = open ]'
get_ok /app/hello hello

# Undone while somebody waits.
hold_worker app
drain_behind
wait_for '[ "$(state)" = draining ]'
ctl drain --off app || fail "drain --off: $(cat "$T/ctl.err")"
wait "$DRAIN"
expect "exit status of a drain that was undone" $? 1
grep -q 'takes requests again' "$T/drain.err" || fail "its reason: $(cat "$T/drain.err")"

# Who goes away while he waits is missed by nobody.
drain_behind
wait_for '[ "$(state)" = draining ]'
kill -KILL "$DRAIN"
{ wait "$DRAIN"; } 2>/dev/null
release_worker
expect_held "the request" 200
wait_for '[ "$(state)" = drained ]'
ctl drain --off app || fail "drain --off: $(cat "$T/ctl.err")"

# A changed pool is another one.
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
hold_worker app
drain_behind
wait_for '[ "$(state)" = draining ]'
conf 60s 9 >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait "$DRAIN"
expect "exit status of a drain that a reload ended" $? 1
grep -q 'a reload has put another pool in its place' "$T/drain.err" || fail "its reason: $(cat "$T/drain.err")"
release_worker
expect_held "the request" 200

# And at the end of all.
hold_worker app
drain_behind
wait_for '[ "$(state)" = draining ]'
kill -TERM "$MANAGER"
wait "$DRAIN"
expect "exit status of a drain that a stop ended" $? 1
grep -q 'hearth is stopping' "$T/drain.err" || fail "its reason: $(cat "$T/drain.err")"
wait_quietly "$MANAGER"
MANAGER=
wait "$HELD" || true # cut
exit 0
