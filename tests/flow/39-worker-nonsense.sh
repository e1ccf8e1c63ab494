#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that speaks nonsense: 502, it is killed and replaced, and half an answer is never a whole one.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

get_ok /app/pid
bad=$(cut -d' ' -f1 "$T/body")
get /app/garbage
expect_status 502
wait_for "! kill -0 $bad"
get_ok /app/pid
[ "$(cut -d' ' -f1 "$T/body")" != "$bad" ] || fail "the worker is still there"
expect_log "child $bad"

get /app/half
[ "$STATUS" = 502 ] || grep -qi 'transfer closed\|reset\|end of\|outstanding' "$T/curl.err" || fail "half an answer passed for a whole one: $STATUS"
get_ok /app/hello hello

# What is no response is 502 and the worker serves on, also if the same client has sent more, which
# is read as soon as it has its answer: nothing of that is taken for the worker's.
get_ok /app/pid
worker=$(body | cut -d' ' -f1)
for size in 100 70000 300000; do
	{
		printf 'GET /app/nohead HTTP/1.1\r\nHost: a\r\n\r\n'
		printf 'POST /app/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %s\r\n\r\n' $size
		head -c $size /dev/zero | tr '\0' x
	} >"$T/sent"
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	cat "$T/sent" >&"$S" &
	timeout 40 cat <&"$S" >"$T/got"
	exec {S}>&-
	wait $!
	expect "answers" "$(grep -ao '^HTTP/1.1 [0-9]*' "$T/got" | tr '\n' ' ')" "HTTP/1.1 502 HTTP/1.1 200 "
	expect "the body" "$(grep -ao 'xx*' "$T/got" | awk 'length > 9' | tr -cd x | wc -c)" $size
done
get_ok /app/pid
expect "the worker" "$(body | cut -d' ' -f1)" "$worker"
hearth_stop
