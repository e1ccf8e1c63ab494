#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An authorizer that runs elsewhere, in an external pool, before one that does too: asked in its role
# through another FastCGI listener, and of no use to anybody while it is away.
# variants: plain
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	echo "[app]"
	printf '%s\n' "type = external" "backend = unix:$T/app.sock" "route = /app/" "authorizer = login"
	echo "[login]"
	printf '%s\n' "type = external" "backend = unix:$T/login.sock"
	for name in app login; do
		echo "[the-$name]"
		printf '%s\n' "command = $T/bin/fcgi-probe" "listen = $T/$name.sock" "listen.mode = 0666"
		user_line
	done
} >"$T/conf"
hearth_start "$T/conf"

get /app/env -H 'X-Ask: yes' -H 'X-From: nobody'
expect_status 200
for line in REMOTE_USER=alice 'HTTP_X_FROM=the authorizer' FCGI_ROLE=RESPONDER; do
	grep -qxF "$line" "$T/body" || fail "no $line: $(body)"
done
get /app/echo -H 'X-Ask: yes' -d 'a body'
expect "the body" "$STATUS $(body)" "200 a body"
get /app/echo -H 'X-Ask: env' -d 'a body'
expect_status 403
expect_body FCGI_ROLE=AUTHORIZER
get /app/hello
expect "the question" "$STATUS $(body)" "401 who are you?"
burst 20 /app/hello -H 'X-Ask: yes'
expect "at once" "$(burst_count 200)" 20

sed '/^\[the-login\]/,$d' "$T/conf" >"$T/conf.new"
mv "$T/conf.new" "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /app/hello -H "X-Ask: yes"; [ "$STATUS" = 503 ] || [ "$STATUS" = 502 ]'
hearth_stop
