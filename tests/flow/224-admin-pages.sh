#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who may read what lies below admin_path, and what others get: what they would get without it.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

conf()
{
	global_section
	echo "[gateway]"
	echo "listen = 127.0.0.1:$PORT unix:$T/sock"
	user_line www-data
	echo "document_root = $T/www"
	echo "access.log = $T/access.log"
	printf '%s\n' "$@"
	probe_pool app "pm = ondemand"
}
mkdir -p "$T/www/hearth"
echo "a file" >"$T/www/hearth/ready"
chmod -R a+rX "$T/www"
seen()
{
	get "/hearth/$1" "${@:2}"
	expect_status 200
	expect_body "$1"
}
unseen()
{
	get "/hearth/$1" "${@:2}"
	expect_status 404
}

conf >"$T/conf"
hearth_start "$T/conf"
seen live
expect "live" "$(body)" live
seen ready
expect "ready" "$(body)" ready
get /hearth/status
/usr/bin/python3 -m json.tool <"$T/body" >/dev/null || fail "no JSON: $(body)"
expect_body '"name":"app"'
expect "Cache-Control" "$(header Cache-Control)" no-store
get /hearth/metrics -I
expect_status 200
[ "$(header Content-Length)" -gt 1000 ] || fail "a HEAD without the length"
get /hearth/live -X POST -d x
expect_status 405
unseen nothing
unseen live/
unseen ""
get /hearth
expect "of the directory" "$STATUS" 301
# What came through a proxy that nobody trusts is from anybody.
unseen live -H 'Via: 1.1 somebody'
unseen live -H 'X-Forwarded-For: 127.0.0.1'
unseen metrics -H 'Forwarded: for=127.0.0.1'
get /hearth/ready -H 'X-Forwarded-For: 127.0.0.1'
expect "the file of that name" "$(body)" "a file"
# By a unix socket: not unless it is named.
expect "by a unix socket" "$(curl -sS --unix-socket "$T/sock" -o /dev/null -w '%{http_code}' http://a/hearth/live)" 404
expect "workers for all that" "$(count_of fcgi-probe)" 0

conf "admin_allow = unix 192.0.2.0/24" "trusted_proxies = 127.0.0.0/8" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
unseen live
get /hearth/ready
expect "the file of that name" "$(body)" "a file"
expect "by a unix socket" "$(curl -sS --unix-socket "$T/sock" http://a/hearth/live)" live
seen live -H 'X-Forwarded-For: 192.0.2.9' -H 'Via: 1.1 ours'
unseen live -H 'X-Forwarded-For: 198.51.100.9'

# A proxy that we trust, on this machine: who does not come out as a client of ours has not come
# from here, only because the proxy has.
conf "trusted_proxies = 127.0.0.0/8" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
seen live
seen live -H 'X-Forwarded-For: 127.0.0.1'
seen live -H 'Forwarded: for=127.0.0.1'
seen live -H 'X-Forwarded-For: 127.0.0.1' -H 'Forwarded: for="127.0.0.1:80"'
unseen live -H 'X-Forwarded-For: 198.51.100.9'
unseen live -H 'X-Forwarded-For: 198.51.100.9, unix:'
unseen live -H 'X-Forwarded-For: unknown'
unseen live -H 'Forwarded: for=_hidden;proto=https'
unseen live -H 'Forwarded: proto=https'
unseen live -H 'Via: 1.1 ours'
unseen live -H 'X-Real-IP: 198.51.100.9'
unseen live -H 'X-Forwarded-Proto: https'
# One of them is the client's own invention.
unseen live -H 'X-Forwarded-For: 127.0.0.1' -H 'Forwarded: for=198.51.100.9'
unseen live -H 'Forwarded: for=127.0.0.1' -H 'X-Forwarded-For: 198.51.100.9'

conf "admin_path = /a/b" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
unseen live
get_ok /a/b/live live
get_ok /a//b/./live live

conf "admin_path = none" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
unseen live
get /a/b/live
expect_status 404
hearth_stop
wait_for 'grep -aq "\"GET /hearth/live HTTP/1.1\" 200" "$T/access.log"'
