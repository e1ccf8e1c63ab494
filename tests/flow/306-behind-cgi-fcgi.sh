#!/bin/bash
# SPDX-License-Identifier: MIT
#
# cgi-fcgi in front, as the CGI script of a web server and by hand, by examples/behind-cgi-fcgi. The web
# server is this hearth itself.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
needs cgi-fcgi:libfcgi-bin

behind
scripts_of_behind
mkdir "$T/front"
moved behind-cgi-fcgi/app.cgi >"$T/front/app.cgi"
chmod 755 "$T/front/app.cgi"
{
	sed "s|^listen =\$|listen = 127.0.0.1:$PORT|" "$T/conf"
	echo "[front]"
	echo "type = cgi"
	echo "route = /"
	echo "directory = $T/front"
	user_line
	echo "pm.max_children = 50"
} >"$T/conf.front"
mv "$T/conf.front" "$T/conf"
hearth_start "$T/conf"

get "/app.cgi/env?a=b" -H 'X-Some: thing'
expect_status 200
says "SCRIPT_NAME=/app.cgi" "PATH_INFO=/env" "QUERY_STRING=a=b" "REMOTE_ADDR=127.0.0.1" "HTTP_X_SOME=thing"
serves_the_program /app.cgi
streams_answers /app.cgi

# By hand, and a script by its name.
by_hand()
{
	env "${@:2}" "$T/front/app.cgi" <"$1" >"$T/all" || fail "cgi-fcgi: $(cat "$T/all")"
}
by_hand /dev/null REQUEST_METHOD=GET SCRIPT_NAME=/hello
grep -q "hello from the probe" "$T/all" || fail "no greeting: $(cat "$T/all")"
# What the program says at its end is the exit status of cgi-fcgi.
REQUEST_METHOD=GET SCRIPT_NAME=/ends QUERY_STRING=5 "$T/front/app.cgi" </dev/null >"$T/all"
expect "the exit status" $? 5
grep -q "hello from the probe" "$T/all" || fail "no greeting: $(cat "$T/all")"
by_hand /dev/null REQUEST_METHOD=GET SCRIPT_NAME=/pool-status QUERY_STRING=json
grep -q '"pool":"app"' "$T/all" || fail "no page: $(cat "$T/all")"
by_hand "$T/sent" REQUEST_METHOD=POST SCRIPT_NAME=/echo CONTENT_LENGTH=3000000
tail -c 3000000 "$T/all" | cmp - "$T/sent" || fail "other bytes came back"
sed -i "s|app.sock|scripts.sock|" "$T/front/app.cgi"
by_hand /dev/null REQUEST_METHOD=GET SCRIPT_NAME=/x "SCRIPT_FILENAME=$T/www/cgi-bin/env/info"
grep -qx "SCRIPT_FILENAME=$T/www/cgi-bin/env" "$T/all" || fail "another script: $(cat "$T/all")"
by_hand /dev/null REQUEST_METHOD=GET SCRIPT_NAME=/x "SCRIPT_FILENAME=/bin/sh"
grep -q "^Status: 404" "$T/all" || fail "it was run: $(cat "$T/all")"
hearth_stop
