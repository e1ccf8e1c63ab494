#!/bin/bash
# SPDX-License-Identifier: MIT
#
# X-Forwarded-For, X-Forwarded-Proto and Forwarded say who the client is if a trusted proxy sends
# them, and are mere header fields from anybody else.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
EOF
conf()
{
	global_section
	echo "[gateway]"
	echo "listen = 127.0.0.1:$PORT unix:$T/sock"
	user_line www-data
	echo "document_root = $T/www"
	echo "access.log = $T/access.log"
	printf '%s\n' "$@"
	script_pool
}
is()
{
	grep -qxF -- "$1" "$T/body" || fail "wanted $1, got: $(grep "^${1%%=*}=" "$T/body")"
}
lacks()
{
	! grep -q "^$1=" "$T/body" || fail "it should not have $(grep "^$1=" "$T/body")"
}
# ask FIELD...
ask()
{
	local field arguments=()
	for field in "$@"; do arguments+=(-H "$field"); done
	get /cgi-bin/env "${arguments[@]}"
	expect_status 200
}

# By default nobody is trusted.
conf >"$T/conf"
hearth_start "$T/conf"
nobody_believes()
{
	is "REMOTE_ADDR=127.0.0.1"
	is "REQUEST_SCHEME=http"
	is "SERVER_PORT=$PORT"
	lacks HTTPS
}
ask 'X-Forwarded-For: 192.0.2.1' 'X-Forwarded-Proto: https'
nobody_believes
grep -q '^REMOTE_PORT=[0-9]' "$T/body" || fail "no REMOTE_PORT"
is "HTTP_X_FORWARDED_FOR=192.0.2.1"
is "HTTP_X_FORWARDED_PROTO=https"
ask 'Forwarded: for=192.0.2.1;proto=https'
nobody_believes
is "HTTP_FORWARDED=for=192.0.2.1;proto=https"

# Nor is who is not in the list.
conf "trusted_proxies = 10.0.0.0/8 ::1 unix" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
ask 'X-Forwarded-For: 192.0.2.1, 10.0.0.1' 'X-Forwarded-Proto: https'
nobody_believes
# A unix socket was named.
curl -sS --unix-socket "$T/sock" -o "$T/body" -H 'X-Forwarded-For: 192.0.2.1, 10.0.0.1' http://a/cgi-bin/env
is "REMOTE_ADDR=192.0.2.1"

conf "trusted_proxies = 127.0.0.0/8 2001:db8:1::/48" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
ask 'X-Forwarded-For: 198.51.100.9, 192.0.2.1, 2001:db8:1::7' 'X-Forwarded-Proto: https'
is "REMOTE_ADDR=192.0.2.1"
is "REMOTE_HOST=192.0.2.1"
lacks REMOTE_PORT
is "HTTPS=on"
is "REQUEST_SCHEME=https"
is "SERVER_PORT=$PORT" # that of Host
is "HTTP_X_FORWARDED_FOR=198.51.100.9, 192.0.2.1, 2001:db8:1::7"
ask 'Host: example.test' 'X-Forwarded-Proto: https'
is "REMOTE_ADDR=127.0.0.1"
is "SERVER_PORT=443"
ask 'Forwarded: for="[2001:db8::9]:4711";proto=https, for=127.0.0.2;proto=http'
is "REMOTE_ADDR=2001:db8::9"
is "REMOTE_PORT=4711"
is "HTTPS=on"
ask 'X-Forwarded-For: 198.51.100.9' 'X-Forwarded-For: 192.0.2.3'
is "REMOTE_ADDR=192.0.2.3"
# One that proxies set, and one that clients do.
ask 'X-Forwarded-For: 192.0.2.4' 'Forwarded: for=198.51.100.9;proto=https'
is "REMOTE_ADDR=192.0.2.4"
lacks HTTPS
# Nonsense leaves us with the proxy; Connection drops nothing (Apache CVE-2022-31813).
ask 'X-Forwarded-For: 192.0.2.1, evil'
is "REMOTE_ADDR=127.0.0.1"
ask 'Connection: X-Forwarded-For, X-Forwarded-Proto, keep-alive' 'X-Forwarded-For: 192.0.2.5' 'X-Forwarded-Proto: https'
is "REMOTE_ADDR=192.0.2.5"
is "HTTPS=on"
# An underscore is no dash.
ask 'X_Forwarded_For: 192.0.2.6' 'HTTPS: on'
is "REMOTE_ADDR=127.0.0.1"
lacks HTTPS
# What was said of one request is not said of the next one of its connection.
raw 'GET /cgi-bin/env HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\nGET /cgi-bin/env HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >"$T/body"
expect "two clients on one connection" "$(grep -aE '^(REMOTE_ADDR|HTTPS)=' "$T/body" | sort | tr '\n' ' ')" \
	"HTTPS=on REMOTE_ADDR=127.0.0.1 REMOTE_ADDR=192.0.2.7 "
get /nowhere -H 'X-Forwarded-For: 192.0.2.8'
raw 'GET /early HTTP/1.1\r\nHost: a\r\nExpect: nonsense\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n' >/dev/null
hearth_stop QUIT

line()
{
	grep -aqE -- "$1" "$T/access.log" || fail "no line like $1 in: $(cat "$T/access.log")"
}
line '^192\.0\.2\.1 - - .* 200 '
line '^2001:db8::9 - - .* 200 '
line '^192\.0\.2\.8 - - .*"GET /nowhere HTTP/1\.1" 404 '
line '^192\.0\.2\.9 - - .*"GET /early HTTP/1\.1" 417 '
