#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Requests sent in one piece are answered in order, whichever worker is faster.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
{ head_of_conf "keepalive_timeout = 1s"; probe_pool app "pm = static" "pm.max_children = 2"; } >"$T/conf"
hearth_start "$T/conf"

host='Host: a.test\r\n'
raw "GET /app/slow?ms=300 HTTP/1.1\r\n$host\r\nGET /file.txt HTTP/1.1\r\n$host\r\nPOST /app/echo HTTP/1.1\r\n${host}Content-Length: 4\r\n\r\nbodyGET /nowhere HTTP/1.1\r\n${host}Connection: close\r\n\r\n" >"$T/answer"
expect "the order" "$(tr -d '\r' <"$T/answer" | sed -n 's/^.*HTTP\/1.1 \([0-9]*\).*/\1/p' | tr '\n' ' ')" "200 200 200 404 "
tr '\r\n' '  ' <"$T/answer" | grep -qE '[0-9]+ 1 .*a file.*body.*404' || fail "in this order: $(cat "$T/answer")"

# Files are answered at once, without going through the loop: the next request must not be forgotten.
for _ in {1..5}; do
	raw "GET /file.txt HTTP/1.1\r\n$host\r\nGET /file.txt HTTP/1.1\r\n$host\r\nGET /app/hello HTTP/1.1\r\n${host}Connection: close\r\n\r\n" >"$T/answer" ||
		fail "after a file the connection hangs: $(cat "$T/answer")"
	expect "answers" "$(grep -ac '^HTTP/1.1 200' "$T/answer")" 3
done

# A connection that stays idle after such a batch is closed in its time.
raw "GET /file.txt HTTP/1.1\r\n$host\r\nGET /nowhere HTTP/1.1\r\n$host\r\n" >"$T/answer" || fail "keepalive_timeout did not close"
hearth_stop
