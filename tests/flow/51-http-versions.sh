#!/bin/bash
# SPDX-License-Identifier: MIT
#
# HTTP/1.0 closes unless asked, HTTP/1.1 keeps unless told, and what is neither is refused.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
{ head_of_conf "keepalive_timeout = 1s"; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

for path in /file.txt /app/hello '/app/big?n=100000'; do
	raw "GET $path HTTP/1.0\r\n\r\n" >"$T/answer" || fail "$path: the connection was not closed"
	grep -aq '^HTTP/1\.[01] 200' "$T/answer" || fail "$path: $(head -n 1 "$T/answer")"
	! grep -aqi '^Transfer-Encoding' "$T/answer" || fail "$path: chunks for HTTP/1.0"
done
raw "GET /file.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /file.txt HTTP/1.0\r\n\r\n" >"$T/answer"
# Keeping it is ours to choose (RFC 9112 9.3), but then it must be said.
kept=$(grep -aci '^Connection: keep-alive' "$T/answer")
expect "answers on an HTTP/1.0 connection kept $kept times" "$(grep -ac '^HTTP/1' "$T/answer")" $((kept + 1))
raw "GET /file.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" >"$T/answer" || fail "close was not heard"
raw "GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n" >"$T/answer" || fail "keepalive_timeout did not close"

status_of()
{
	raw "$1" | sed -n '1s/^HTTP\/1\.[01] \([0-9]*\).*/\1/p'
}
expect "no Host" "$(status_of 'GET / HTTP/1.1\r\n\r\n')" 400
expect "HTTP/3.0" "$(status_of 'GET / HTTP/3.0\r\nHost: a\r\n\r\n')" 505
expect "nonsense" "$(status_of 'what is this\r\n\r\n')" 400
expect "two lengths" "$(status_of 'POST /app/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab')" 400
expect "length and chunks" "$(status_of 'POST /app/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')" 400
expect "an unknown coding" "$(status_of 'POST /app/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n')" 501
get_ok /app/hello hello
hearth_stop
