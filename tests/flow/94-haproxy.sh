#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A real HAProxy before us: it says who its clients are by either version of the PROXY protocol, in
# health checks that it speaks for itself too, and by X-Forwarded-For.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
command -v haproxy >/dev/null || skip "haproxy is not installed: apt-get install haproxy"

script env <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
EOF
DIRECT=$PORT V1=$(new_port) V2=$(new_port) HTTP=$(new_port) PLAIN=$(new_port)
{
	global_section
	echo "[gateway]"
	echo "listen = 127.0.0.1:$DIRECT,proxy 127.0.0.1:$PLAIN"
	user_line www-data
	echo "document_root = $T/www"
	echo "trusted_proxies = 127.0.0.1"
	script_pool
} >"$T/conf"
cat >"$T/haproxy.cfg" <<END_OF_CONF
global
	stats socket $T/haproxy.sock
defaults
	timeout connect 5s
	timeout client 30s
	timeout server 30s
	timeout check 20s
listen v1
	mode tcp
	bind 127.0.0.1:$V1
	server hearth 127.0.0.1:$DIRECT send-proxy check inter 1s fall 100
listen v2
	mode tcp
	bind 127.0.0.1:$V2
	server hearth 127.0.0.1:$DIRECT send-proxy-v2 proxy-v2-options unique-id,crc32c check inter 1s fall 100
listen http
	mode http
	bind 127.0.0.1:$HTTP
	option forwardfor
	http-request set-header X-Forwarded-Proto https
	server hearth 127.0.0.1:$PLAIN
END_OF_CONF
hearth_start "$T/conf"
cp "$(command -v haproxy)" "$T/bin/haproxy"
"$T/bin/haproxy" -db -f "$T/haproxy.cfg" >"$T/haproxy.log" 2>&1 &
HAPROXY=$!

is()
{
	grep -qxF -- "$1" "$T/body" || fail "wanted $1, got: $(grep "^${1%%=*}=" "$T/body")"
}
for PORT in "$V1" "$V2"; do
	wait_for "curl -sS -o '$T/body' --interface 127.0.0.9 http://127.0.0.1:$PORT/cgi-bin/env"
	is "REMOTE_ADDR=127.0.0.9"
	is "SERVER_PORT=$PORT"
	is "REQUEST_SCHEME=http"
done
PORT=$HTTP
wait_for "curl -sS -o '$T/body' --interface 127.0.0.9 -H 'X-Forwarded-For: 192.0.2.1' http://127.0.0.1:$PORT/cgi-bin/env"
is "REMOTE_ADDR=127.0.0.9" # and not whom the client names
is "HTTPS=on"
is "SERVER_PORT=$PORT"
# A large answer and a large request through it.
head -c 3000000 /dev/zero >"$T/www/large"
PORT=$V2
get /large
expect_status 200
expect "its size" "$(stat -c %s "$T/body")" 3000000
# It has asked how we are, of either listener, and was not refused.
checked()
{
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => shift) or die;
		print $s "show stat\n"; $s->flush; print <$s>' "$T/haproxy.sock" >"$T/stat"
	[ "$(grep -cE '^v[12],hearth,.*,L4OK,' "$T/stat")" = 2 ]
}
wait_for checked
expect_no_log "a connection from"
kill -TERM "$HAPROXY"
wait_quietly "$HAPROXY"
hearth_stop
