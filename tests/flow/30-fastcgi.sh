#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A FastCGI pool answers: greeting, environment, body there and back, status, standard error, much data.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

head -c 300000 /dev/urandom >"$T/sent"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 2" "env[COLOUR] = two words"; } >"$T/conf"
hearth_start "$T/conf"

get_ok /app/hello "hello from the probe"
get '/app/env?a=b%20c' -H 'X-Some: thing'
expect_status 200
for line in "SCRIPT_NAME=/app" "PATH_INFO=/env" "QUERY_STRING=a=b%20c" "REQUEST_METHOD=GET" "HTTP_X_SOME=thing" \
	"GATEWAY_INTERFACE=CGI/1.1" "SERVER_PROTOCOL=HTTP/1.1" "REMOTE_ADDR=127.0.0.1" "REQUEST_URI=/app/env?a=b%20c"; do
	grep -qxF "$line" "$T/body" || fail "wanted $line: $(body)"
done
get /app/echo --data-binary "@$T/sent"
expect_status 200
cmp "$T/sent" "$T/body" || fail "other bytes came back"
get '/app/status?451'
expect_status 451
get_ok '/app/stderr?words-on-stderr' hello
expect_log 'pool app.*words-on-stderr'
get '/app/big?n=5000000'
expect "a big answer" "$(wc -c <"$T/body")" 5000000
get /app/hello --head
expect_status 200
get /app/nohead
expect_status 502
get_ok /app/hello hello
tr '\0' '\n' <"/proc/$(pids_of fcgi-probe | head -n 1)/environ" | grep -qx 'COLOUR=two words' || fail "env[] did not reach the worker"
hearth_stop
