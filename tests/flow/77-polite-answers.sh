#!/bin/bash
# SPDX-License-Identifier: MIT
#
# OPTIONS says what may be done, upgrades are not taken, and Connection removes nothing of ours.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env | grep -E '^(HTTP_|REQUEST_METHOD)' | sort
END
echo "a file" >"$T/www/file.txt"
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

for target in '*' /file.txt /none; do
	raw "OPTIONS $target HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" >"$T/answer"
	grep -q '^HTTP/1.1 20[04]' "$T/answer" || fail "OPTIONS $target: $(cat "$T/answer")"
	grep -q $'^Allow: GET, HEAD, OPTIONS\r$' "$T/answer" || fail "OPTIONS $target: $(cat "$T/answer")"
done
get /cgi-bin/env -X OPTIONS
expect_body "REQUEST_METHOD=OPTIONS"

get /file.txt -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Key: x'
expect_status 200
get /file.txt -H 'Connection: Upgrade, HTTP2-Settings' -H 'Upgrade: h2c' -H 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'
expect_status 200
expect "an offer" "$(header Upgrade)" ""

get /cgi-bin/env -H 'Connection: Host, X-Mine, X-Forwarded-For, Content-Length' -H 'X-Mine: here' -H 'X-Forwarded-For: 192.0.2.1'
expect_status 200
expect_body "HTTP_X_MINE=here"
expect_body "HTTP_X_FORWARDED_FOR=192.0.2.1"
expect_body "HTTP_HOST="

# Who asks to close is heard, in any place of any case; who asks to be kept with HTTP/1.0 too.
for options in close 'CLOSE' 'x, Close' 'keep-alive, close' ',,close'; do
	raw "GET /file.txt HTTP/1.1\r\nHost: a\r\nConnection: $options\r\n\r\n" >"$T/answer" || fail "$options: not closed"
	grep -aq '^Connection: close' "$T/answer" || fail "$options: not said"
done
for options in keep-alive 'Keep-Alive' 'x, keep-alive'; do
	raw "GET /file.txt HTTP/1.0\r\nConnection: $options\r\n\r\nGET /none HTTP/1.0\r\n\r\n" >"$T/answer" || fail "$options: not closed"
	expect "$options" "$(grep -ao '^HTTP/1.1 [0-9]*\|^Connection: [a-z-]*' "$T/answer" | tr '\n' ' ')" \
		"HTTP/1.1 200 Connection: keep-alive HTTP/1.1 404 Connection: close "
done
hearth_stop
