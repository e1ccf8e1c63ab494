#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A site whose URLs are all answered by one script of PHP, by HTTP alone: what no route claims and no
# file answers is served as the path that fallback names, and nothing else is.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs php-cgi:php-cgi

cat >"$T/www/index.php" <<'EOF'
<?php
header('Content-Type: text/plain');
foreach (['REQUEST_METHOD', 'SCRIPT_NAME', 'SCRIPT_FILENAME', 'PATH_INFO', 'PHP_SELF', 'REQUEST_URI', 'QUERY_STRING'] as $name)
	echo "$name=", $_SERVER[$name] ?? '(none)', "\n";
echo 'body=', md5(file_get_contents('php://input')), "\n";
EOF
echo 'a style' >"$T/www/site.css"
echo 'secret' >"$T/www/.env"
echo 'the page' >"$T/www/app.html"
mkdir -p "$T/www/docs" "$T/www/bare" "$T/www/.git"
echo 'of docs' >"$T/www/docs/index.html"
echo 'secret' >"$T/www/.git/config"
script env <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\n\nscript %s%s of %s %s\n' "$SCRIPT_NAME" "$PATH_INFO" "$REQUEST_URI" "$REQUEST_METHOD"
EOF
script away <<'EOF'
#!/bin/sh
printf 'Location: /pretty/moved?by=script\n\n'
EOF

# site FALLBACK [GATEWAY-LINE]...
site()
{
	global_section
	gateway_section "index = index.php index.html" "fallback = $1" "${@:2}"
	script_pool
	echo "[php]"
	echo "command = $(command -v php-cgi)"
	echo "route = *.php"
	user_line
	printf '%s\n' "pm = static" "pm.max_children = 1"
}

# by_front METHOD URI: what the last answer's script has seen.
by_front()
{
	expect_status 200
	expect_body "REQUEST_METHOD=$1"
	expect_body "SCRIPT_NAME=/index.php"
	expect_body "SCRIPT_FILENAME=$T/www/index.php"
	expect_body "PATH_INFO=(none)"
	expect_body "PHP_SELF=/index.php"
	expect_body "REQUEST_URI=$2"
}

# refused PATH STATUS [CURL-ARGUMENT]...: and not by the script.
refused()
{
	get "$1" "${@:3}"
	expect_status "$2"
	! grep -q REQUEST_METHOD "$T/body" || fail "the script was asked for $1"
}

site /index.php >"$T/conf"
hearth_start "$T/conf"

# What is not there, however it is asked for.
get '/blog/2026/hello%20you?page=2&x=/y'
by_front GET '/blog/2026/hello%20you?page=2&x=/y'
expect_body 'QUERY_STRING=page=2&x=/y'
for path in /bare/ /docs/none/ /site.css/more /.well-known/none /a//b/../c "/$(printf 'x%.0s' {1..300})"; do
	get "$path"
	by_front GET "$path"
done
get / # the directory's index, as without
by_front GET /

# Other methods, and their bodies, of any size and framing.
head -c 300000 /dev/urandom >"$T/large"
sum=$(md5sum <"$T/large")
for way in 'Content-Type: text/plain' 'Transfer-Encoding: chunked'; do
	get '/form/send?q=1' --data-binary "@$T/large" -H "$way"
	by_front POST '/form/send?q=1'
	expect_body "body=${sum%% *}"
	get '/form/read' -X GET --data-binary "@$T/large" -H "$way"
	by_front GET '/form/read'
	expect_body "body=${sum%% *}"
done
for method in PUT DELETE OPTIONS PROPFIND; do
	get /api/thing -X "$method"
	by_front "$method" /api/thing
done
get /bare/ -d a=b
by_front POST /bare/
get /blog/head -I
expect_status 200
[ ! -s "$T/body" ] || [ -z "$(sed '/^HTTP/d; /^[A-Za-z-]*:/d; /^\r*$/d' "$T/body")" ] || fail "HEAD has a body"

# Two on one connection, a file among them.
raw 'GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /site.css HTTP/1.1\r\nHost: a\r\n\r\nPOST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc' >"$T/three"
grep -q 'REQUEST_URI=/one' "$T/three" && grep -q 'a style' "$T/three" && grep -q "body=$(printf abc | md5sum | cut -c -32)" "$T/three" ||
	fail "three on one connection: $(cat "$T/three")"

# What is there answers itself.
get_ok /site.css 'a style'
get /site.css -H "If-None-Match: $(header ETag)"
expect_status 304
get /site.css -r 2-4
expect_status 206
get_ok /docs/ 'of docs'
get /docs
expect_status 301
get /site.css -d a=b
expect_status 405
expect Allow "$(header Allow)" 'GET, HEAD, OPTIONS'
get /docs/ -d a=b
expect_status 405
get_ok /cgi-bin/env/more 'script /cgi-bin/env/more of /cgi-bin/env/more GET'

# Nor is it for what is refused, or claimed by a route.
for path in /.env /.git/config /.git/ /.none /docs/.none; do refused "$path" 404; done
refused /.env 405 -d a=b
refused /none.php 404
refused /cgi-bin/none 404

# A script's local redirect leads there as a request would.
get /cgi-bin/away
by_front GET '/pretty/moved?by=script'

# A list of a directory goes before it; and a script by another kind of route may be meant.
site /cgi-bin/env "autoindex = yes" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /pretty && grep -q "script /cgi-bin/env of /pretty GET" "$T/body"'
get /pretty/too -d a=b
expect_body 'script /cgi-bin/env of /pretty/too POST'
get /bare/
expect_status 200
expect_body '<title>/bare/</title>'
get /bare/ -d a=b
expect_status 405
get /nowhere/
expect_body 'script /cgi-bin/env of /nowhere/ GET'
get /nowhere/ -d a=b
expect_body 'script /cgi-bin/env of /nowhere/ POST'

# Whoever has to be asked about that script is asked, and bodies may be passed on as they come.
cat >"$T/www/ask.php" <<'EOF'
<?php
if (($_SERVER['HTTP_X_TOKEN'] ?? '') !== 'good')
	header('Location: /login?for=' . urlencode($_SERVER['REQUEST_URI']), true, 303);
EOF
{
	site /index.php | sed '/^pm = static/i request_buffering = no\nauthorizer = tokens'
	echo "[tokens]"
	echo "command = $(command -v php-cgi)"
	echo "route = =/ask.php"
	user_line
	printf '%s\n' "pm = static" "pm.max_children = 1"
} >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /pretty && [ "$STATUS" = 303 ]'
expect "where to log in" "$(header Location)" '/login?for=%2Fpretty'
get '/pretty?a=b' -H 'X-Token: good'
by_front GET '/pretty?a=b'
get /form/send --data-binary "@$T/large" -H 'X-Token: bad'
expect_status 303
get /form/send --data-binary "@$T/large" -H 'Content-Type: text/plain' -H 'X-Token: good'
by_front POST /form/send
expect_body "body=${sum%% *}"
refused /.env 404
get_ok /site.css 'a style'

# One page for all URLs.
site /app.html >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /pretty/page && grep -qx "the page" "$T/body"'
expect_status 200
expect type "$(header Content-Type)" 'text/html; charset=utf-8'
get /pretty/page -H "If-None-Match: $(header ETag)"
expect_status 304
get /pretty/page -d a=b
expect_status 405
refused /.env 404

# It does not lead to itself, and none is none.
rm "$T/www/app.html"
refused /pretty/page 404
echo 'the page' >"$T/www/app.html"
site none >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /pretty && [ "$STATUS" = 404 ]'
get /pretty -d a=b
expect_status 405
hearth_stop

# One that leads nowhere is refused.
site /front/none >"$T/conf"
! "$T/bin/hearth" check -c "$T/conf" >"$T/out" 2>&1 || fail "a fallback that leads nowhere is taken"
grep -q "^$T/conf:$(grep -n '^fallback' "$T/conf" | cut -d: -f1): fallback: '/front/none' is claimed by no route" "$T/out" || fail "$(cat "$T/out")"

# Without files all of it is for the program.
site /cgi-bin/env | sed '/^document_root/d; /^\[php\]/,$d' >"$T/conf"
hearth_start "$T/conf"
get /pretty -d a=b
expect_body 'script /cgi-bin/env of /pretty POST'
get_ok /other 'script /cgi-bin/env of /other GET'
hearth_stop
