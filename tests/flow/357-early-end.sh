#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that goes on working when its answer is complete: the client has all of it at once; the first
# request that is given to such a worker waits for it, and from then on the pool is known, and none does.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2" "request_terminate_timeout = 60s"
	for i in 1 2 3; do probe_pool slow$i "pm = static" "pm.max_children = 1"; done
	probe_pool threads "pm = static" "pm.max_children = 1" "pm.concurrency = 2" |
		sed 's|fcgi-probe$|& threads=2|'
} >"$T/conf"
hearth_start "$T/conf"

pid_of()
{
	awk '{ print $1 }' "$T/$1"
}

# lingers NAME [POOL]: a request that is answered while its worker works on; its pid is in $LINGERER.
lingers()
{
	get_ok "/${2:-app}/linger?$T/mark/$1"
	wait_for "[ -e '$T/mark/$1' ]"
	LINGERER=$(pid_of body)
}

# idle N [POOL]
idle()
{
	wait_for "ctl status --json '${2:-app}'; grep -q '\"idle\":$1[,}]' '$T/ctl.out'"
}

# Each process has served, so that both are known to.
hold_worker app
get_ok /app/pid
release_worker
wait "$HELD"
idle 2
lingers first
hold "/app/pid"
victim=$HELD
# (Or it is answered, if the machine has been so slow that the pool is suspected already.)
wait_for "not_running $victim || { ctl status --json app; grep -q '\"busy\":1[,}]' '$T/ctl.out'; }"
# The one that is free, as often as it is asked; its victim is still unread.
for _ in 1 2 3; do
	get_ok /app/slow?ms=50
done
get_ok /app/pid
[ "$(pid_of body)" != "$LINGERER" ] || fail "it was given to the one that works on"
rm "$T/mark/first"
wait "$victim"
idle 2

# Known now, or as good as known: nobody waits for a worker that works on.
for round in 1 2 3; do
	lingers "round$round"
	for _ in {1..6}; do
		get_ok /app/pid
		[ "$(pid_of body)" != "$LINGERER" ] || fail "round $round: it was given to the one that works on"
	done
	get /app/echo -d "some=thing"
	expect_body "some=thing"
	rm "$T/mark/round$round"
	idle 2
done
expect "how often it is told" "$(log_count 'pool app. child [0-9]+ went on working when its answer was complete')" 1

# Both work on, and the one that is done first has the next.
lingers one
one=$LINGERER
lingers two
[ "$one" != "$LINGERER" ] || fail "both by one"
hold "/app/pid"
wait_for "ctl status --json app; grep -q '\"waiting\":1[,}]' '$T/ctl.out'"
rm "$T/mark/one"
wait "$HELD"
expect "who had it" "$(pid_of held)" "$one"
rm "$T/mark/two"
idle 2

# A pool whose requests take their time is not taken for one, and nothing is done twice. (If a worker does
# not run twice when it should, it may be: not each of three.)
for i in 1 2 3; do
	for _ in 1 2 3; do
		get_ok "/slow$i/slow?ms=60"
		get "/slow$i/echo" -d "some=thing"
		expect_body "some=thing"
	done
	get_ok /slow$i/pid
	expect "requests of the slow one" "$(awk '{ print $2 }' "$T/body")" 7
	[ "$(log_count "pool slow$i. child [0-9]+ went on working")" -gt 0 ] || break
	[ $i -lt 3 ] || fail "slow ones are taken for those that work on"
done

# A thread that works on is not idle, though others of its process are.
burst 2 "/threads/together?n=2"
lingers thread threads
hold /threads/pid
wait_for "ctl status --json threads; grep -q '\"busy\":1[,}]' '$T/ctl.out'"
rm "$T/mark/thread"
wait "$HELD"
expect_no_log 'child [0-9]+ (exited|closed|reset)'
hearth_stop
