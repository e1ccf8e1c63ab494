#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What each program of examples/programs is asked, through hearth's HTTP front and through nginx, which
# reaches it by its pool's socket. Sourced behind lib.sh; the files are those of the example, with this
# test's places and ports.

PATH=$PATH:/usr/sbin
HEARTH_PORT=$PORT
NGINX=''
head -c 5000000 /dev/urandom >"$T/large"
head -c 200000 "$T/large" >"$T/small"

# program POOL PATH: starts hearth with this pool and nginx before it; the program is below PATH.
program()
{
	POOL=$1 AT=$2
	NGINX_PORT=$(new_port)
	BUILD=$BUILD PORT=$HEARTH_PORT NGINX_PORT=$NGINX_PORT "$ROOT/examples/programs/run" --prepare "$T" "$POOL" || fail "run --prepare"
	hearth_start "$T/hearth.conf"
	if command -v nginx >/dev/null; then
		start_nginx
	fi
}

start_nginx()
{
	local each places=''
	mkdir -m 777 "$T/nginx"
	for each in client_body fastcgi proxy uwsgi scgi; do places="$places ${each}_temp_path $T/nginx/$each;"; done
	sed -i "s|^http {|daemon off; error_log $T/nginx/error.log;\n&\n$places|" "$T/nginx.conf"
	cp "$(command -v nginx)" "$T/bin/nginx"
	"$T/bin/nginx" -c "$T/nginx.conf" -e "$T/nginx/error.log" &
	NGINX=$!
	wait_for "curl -s -o /dev/null http://127.0.0.1:$NGINX_PORT/"
}

# by_each_way FUNCTION [ARGUMENT]...: with $PORT and $WAY.
by_each_way()
{
	WAY="by HTTP" PORT=$HEARTH_PORT
	"$@"
	[ -n "$NGINX" ] || return 0
	WAY="behind nginx" PORT=$NGINX_PORT
	"$@"
	PORT=$HEARTH_PORT
}

says_hello()
{
	local i
	for i in 1 2 3; do
		get_ok "$AT/hello" "Hello from $1, process "
	done
	get "$AT/nothing"
	expect_status 404
}

# Of what is told, what both ways have in common; as $T/env.http and $T/env.nginx.
#
# They differ in what the front decides: in ports and in who the server is; the id is each request's own; nginx
# also sends what is empty, and hearth does not; DOCUMENT_URI is nginx's alone, REMOTE_HOST and PATH_TRANSLATED
# hearth's. What the programs' own libraries add does not count, nor what PHP has of its process's environment.
told()
{
	get "$AT/env?a=b%20c&d=%26" -H 'X-Some-Thing: one, two' -H 'Cookie: a=b; c=d' -A tester -H "Host: site.example"
	expect_status 200
	grep -Ev '^(SERVER_(NAME|PORT|SOFTWARE)|REMOTE_(PORT|HOST)|DOCUMENT_URI|PATH_TRANSLATED)=|^[A-Z_]*=$' "$T/body" |
		grep -Ev '^(REQUEST_ID=[0-9a-f]{16}$|FCGI_ROLE=RESPONDER$|PHP_SELF=|(HOME|PATH|USER|PHP_FCGI_MAX_REQUESTS|[ATU]B?SAN_OPTIONS)=)' >"$T/env.${WAY##* }"
}

# environment [WITHOUT]: WITHOUT is an expression for the names that the program's library does not hand on.
environment()
{
	by_each_way told
	cat >"$T/env.wanted" <<-END
		DOCUMENT_ROOT=$T/programs/www
		GATEWAY_INTERFACE=CGI/1.1
		HTTP_ACCEPT=*/*
		HTTP_COOKIE=a=b; c=d
		HTTP_HOST=site.example
		HTTP_USER_AGENT=tester
		HTTP_X_SOME_THING=one, two
		PATH_INFO=/env
		QUERY_STRING=a=b%20c&d=%26
		REDIRECT_STATUS=200
		REMOTE_ADDR=127.0.0.1
		REQUEST_METHOD=GET
		REQUEST_SCHEME=http
		REQUEST_URI=$AT/env?a=b%20c&d=%26
		SCRIPT_FILENAME=$T/programs/www$AT
		SCRIPT_NAME=$AT
		SERVER_ADDR=127.0.0.1
		SERVER_PROTOCOL=HTTP/1.1
	END
	[ $# -eq 0 ] || sed -Ei "/^($1)=/d" "$T/env.wanted"
	diff "$T/env.wanted" "$T/env.HTTP" || fail "by HTTP it is told something else"
	[ -z "$NGINX" ] || diff "$T/env.wanted" "$T/env.nginx" || fail "behind nginx it is told something else"
}

echoes()
{
	local i
	get "$AT/echo" --data-binary "@$T/large" -H 'Expect:'
	expect_status 200
	cmp "$T/large" "$T/body" || fail "$WAY: other bytes came back"
	burst 10 "$AT/echo" --data-binary "@$T/small" -H 'Expect:'
	expect "$WAY: echoes at once" "$(burst_count 200)" 10
	for i in {1..10}; do
		cmp "$T/small" "$T/burst.$i" || fail "$WAY: other bytes came back in answer $i"
	done
}

# at_once N: as many slow requests are in one process together, which is where pm.concurrency matters. How
# soon they come is the machine's: they are given more time if they were too late.
at_once()
{
	local ms
	for ms in 200 1000 3000; do
		burst "$1" "$AT/slow?ms=$ms"
		expect "$WAY: slow answers" "$(burst_count 200)" "$1"
		cat "$T"/burst.* >"$T/slow"
		! grep -qx "$ms ms, $1 at once" "$T/slow" || return 0
	done
	fail "$WAY: $(cat "$T/slow")"
}

# What it says is in the log, once, under its pool and process, and under its request if FastCGI has carried it.
speaks()
{
	local before line="\\[pool $POOL\\] child [0-9]+${2-, request [0-9a-f]{16\}} said into stderr: \"${1//+/\\+} has something to say\""
	before=$(log_count "$line")
	get_ok "$AT/say" said
	wait_for "[ \$(log_count '$line') -gt $before ]"
	expect "$WAY: lines in the log" "$(log_count "$line")" $((before + 1))
}

# crashes [alone]: it kills itself. That client gets 502, the process is buried, and the next request has another.
# Who is served by another process meanwhile notices nothing. (php-cgi leaves the end of the body unread, by which
# hearth knows that the request may not have been read: a GET then goes to two others, and they die too.)
crashes()
{
	local buried="\\[pool $POOL\\] child [0-9]+ exited on signal 9" before
	before=$(log_count "$buried")
	[ "${1:-}" = alone ] || hold "$AT/slow?ms=400"
	get "$AT/crash"
	expect_status 502
	wait_for "[ \$(log_count '$buried') -gt $before ]"
	[ "${1:-}" = alone ] || expect_held "$WAY: the other client" 200
	get_ok "$AT/hello" "Hello from"
}

# The last command of a test.
programs_end()
{
	[ -z "$NGINX" ] || { kill "$NGINX"; wait_quietly "$NGINX"; }
	hearth_stop
	[ -n "$NGINX" ] || skip "all but what is behind nginx, which is not installed"
}
