#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An external pool before programs of libfcgi, by unix, by address and by name: the least busy is asked,
# one that dies is left alone and comes back, and when all are gone clients are told so.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
command -v spawn-fcgi >/dev/null || skip "spawn-fcgi is not installed"
getent ahosts localhost >/dev/null || skip "localhost has no address here"
TCP=$(new_port)
NAMED=$(new_port)
mkdir -m 755 "$T/probe"

# probe_start NAME ADDRESS-ARGUMENT...: its pid is in $T/NAME.pid.
probe_start()
{
	local name=$1
	shift
	rm -f "$T/$name.sock"
	spawn-fcgi -n "$@" "$T/bin/fcgi-probe" >/dev/null 2>&1 &
	echo $! >"$T/$name.pid"
}
probe_stop()
{
	kill "$(cat "$T/$1.pid")"
	wait_quietly "$(cat "$T/$1.pid")"
}
start_a() { probe_start a -s "$T/a.sock" -M 0666; }
start_b() { probe_start b -a 127.0.0.1 -p "$TCP"; }
start_c() { probe_start c -a 127.0.0.1 -p "$NAMED"; }
start_a
start_b
start_c
probe_start d -s "$T/d.sock" -M 0666
wait_for '[ "$(count_of fcgi-probe)" -eq 4 ]'

{
	head_of_conf "admin_path = /hearth" "threads = 3"
	echo "[other]"
	echo "type = external"
	echo "backend = unix:$T/a.sock 127.0.0.1:$TCP localhost:$NAMED"
	echo "route = /"
	echo "pm.max_children = 8"
	echo "pm.status_path = /fpm"
	echo "pm.process_idle_timeout = 100ms"
	echo "pm.max_queue = 100"
	echo "restart_backoff_max = 1s"
	echo "[narrow]"
	echo "type = external"
	echo "backend = unix:$T/d.sock"
	echo "host = narrow"
	echo "route = /"
	echo "pm.process_idle_timeout = 1h"
	echo "[lost]"
	echo "type = external"
	echo "backend = nowhere.invalid:9000"
	echo "route = /lost/"
	echo "pm.queue_timeout = 100ms"
} >"$T/conf"
hearth_start "$T/conf"

# Of a pool's backends in /hearth/status, the row of the address that matches: "NAME:VALUE".
row()
{
	get /hearth/status
	grep -o '{"address":[^}]*}' "$T/body" | grep -F "$1"
}

# Ties in turn: each gets its part.
who()
{
	get /pid
	[ "$STATUS" = 200 ] && cut -d' ' -f1 "$T/body"
}
wait_for 'who | grep -qx "$(cat "$T/a.pid")"'
wait_for 'who | grep -qx "$(cat "$T/b.pid")"'
wait_for 'who | grep -qx "$(cat "$T/c.pid")"'
burst 60 /pid
expect "at once" "$(burst_count 200)" 60
head -c 1000000 /dev/urandom >"$T/sent"
for _ in 1 2 3 4; do
	get /echo --data-binary "@$T/sent"
	cmp "$T/sent" "$T/body" || fail "other bytes came back"
done

# More connections than the server takes: those that it keeps make way for the others.
burst 30 /pid -H "Host: narrow"
expect "by more connections than there can be" "$(burst_count 200)" 30

# A name without an address.
get /lost/x
expect_status 503

# Who is busy is not asked.
hold "/held?$T/mark/held"
wait_for '[ -e "$T/mark/held" ]'
for _ in 1 2 3 4 5 6 7 8 9; do
	get /pid
	expect_status 200
done
get "/fpm?full"
expect_status 200
grep -q "^process manager: *external" "$T/body" || fail "$(body)"
grep -q "^active processes: *1$" "$T/body" || fail "$(body)"
grep -q "^request URI: */held" "$T/body" || fail "$(body)"
get /hearth/status
expect_body '"type":"external"'
release_worker
expect_held "the held request" 200
wait_for 'row a.sock | grep -q "\"idle\":0,\"resting_ms\":0"'

# One dies: others serve.
probe_stop b
for _ in 1 2 3 4 5 6; do
	get_ok /hello "hello from the probe"
done
burst 60 /hello
expect "with one dead" "$(burst_count 200)" 60
expect_log "WARNING: .*\[pool other\] 127.0.0.1:$TCP rests for [0-9]+ ms: connection refused"
# It is asked again from time to time.
rests()
{
	get_ok /hello
	row "127.0.0.1:$TCP" | grep -q '"resting_ms":[1-9].*"why":"connection refused"'
}
rests_in_metrics()
{
	get_ok /hello
	get /hearth/metrics
	grep -q "^hearth_backend_resting{pool=\"other\",address=\"127.0.0.1:$TCP\"} 1" "$T/body"
}
wait_for rests 20
wait_for rests_in_metrics 20
start_b
wait_for 'get /hello; grep -aq "\[pool other\] 127.0.0.1:$TCP is back" "$LOG"'

# All die: who comes waits at first, and is sent away when that has lasted.
probe_stop a
probe_stop b
probe_stop c
wait_for 'get /hello --max-time 1; [ "$STATUS" = 503 ]' 30
[ "$(header Retry-After)" -ge 1 ] || fail "no Retry-After: $(cat "$T/head")"
expect_log "WARNING: .*\[pool other\] requests are answered 503: none of its addresses answers"
get /hearth/status
expect_body '"door":"broken"'
start_c
wait_for 'get /hello; [ "$STATUS" = 200 ]' 30
probe_stop c
probe_stop d
hearth_stop
