#!/bin/bash
# SPDX-License-Identifier: MIT
#
# On a listener that asks for it, the PROXY protocol says who the client is; a connection that does
# not speak it is closed, with a reason in the log and without an answer. Other listeners know
# nothing of it.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
EOF
PLAIN=$(new_port)
{
	global_section
	echo "[gateway]"
	echo "listen = 127.0.0.1:$PORT,proxy 127.0.0.1:$PLAIN unix:$T/sock,proxy"
	user_line www-data
	echo "document_root = $T/www"
	echo "access.log = $T/access.log"
	echo "header_timeout = 5s"
	script_pool
} >"$T/conf"
hearth_start "$T/conf"

is()
{
	grep -qxF -- "$1" "$T/body" || fail "wanted $1, got: $(grep "^${1%%=*}=" "$T/body")"
}
lacks()
{
	! grep -q "^$1=" "$T/body" || fail "it should not have $(grep "^$1=" "$T/body")"
}
# ask HEADER: a request behind it; its answer, body and all, in $T/body.
ask()
{
	raw "$1"'GET /cgi-bin/env HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >"$T/body" || fail "no end of the answer"
}

# Half of a header has header_timeout, and no answer.
raw 'PROXY TCP4 192' >"$T/half" 2>/dev/null &
half=$!

# curl speaks version 1, with its own addresses.
get /cgi-bin/env --haproxy-protocol
expect_status 200
is "REMOTE_ADDR=127.0.0.1"
is "SERVER_PORT=$PORT"

V4='\xc0\x00\x02\x01\xcb\x00\x71\x09\x30\x39\x01\xbb'
SIGNATURE='\r\n\r\n\x00\r\nQUIT\n'
for header in 'PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\r\n' "$SIGNATURE"'\x21\x11\x00\x0c'"$V4" \
	"$SIGNATURE"'\x21\x11\x00\x12'"$V4"'\x04\x00\x03abc'; do
	ask "$header"
	is "REMOTE_ADDR=192.0.2.1"
	is "REMOTE_PORT=12345"
	is "SERVER_ADDR=203.0.113.9"
	is "SERVER_PORT=443"
	lacks HTTPS # a port says nothing of how
done
ask 'PROXY TCP6 2001:db8::1 2001:db8::2 12345 80\r\n'
is "REMOTE_ADDR=2001:db8::1"
is "SERVER_ADDR=2001:db8::2"
# A proxy that asks for itself: the connection's own ends.
for header in 'PROXY UNKNOWN\r\n' 'PROXY UNKNOWN x y z\r\n' "$SIGNATURE"'\x20\x00\x00\x00' "$SIGNATURE"'\x20\x11\x00\x0c'"$V4"; do
	ask "$header"
	is "REMOTE_ADDR=127.0.0.1"
	is "SERVER_PORT=$PORT"
done

# By a unix socket, and a connection of many requests.
curl -sS --unix-socket "$T/sock" --haproxy-protocol -o /dev/null http://a/cgi-bin/env ||
	fail "no answer on the unix socket"
raw 'PROXY TCP4 192.0.2.2 203.0.113.9 1 2\r\nGET /cgi-bin/env HTTP/1.1\r\nHost: a\r\n\r\nGET /cgi-bin/env HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >"$T/body"
expect "answers for one client" "$(grep -cx REMOTE_ADDR=192.0.2.2 "$T/body")" 2

# What is no header is no request either.
for header in '' 'PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\n' 'PROXY TCP4 192.0.2.1 203.0.113.9 12345\r\n' \
	'PROXY TCP4 192.0.2.256 203.0.113.9 12345 443\r\n' "$SIGNATURE"'\x21\x11\xff\xff' "$SIGNATURE"'\x11\x11\x00\x0c'"$V4" \
	"$SIGNATURE"'\x21\x11\x00\x04'"$V4" 'PROXY '"$(printf '%0200d' 0)"'\r\n' '\x16\x03\x01\x02\x00'; do
	expect "an answer to '$header'" "$(raw "$header"'GET /cgi-bin/env HTTP/1.1\r\nHost: a\r\n\r\n' 2>/dev/null)" ''
done
expect_log "listener 127.0.0.1:$PORT: a connection from 127.0.0.1 .*: closed"
wait $half
expect "an answer to half a header" "$(cat "$T/half")" ''
[ "$(log_count 'a connection from')" -lt 12 ] || fail "the log is flooded"

# Who listens without the word takes it for a bad request.
PORT=$PLAIN get_ok /cgi-bin/env
PORT=$PLAIN get /cgi-bin/env --haproxy-protocol
expect_status 400
PORT=$PLAIN ask 'PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\r\n'
grep -q '^HTTP/1.1 400 ' "$T/body" || fail "no 400 for a PROXY line: $(head -c 200 "$T/body")"
hearth_stop QUIT

line()
{
	grep -aqE -- "$1" "$T/access.log" || fail "no line like $1 in: $(cat "$T/access.log")"
}
line '^192\.0\.2\.1 - - \[.*"GET /cgi-bin/env HTTP/1\.1" 200 '
line '^2001:db8::1 - - '
expect "lines for refused connections" "$(grep -c '" 400 ' "$T/access.log")" 2
