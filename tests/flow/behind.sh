#!/bin/bash
# SPDX-License-Identifier: MIT
#
# For tests of the web servers before a pool's FastCGI listener, sourced behind lib.sh: starts the files of
# examples/behind-*/ as they are, but for ports, places and users, and asks the same of each of them.

. "$(dirname "${BASH_SOURCE[0]}")/real.sh"
PATH=$PATH:/usr/sbin
FRONT=''
trap 'STATUS=$?; [ -z "$FRONT" ] || { kill "$FRONT"; wait_quietly "$FRONT"; } 2>/dev/null; (exit $STATUS); at_exit' EXIT

# moved FILE [SED-ARGUMENT]...: a file of examples/ in this test's place.
moved()
{
	example "$1" -e "s|/srv/www|$T/www|g; s|/run/hearth/|$T/run/|g" "${@:2}"
}

# behind [SED-ARGUMENT]...: hearth's configuration, with the probe as the program.
behind()
{
	moved behind/hearth.conf -e "s|^command = .*|command = $T/bin/fcgi-probe|" \
		-e 's|^listen.group = .*|listen.mode = 0666|' \
		-e "s|^listen =\$|&\naccess.log = $T/access\naccess.format = \"%s %R %{REQUEST_METHOD}e %r\"|" "$@" >"$T/conf"
}

# front PROGRAM [ARGUMENT]...: the web server, as a process of this test; $FRONT is its pid.
front()
{
	cp "$(command -v "$1")" "$T/bin/" || fail "no $1"
	"$T/bin/${1##*/}" "${@:2}" >>"$T/front.out" 2>&1 </dev/null &
	FRONT=$!
}

front_stop()
{
	kill -TERM "$FRONT"
	wait_quietly "$FRONT"
	FRONT=
}

answers()
{
	get "$1"
	[[ $STATUS =~ ^${2:-200}$ ]]
}

# Before hearth is there, and when it is again.
starts_before_hearth()
{
	poll_for "answers /hello '50[234]'" 30 || fail "without hearth: $STATUS $(cat "$T/front.out")"
	hearth_start "$T/conf"
	wait_for "answers /hello" 30
}

hearth_comes_back()
{
	kill -TERM "$MANAGER"
	wait_quietly "$MANAGER"
	get /hello
	[[ $STATUS == 50[234] ]] || fail "without hearth: $STATUS"
	hearth_start "$T/conf"
	wait_for "answers /hello" 30
	get_ok /cgi-bin/env
}

# says LINE...: each is a line of the last answer.
says()
{
	local line
	for line in "$@"; do
		grep -qxF -- "$line" "$T/body" || fail "wanted $line, got: $(grep "^${line%%=*}=" "$T/body")"
	done
}

scripts_of_behind()
{
	script env <<'END'
#!/bin/sh
echo "words on stderr" >&2
printf 'Content-Type: text/plain\n\n'
env
END
	script echo <<'END'
#!/bin/sh
printf 'Content-Type: application/octet-stream\n\n'
exec cat
END
	script status <<'END'
#!/bin/sh
printf 'Status: 451 Probed\nContent-Type: text/plain\n\nnot for you\n'
END
	script nohead <<'END'
#!/bin/sh
echo "these are words and not a header field"
END
	script forever <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
: >"$QUERY_STRING"
while head -c 20000 /dev/zero && sleep 0.02; do :; done
END
	head -c 3000000 /dev/urandom >"$T/sent"
}

# ---- what is asked of each --------------------------------------------------------------------

# Methods, bodies and statuses, below a prefix of the path.
serves_the_program()
{
	local at=${1:-}
	get_ok "$at/hello" "hello from the probe"
	get "$at/echo" --data-binary "@$T/sent"
	expect_status 200
	cmp "$T/sent" "$T/body" || fail "other bytes came back"
	get "$at/echo" -H 'Transfer-Encoding: chunked' --data-binary "a few bytes"
	expect "a body without a length" "$(body)" "a few bytes"
	get "$at/echo" -H 'Transfer-Encoding: chunked' --data-binary "@$T/sent"
	expect_status "${CHUNKED:-200}"
	[ "${CHUNKED:-200}" != 200 ] || cmp "$T/sent" "$T/body" || fail "other bytes came back of a body without a length"
	get "$at/big?n=5000000"
	expect "a big answer" "$(wc -c <"$T/body")" 5000000
	get "$at/hello" --head
	expect_status 200
	get "$at/none"
	expect_status 404
	expect_body "no such deed"
	get "$at/status?451"
	expect_status 451
	get "$at/nohead"
	expect_status 502
	get "$at/crash"
	expect_status 502
	burst "${AT_ONCE:-40}" "$at/pid"
	expect "at once" "$(burst_count 200)" "${AT_ONCE:-40}"
}

# expect_env LINE...: the parameters that every front sends, and these.
expect_env()
{
	get "/env?a=b&c=%20d" -H 'X-Some: thing' -H 'Proxy: http://evil/'
	expect_status 200
	says "REQUEST_METHOD=GET" "QUERY_STRING=a=b&c=%20d" "REMOTE_ADDR=127.0.0.1" "SERVER_PROTOCOL=HTTP/1.1" \
		"SERVER_PORT=$PORT" "HTTP_X_SOME=thing" "$@"
	! grep '^HTTP_PROXY' "$T/body" || fail "HTTP_PROXY came through"
}

# expect_script_env LINE...
expect_script_env()
{
	get "/cgi-bin/env/extra/info?x=y"
	expect_status 200
	says "SCRIPT_NAME=/cgi-bin/env" "PATH_INFO=/extra/info" "QUERY_STRING=x=y" "REQUEST_METHOD=GET" \
		"REMOTE_ADDR=127.0.0.1" "GATEWAY_INTERFACE=CGI/1.1" "$@"
	expect_log 'pool scripts. .*words on stderr'
}

serves_scripts()
{
	get "/cgi-bin/echo" --data-binary "@$T/sent"
	expect_status 200
	cmp "$T/sent" "$T/body" || fail "other bytes came back from a script"
	get /cgi-bin/status
	expect_status 451
	get /cgi-bin/nohead
	expect_status 502
	get /cgi-bin/none
	expect_status 404
	burst 20 /cgi-bin/env
	expect "scripts at once" "$(burst_count 200)" 20
}

# Each event comes though the next has not happened.
streams_answers()
{
	local i
	rm -f "$T"/mark/events*
	: >"$T/events"
	curl -sSN --max-time 50 "http://127.0.0.1:$PORT${1:-}/events?$T/mark/events" >"$T/events" &
	HELD=$!
	for i in 1 2 3 4 5; do
		wait_for "grep -qx 'data: $i' '$T/events'" 20
		touch "$T/mark/events.$i"
	done
	wait "$HELD" || fail "the streamed answer was broken off"
}

# Whoever leaves is noticed though there is nothing to be said to them.
notices_who_leaves()
{
	local before
	before=$(grep -c '^499 ' "$T/access")
	hold_worker "${1:-app}"
	kill "$HELD"
	wait_quietly "$HELD"
	wait_for "[ \$(grep -c '^499 ' '$T/access') -gt $before ]"
	release_worker
}

# A script that has much to say, and nobody who listens: it is ended.
ends_scripts_of_who_leaves()
{
	hold "/cgi-bin/forever?$T/mark/forever"
	wait_for '[ -e "$T/mark/forever" ] && scripts_run'
	kill "$HELD"
	wait_quietly "$HELD"
	wait_for '! scripts_run' 20
}

# So many connections lead to the program's socket.
connections()
{
	awk -v path="$T/run/app.sock" '$8 == path && $6 == "03"' /proc/net/unix | wc -l
}

keeps_connections()
{
	wait_for '[ "$(connections)" -gt 0 ]'
}

keeps_no_connections()
{
	wait_for '[ "$(connections)" -eq 0 ]'
}

page_is_there()
{
	get_ok "/pool-status?json"
	expect_body '"pool":"app"'
}

# While hearth is told to read its configuration again and again, nobody is turned away.
loses_nothing_in_reloads()
{
	local load i
	burst 200 "/slow?ms=20" --parallel-max 20 &
	load=$!
	for i in 1 2 3; do
		ctl reload || fail "reload: $(cat "$T/ctl.err")"
	done
	wait "$load"
	expect "answers while hearth is reloaded" "$(burst_count 200)" 200
}

# A pool whose line is full, and scripts that lie elsewhere: the configuration is not the same afterwards.
refuses()
{
	sed -i -e "s|^pm.max_children = 4|pm.max_children = 1\npm.max_queue = 1|" \
		-e "s|^directory = .*|directory = $T/elsewhere|" "$T/conf"
	mkdir -p "$T/elsewhere"
	ctl reload || fail "reload: $(cat "$T/ctl.err")"
	get /cgi-bin/env
	expect_status 404
	expect_log 'SCRIPT_FILENAME is ".*www/cgi-bin/env": that is no path below'
	hold_worker app
	curl -s --max-time 50 -o /dev/null "http://127.0.0.1:$PORT/hello" &
	QUEUED=$!
	wait_for "get '/pool-status?json'; grep -q '\"listen queue\":1,' '$T/body'"
	get /hello
	expect_status 503
	release_worker
	expect_held "who was in a worker" "${OTHERS:-200}"
	wait "$QUEUED"
}

# All of it, to its end, by a front that has a connection for each request.
connects_for_each_request()
{
	serves_the_program
	expect_script_env
	serves_scripts
	streams_answers
	ends_scripts_of_who_leaves
	keeps_no_connections
	page_is_there
	loses_nothing_in_reloads
	hearth_comes_back
	refuses
	front_stop
	hearth_stop
}
