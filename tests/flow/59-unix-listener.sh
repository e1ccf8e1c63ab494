#!/bin/bash
# SPDX-License-Identifier: MIT
#
# HTTP on a unix socket: files, scripts and kept connections as elsewhere, for clients that have no
# address and are counted nowhere. The socket is taken over from who left it behind, outlives a
# reload, and goes with the daemon.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
EOF
echo "a file" >"$T/www/file"
mkdir -m 755 "$T/sockets"
conf()
{
	global_section
	echo "[gateway]"
	echo "listen = unix:$T/sockets/web"
	user_line www-data
	echo "document_root = $T/www"
	echo "access.log = $T/access.log"
	echo "max_client_connections = 1"
	printf '%s\n' "$@"
	script_pool
}
# ask PATH [CURL-ARGUMENT]...: as get, through the socket.
ask()
{
	STATUS=$(curl -sS --max-time 50 --unix-socket "$T/sockets/web" -o "$T/body" -D "$T/head" \
		-w '%{http_code}' "${@:2}" "http://here.example$1" 2>"$T/curl.err")
}
is()
{
	grep -qxF -- "$1" "$T/body" || fail "wanted $1, got: $(grep "^${1%%=*}=" "$T/body")"
}
logged()
{
	wait_for "grep -qE '$1' '$T/access.log'"
}

# What a daemon that was killed leaves behind is in nobody's way.
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => shift, Listen => 1) or die' "$T/sockets/web" ||
	skip "perl cannot make sockets"
[ -S "$T/sockets/web" ] || fail "no socket to take over"
conf >"$T/conf"
hearth_start "$T/conf"
expect_log 'ready to handle connections: unix:'

ask /file
expect_status 200
expect_body "a file"
ask /file -r 2-5
expect_status 206
expect "bytes 2 to 5" "$(body)" "file"
ask /missing
expect_status 404
logged '^unix: .*"GET /missing HTTP/1.1" 404 '

# CGI knows no client without an address (RFC 3875 4.1.8): it is this machine.
ask /cgi-bin/env
expect_status 200
is "REMOTE_ADDR=127.0.0.1"
is "SERVER_NAME=here.example"
is "SERVER_PORT=80"
! grep -E '^(REMOTE_PORT|SERVER_ADDR)=' "$T/body" || fail "a unix socket has no such thing"
ask /cgi-bin/env -X POST -T "$T/www/file" -H 'Transfer-Encoding: chunked'
expect_status 200
is "CONTENT_LENGTH=7"

# One connection serves several requests; ten at once are not too many for one client.
expect "requests of one connection" "$(curl -sS --unix-socket "$T/sockets/web" -o /dev/null -o /dev/null \
	-w '%{http_code} %{num_connects} ' http://here.example/file http://here.example/file)" "200 1 200 0 "
expect "ten at once" "$(curl -sS -Z --parallel-immediate --parallel-max 10 --unix-socket "$T/sockets/web" \
	-o /dev/null -w '%{http_code}\n' "http://here.example/file?[1-10]" 2>/dev/null | sort | uniq -c | xargs)" "10 200"

conf "autoindex = yes" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'ask / && [ "$STATUS" = 200 ]'
expect_body 'href="file"'

hearth_stop
[ ! -e "$T/sockets/web" ] || fail "the socket is still there"
