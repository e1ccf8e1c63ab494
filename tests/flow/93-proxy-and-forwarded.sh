#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whom the PROXY protocol names is the peer: whether it may name another is a matter of who it is,
# not of who has told us. And `hearth serve -l` knows the word.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
EOF
{
	global_section
	echo "[gateway]"
	echo "listen = 127.0.0.1:$PORT,proxy"
	user_line www-data
	echo "document_root = $T/www"
	echo "trusted_proxies = 10.0.0.0/8 unix"
	script_pool
} >"$T/conf"
hearth_start "$T/conf"

# client HEADER FORWARDED WANTED
client()
{
	raw "$1"'GET /cgi-bin/env HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: '"$2"'\r\n\r\n' >"$T/body"
	expect "client of $1 for $2" "$(sed -n 's/^REMOTE_ADDR=//p' "$T/body")" "$3"
}
client 'PROXY TCP4 10.1.2.3 203.0.113.9 1 80\r\n' 192.0.2.1 192.0.2.1
client 'PROXY TCP4 192.0.2.9 203.0.113.9 1 80\r\n' 192.0.2.1 192.0.2.9
client 'PROXY TCP6 ::ffff:10.1.2.3 2001:db8::1 1 80\r\n' 192.0.2.1 192.0.2.1
client 'PROXY UNKNOWN\r\n' 192.0.2.1 127.0.0.1
client '\r\n\r\n\x00\r\nQUIT\n\x21\x31\x00\xd8'"$(printf '\\x00%.0s' {1..216})" 192.0.2.1 127.0.0.1

# Connections that say nothing, or half: others are served, and nothing stays behind.
for i in {1..300}; do
	exec {s}<>"/dev/tcp/127.0.0.1/$PORT"
	[ $((i % 2)) -eq 0 ] || printf 'PROXY TCP4 192' >&"$s"
	held[i]=$s
done
client 'PROXY TCP4 192.0.2.9 203.0.113.9 1 80\r\n' 192.0.2.1 192.0.2.9
for s in "${held[@]}"; do exec {s}>&-; done
client 'PROXY TCP4 192.0.2.9 203.0.113.9 1 80\r\n' 192.0.2.1 192.0.2.9
# A stop does not wait for them.
exec {s}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'PROXY TCP4 192' >&"$s"
hearth_stop QUIT
exec {s}>&-

serve "$T/www" -l "127.0.0.1:$PORT,proxy"
wait_for 'grep -q "serving .* at 127.0.0.1:$PORT,proxy" "$T/stdout"'
client 'PROXY TCP4 192.0.2.9 203.0.113.9 1 80\r\n' 192.0.2.1 192.0.2.9
hearth_stop INT
expect "serve with a wrong word" "$("$T/bin/hearth" serve "$T/www" -l "127.0.0.1:$PORT,other" 2>&1 | grep -c ',other')" 1
