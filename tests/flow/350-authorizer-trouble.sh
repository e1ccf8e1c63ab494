#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Authorizers that are busy, late, dead or replaced, and clients that leave meanwhile: nobody gets
# through who was not let in, and nobody is lost.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

# conf [LINE-OF-APP]...
conf()
{
	global_section "process_control_timeout = 60s"
	gateway_section "access.log = $T/access" 'access.format = "%{path}r %s %n"' "threads = 2"
	probe_pool app "pm = static" "pm.max_children = 2" "$@"
	probe_pool slow "authorizer = late"
	probe_pool full "authorizer = small"
	probe_pool many "authorizer = crowd" "pm.max_children = 2"
	probe_pool never "authorizer = broken"
	probe_pool login "pm = static" "pm.max_children = 1"
	probe_pool second "pm = ondemand" "pm.max_children = 1"
	probe_pool late "pm.max_children = 1" "request_terminate_timeout = 300ms"
	probe_pool small "pm = static" "pm.max_children = 1" "pm.max_queue = 1" "pm.queue_timeout = 300ms"
	probe_pool crowd "pm = ondemand" "pm.max_children = 1" "pm.concurrency = 4" |
		sed 's|fcgi-probe$|fcgi-probe threads=4|'
	echo "[broken]"
	echo "command = /bin/false"
	echo "route = /broken/"
	user_line
}
conf "authorizer = login" >"$T/conf"
hearth_start "$T/conf"

# held_ask WORD PATH: a request in the background, with X-Ask: WORD; its pid is $HELD, as that of hold().
held_ask()
{
	rm -f "$T/held" "$T/held.status"
	curl -sS --max-time 50 -o "$T/held" -w '%{http_code}' -H "X-Ask: $1" "http://127.0.0.1:$PORT$2" >"$T/held.status" 2>"$T/held.err" &
	HELD=$!
}
wait_for '[ "$(count_of fcgi-probe)" -ge 5 ]'

# Many at once: a cold one that takes several, in one process; and one that takes one after the other.
burst 4 "/many/pid?n=4" -H 'X-Ask: together'
expect "let in by a process at once" "$(burst_count 200)" 4
burst 40 /app/pid -H 'X-Ask: yes'
expect "let in one after the other" "$(burst_count 200)" 40
burst 40 /app/pid -H 'X-Ask: 401'
expect "not let in" "$(burst_count 401)" 40

# It dies with the question; is late; has no place; or there is none that lives.
wait_for 'ctl status login && grep -q "ready  *[0-9]" "$T/ctl.out"'
held_ask held "/app/hello?$T/mark/asked"
wait_for '[ -e "$T/mark/asked" ]'
kill -KILL "$(sed -n 's/.*ready *\([0-9]*\).*/\1/p' "$T/ctl.out")"
expect_held "of one that was killed" 502
rm "$T/mark/asked"
get /slow/hello -H 'X-Ask: silent'
expect_status 504
expect_log 'pool late. child [0-9]+, authorizer of pool slow, script ./slow/hello. .request: .GET /slow/hello.. execution timed out'
wait_for 'get /full/hello -H "X-Ask: yes"; [ "$STATUS" = 200 ]'
held_ask held "/full/hello?$T/mark/asked"
wait_for '[ -e "$T/mark/asked" ]'
burst 5 /full/hello -H 'X-Ask: yes'
expect "in the line of a busy one for too long, or not even there" "$(burst_count 503)" 5
expect_log 'pool small.*waited longer than pm.queue_timeout'
expect_log 'pool small.*as many as pm.max_queue allows wait already'
rm "$T/mark/asked"
expect_held "the one that it was busy with" 200
wait_for 'get /never/hello -H "X-Ask: yes"; [ "$STATUS" = 503 ]'
[ -n "$(header Retry-After)" ] || fail "when to come again"
wait_for "grep -qx '/app/hello 502 app' '$T/access' && grep -qx '/slow/hello 504 slow' '$T/access'"

# leaving_ask WORD PATH: the same of a client whose end is a reset, which is none that waits for an answer.
leaving_ask()
{
	perl -MSocket -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]") or die "connect: $!";
		setsockopt($s, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) or die "linger: $!";
		syswrite($s, "GET $ARGV[2] HTTP/1.1\r\nHost: a\r\nX-Ask: $ARGV[1]\r\n\r\n");
		sleep 50' "$PORT" "$1" "$2" &
	HELD=$!
}

# The client leaves, from the worker and from the line before it: others go on.
leaving_ask held "/app/first?$T/mark/asked"
first=$HELD
wait_for '[ -e "$T/mark/asked" ]'
leaving_ask yes /app/second
wait_for 'ctl status --json login && grep -Eq "\"waiting\":1" "$T/ctl.out"'
kill "$first" "$HELD" 2>/dev/null
wait "$first" "$HELD" 2>/dev/null
wait_for "grep -qx '/app/first 499 app' '$T/access' && grep -qx '/app/second 499 app' '$T/access'"
rm "$T/mark/asked"
get /app/hello -H 'X-Ask: yes'
expect_status 200

# A new plan: who is asked about still has to be let in; who waits moves on to whom that plan names.
held_ask held "/app/hello?$T/mark/asked"
first=$HELD
wait_for '[ -e "$T/mark/asked" ]'
curl -sS --max-time 50 -w '%{http_code}' -o "$T/waiting" -H "X-Ask: 403" "http://127.0.0.1:$PORT/app/hello" >"$T/waiting.status" &
waiting=$!
curl -sS --max-time 50 -w '%{http_code}' -o "$T/post" -H 'X-Ask: yes' -H 'Transfer-Encoding: chunked' -d 'a body' "http://127.0.0.1:$PORT/app/echo" >"$T/post.status" &
post=$!
wait_for 'ctl status --json login && grep -Eq "\"waiting\":2" "$T/ctl.out"'
conf "authorizer = second" | sed '/^\[login\]/,/^pm.max/d' >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait "$waiting" "$post"
expect "by the authorizer of the new plan" "$(cat "$T/waiting.status") $(cat "$T/waiting")" "403 never"
expect "with a body" "$(cat "$T/post.status") $(cat "$T/post")" "200 a body"
# ... and who was let in by one that is none any more is asked about by the other.
rm "$T/mark/asked"
wait_for '[ -e "$T/mark/asked" ]'
rm "$T/mark/asked"
wait "$first"
expect "let in by both" "$(cat "$T/held.status")" 200

# None any more: what it was to be asked about goes on by itself.
held_ask held "/app/hello?$T/mark/asked"
first=$HELD
wait_for '[ -e "$T/mark/asked" ]'
curl -sS --max-time 50 -w '%{http_code}' -o "$T/post" -H 'X-Ask: 403' -H 'Transfer-Encoding: chunked' -d 'a body' "http://127.0.0.1:$PORT/app/echo" >"$T/post.status" &
post=$!
wait_for 'ctl status --json second && grep -Eq "\"waiting\":1" "$T/ctl.out"'
conf | sed '/^\[second\]/,/^pm.max/d' >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait "$post"
expect "with a body, of a plan without" "$(cat "$T/post.status") $(cat "$T/post")" "200 a body"
rm "$T/mark/asked"
wait "$first"
expect "let in before there was none" "$(cat "$T/held.status")" 200
hearth_stop
