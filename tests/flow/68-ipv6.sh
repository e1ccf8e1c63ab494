#!/bin/bash
# SPDX-License-Identifier: MIT
#
# IPv6 from end to end: listeners beside those of IPv4, addresses as names and as routes, what
# scripts and the log are told, and trusted proxies.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || skip "this machine has no IPv6 (no ::1)"

script env <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
EOF
mkdir "$T/www/dir"
echo "a file" >"$T/www/file"
BOTH=$(new_port)
conf()
{
	global_section
	echo "[gateway]"
	echo "listen = 127.0.0.1:$PORT [::1]:$PORT [::]:$BOTH *:$BOTH"
	user_line www-data
	echo "document_root = $T/www"
	echo "access.log = $T/access.log"
	printf '%s\n' "$@"
	script_pool
	probe_pool six "host = [::1]"
}
# ask PATH [CURL-ARGUMENT]...: as get, of ::1.
ask()
{
	STATUS=$(curl -gsS --path-as-is --max-time 50 -o "$T/body" -D "$T/head" -w '%{http_code}' \
		"${@:2}" "http://[::1]:$PORT$1" 2>"$T/curl.err")
}
is()
{
	grep -qxF -- "$1" "$T/body" || fail "wanted $1, got: $(grep "^${1%%=*}=" "$T/body")"
}

conf >"$T/conf"
hearth_start "$T/conf"
expect_log "ready to handle connections: .*http://\[::1\]:$PORT/"

ask /file
expect_status 200
expect_body "a file"
ask /dir
expect_status 301
expect "where the directory is" "$(header Location)" "/dir/"

ask /cgi-bin/env
expect_status 200
is "REMOTE_ADDR=::1"
is "SERVER_ADDR=::1"
is "SERVER_NAME=[::1]"
is "SERVER_PORT=$PORT"
is "HTTP_HOST=[::1]:$PORT"
wait_for "grep -q '^::1 .*\"GET /cgi-bin/env HTTP/1.1\" 200 ' '$T/access.log'"

# An address is a host like others, in the field and in the target.
ask /six/hello
expect_status 200
ask /six/hello -H 'Host: [::1]'
expect_status 200
ask /six/hello -H 'Host: example.org'
expect_status 404
ask /six/hello -H 'Host: example.org' --request-target 'http://[::1]/six/hello'
expect_status 200
for host in '[::1' '::1' '[::1]x' '[::g]' '[]' '[::1]:99999'; do
	ask /file -H "Host: $host"
	expect_status 400
done

# All addresses of IPv6 and all of IPv4 are two listeners on one port, and each client keeps its
# family: none is ::ffff:127.0.0.1.
for address in '[::1]' 127.0.0.1; do
	expect "the client at $address" "$(curl -gsS "http://$address:$BOTH/cgi-bin/env" |
		sed -n 's/^REMOTE_ADDR=//p')" "$(tr -d '[]' <<<"$address")"
done

# Nobody is believed, then ::1 is.
ask /cgi-bin/env -H 'X-Forwarded-For: 2001:db8::7'
is "REMOTE_ADDR=::1"
conf "trusted_proxies = ::1 fd00::/8" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
believed()
{
	ask /cgi-bin/env -H 'X-Forwarded-For: 2001:DB8:0::7, fd00::1' && grep -qx 'REMOTE_ADDR=2001:db8::7' "$T/body"
}
wait_for believed
ask /cgi-bin/env -H 'Forwarded: for="[2001:db8::8]:4711"'
is "REMOTE_ADDR=2001:db8::8"
is "REMOTE_PORT=4711"
wait_for "grep -q '^2001:db8::8 ' '$T/access.log'"

# Only IPv6 is not IPv4 as well.
sed -i "s/ \*:$BOTH\$//" "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
only_six()
{
	! (: <>"/dev/tcp/127.0.0.1/$BOTH") 2>/dev/null
}
wait_for only_six
expect "[::]" "$(curl -gsS -o /dev/null -w '%{http_code}' "http://[::1]:$BOTH/file")" 200
