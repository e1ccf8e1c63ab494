#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An external pool before the listener of another hearth: streams, time limits, clients that leave, a
# server that is full, and plans that change its addresses under load.
# variants: plain
. "$(dirname "$0")/lib.sh"
command -v ab >/dev/null || skip "ab is not installed"

# behind NAME [LINE]...: another hearth, whose pool is reached by $T/NAME.sock.
behind()
{
	local name=$1
	shift
	mkdir -p "$T/$name"
	{
		echo "[global]"
		echo "error_log = $T/$name/log"
		echo "control = $T/$name/control.sock"
		echo "runtime_dir = $T/$name"
		echo "[gateway]"
		echo "listen ="
		user_line www-data
		echo "[app]"
		echo "command = $T/bin/fcgi-probe"
		echo "listen = $T/$name.sock"
		echo "listen.mode = 0666"
		user_line
		printf '%s\n' "$@"
	} >"$T/$name.conf"
	"$T/bin/hearth" run -c "$T/$name.conf" >/dev/null 2>&1 &
	echo $! >"$T/$name.pid"
	wait_for "grep -q 'ready to handle' '$T/$name/log'"
}

behind_stop()
{
	kill "$(cat "$T/$1.pid")"
	wait_quietly "$(cat "$T/$1.pid")"
}

conf()
{
	head_of_conf "admin_path = /hearth" "threads = 3"
	echo "[chain]"
	echo "type = external"
	echo "route = /"
	echo "pm.max_children = 8"
	printf '%s\n' "$@"
}
behind one "pm.max_children = 4"
{
	conf "backend = unix:$T/one.sock"
	printf '%s\n' "[late]" "type = external" "route = /late/" "backend = unix:$T/one.sock" "response_header_timeout = 1s"
} >"$T/conf"
hearth_start "$T/conf"

get_ok /hello "hello from the probe"
get_ok "/env?a=b" "QUERY_STRING=a=b"
head -c 3000000 /dev/urandom >"$T/sent"
for i in 1 2; do
	get /echo --data-binary "@$T/sent"
	cmp "$T/sent" "$T/body" || fail "other bytes came back"
	get /echo -H 'Transfer-Encoding: chunked' --data-binary "@$T/sent"
	cmp "$T/sent" "$T/body" || fail "other bytes came back of a body without a length"
	get "/big?n=5000000"
	expect "a big answer" "$(wc -c <"$T/body")" 5000000
done
get "/stderr?misfortune"
expect_log '\[pool chain\] unix:.*/one.sock, request [0-9a-f]{16} said into stderr: "misfortune"'
get "/status?451"
expect_status 451
get /late/silent
expect_status 504
expect_log 'WARNING: .*\[pool late\] unix:.*/one.sock, script .*execution timed out .*response_header_timeout passed'
expect_no_log 'child 0'
hold "/held?$T/mark/held"
wait_for '[ -e "$T/mark/held" ]'
kill "$HELD"
wait_quietly "$HELD"
rm "$T/mark/held"
burst 40 /pid
expect "at once" "$(burst_count 200)" 40

# Another address, and back, and both, while requests come.
behind two "pm.max_children = 4"
for to in "unix:$T/two.sock" "unix:$T/one.sock" "unix:$T/one.sock unix:$T/two.sock"; do
	ab -q -k -r -n 800 -c 8 "http://127.0.0.1:$PORT/hello" >"$T/ab" 2>&1 &
	LOAD=$!
	conf "backend = $to" >"$T/conf"
	ctl reload || fail "$(cat "$T/ctl.err")"
	wait "$LOAD" || fail "ab: $(cat "$T/ab")"
	grep -Eq '^Complete requests: +800' "$T/ab" || fail "$(cat "$T/ab")"
	grep -Eq '^Failed requests: +0' "$T/ab" || fail "$(cat "$T/ab")"
	! grep Non-2xx "$T/ab" || fail "$(cat "$T/ab")"
done

# The first is full, and says so: it goes to the other one, whatever it is.
behind_stop two
behind two "pm.max_children = 1" "pm.max_queue = 0"
burst 30 "/held?$T/mark/crowd" -d posted &
load=$!
expect_log 'WARNING: .*\[pool chain\] unix:.*/two.sock rests for [0-9]+ ms: it is overloaded'
expect_log 'NOTICE: .*\[pool chain\] unix:.*/two.sock: refused the request [0-9a-f]{16}: it is tried again'
until not_running $load; do
	rm -f "$T"/mark/crowd*
	sleep 0.02
done
expect "with one that is full" "$(burst_count 200)" 30

behind_stop one
behind_stop two
hearth_stop
