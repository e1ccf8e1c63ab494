#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nginx in front, with connections that are kept and that are not, buffered and streamed; and cgi-fcgi.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"
PATH=$PATH:/usr/sbin
command -v nginx >/dev/null || skip "nginx is not installed"

fcgi_conf "pm.max_children = 4" "listen.mode = 0666" >"$T/conf"
sed -i "s|^listen =$|&\naccess.log = $T/access|" "$T/conf"
hearth_start "$T/conf"

mkdir -m 777 "$T/nginx"
place()
{
	echo "location /$1/ { rewrite ^/$1(/.*) \$1 break; fastcgi_pass app; include params; $2 }"
}
cat >"$T/nginx/params" <<'END'
fastcgi_param QUERY_STRING $query_string;
fastcgi_param REQUEST_METHOD $request_method;
fastcgi_param CONTENT_TYPE $content_type;
fastcgi_param CONTENT_LENGTH $content_length;
fastcgi_param SCRIPT_NAME $fastcgi_script_name;
fastcgi_param PATH_INFO $fastcgi_script_name;
fastcgi_param REQUEST_URI $request_uri;
fastcgi_param SERVER_PROTOCOL $server_protocol;
fastcgi_param REMOTE_ADDR $remote_addr;
fastcgi_param REMOTE_PORT $remote_port;
fastcgi_param HTTP_PROXY "";
END
cat >"$T/nginx/conf" <<END
daemon off;
pid $T/nginx/pid;
error_log $T/nginx/error.log;
worker_processes 1;
events {}
http {
	access_log off;
	client_max_body_size 10m;
	client_body_temp_path $T/nginx/a; fastcgi_temp_path $T/nginx/b; proxy_temp_path $T/nginx/c;
	uwsgi_temp_path $T/nginx/d; scgi_temp_path $T/nginx/e;
	upstream app { server unix:$SOCKET; keepalive 8; }
	server {
		listen 127.0.0.1:$PORT;
		$(place kept "fastcgi_keep_conn on;")
		$(place single "")
		$(place streamed "fastcgi_keep_conn on; fastcgi_buffering off; fastcgi_request_buffering off;")
		location /file/ { internal; alias $T/www/; }
	}
}
END
[ "$(id -u)" -ne 0 ] || sed -i '1i user www-data;' "$T/nginx/conf"
cp "$(command -v nginx)" "$T/bin/nginx"
"$T/bin/nginx" -c "$T/nginx/conf" -e "$T/nginx/error.log" &
NGINX=$!
wait_for "curl -s -o /dev/null http://127.0.0.1:$PORT/"

head -c 3000000 /dev/urandom >"$T/sent"
echo "the file itself" >"$T/www/file"
printf 'X-Accel-Redirect: /file/file\r\nContent-Type: text/plain\r\n\r\n' >"$T/mark/accel"
printf 'Location: /kept/hello\r\n\r\n' >"$T/mark/location"
for way in kept single streamed; do
	for i in 1 2 3; do
		get_ok "/$way/hello" "hello from the probe"
	done
	get "/$way/env?a=b" -H 'X-Some: thing'
	expect_status 200
	grep -qx "HTTP_X_SOME=thing" "$T/body" || fail "$way: $(body)"
	get "/$way/echo" --data-binary "@$T/sent"
	expect_status 200
	cmp "$T/sent" "$T/body" || fail "$way: other bytes came back"
	get "/$way/echo" -H 'Transfer-Encoding: chunked' --data-binary "@$T/sent"
	cmp "$T/sent" "$T/body" || fail "$way: other bytes came back of a body without a length"
	get "/$way/big?n=5000000"
	expect "$way: a big answer" "$(wc -c <"$T/body")" 5000000
	get "/$way/status?451"
	expect_status 451
	get "/$way/nohead"
	expect_status 502
	get "/$way/hello" --head
	expect_status 200
	get_ok "/$way/say?$T/mark/accel" "the file itself"
	get "/$way/say?$T/mark/location"
	expect_status 302
	burst 40 "/$way/pid"
	expect "$way: at once" "$(burst_count 200)" 40
done
wait_for "grep -q '^127.0.0.1 .*\"GET /kept/hello HTTP/1.1\" 200 .*\"curl/' '$T/access'"
grep -q "/kept/hello" "$T/access" || fail "the access log: $(head -n 3 "$T/access")"

# What nginx lets through does no harm: odd requests, and clients that leave.
for odd in 'GET /kept/%%00 HTTP/1.1\r\nHost: x\r\n\r\n' 'GET /kept/../../x HTTP/1.1\r\nHost: x\r\n\r\n' \
	'GET /kept/hello HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n' 'POST /streamed/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc'; do
	raw "$odd" 0.3 >/dev/null
done
timeout 0.3 curl -s "http://127.0.0.1:$PORT/kept/slow?ms=1000" >/dev/null
get_ok /kept/hello hello
kill "$NGINX"
wait_quietly "$NGINX"

if command -v cgi-fcgi >/dev/null; then
	REQUEST_METHOD=GET SCRIPT_NAME=/hello PATH_INFO=/hello cgi-fcgi -bind -connect "$SOCKET" >"$T/out"
	grep -q "hello from the probe" "$T/out" || fail "cgi-fcgi: $(cat "$T/out")"
	REQUEST_METHOD=POST SCRIPT_NAME=/echo PATH_INFO=/echo CONTENT_LENGTH=3000000 cgi-fcgi -bind -connect "$SOCKET" <"$T/sent" >"$T/out"
	tail -c 3000000 "$T/out" | cmp - "$T/sent" || fail "cgi-fcgi: other bytes came back"
fi
hearth_stop
