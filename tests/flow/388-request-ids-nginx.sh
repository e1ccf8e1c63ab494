#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Request ids behind nginx: the field of request_id_header passes through, and an id that nginx gives holds.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/nginx.sh"
command -v nginx >/dev/null || skip "nginx is not installed"

SOCKET=$T/app.sock HEARTH=$PORT PORT=$(new_port)
{
	global_section ""
	PORT=$HEARTH gateway_section "request_id_header = X-Request-Id" "trusted_proxies = 127.0.0.1" "access.log = $T/access" 'access.format = "%L %s"'
	probe_pool app "listen = $SOCKET" "listen.mode = 0666" "response_header_timeout = 1s"
} >"$T/conf"
hearth_start "$T/conf"
nginx_start <<END
map \$request_id \$hearth_id { "~^(?<first>.{16})" \$first; }
server {
	listen 127.0.0.1:$PORT;
	location / {
		include /etc/nginx/fastcgi_params;
		fastcgi_pass unix:$SOCKET;
	}
	location /given/ {
		include /etc/nginx/fastcgi_params;
		fastcgi_param SCRIPT_NAME /env;
		fastcgi_param REQUEST_ID \$hearth_id;
		fastcgi_pass unix:$SOCKET;
		add_header X-Nginx-Id \$hearth_id always;
	}
	location /app/ {
		proxy_pass http://127.0.0.1:$HEARTH;
		proxy_set_header X-Request-Id \$hearth_id;
		add_header X-Nginx-Id \$hearth_id always;
	}
}
END
wait_for "get /hello && [ \$STATUS = 200 ]"

expect_id()
{
	expect_status "$1"
	ID=$(header X-Request-Id)
	[[ $ID =~ ^[0-9a-f]{16}$ ]] || fail "an id: $ID"
	expect "how often it is told" "$(grep -ci '^X-Request-Id:' "$T/head")" 1
	echo "$ID $1" >>"$T/expected"
}

get /env
expect_id 200
expect_body "REQUEST_ID=$ID"
for path in /crash=502 /garbage=502 /silent=504; do
	get "${path%=*}"
	expect_id "${path#*=}"
	expect_body "Request $ID<"
	expect_log "request $ID"
done
get /hello --head
expect_id 200
get /hello -H 'X-Request-Id: 0123456789abcdef'
expect_id 200
[ "$ID" != 0123456789abcdef ] || fail "a client gives an id"

get /given/env
expect_id 200
expect_body "REQUEST_ID=$ID"
expect "nginx's id" "$ID" "$(header X-Nginx-Id)"
get /app/env -H 'X-Request-Id: 0123456789abcdef'
expect_id 200
expect_body "REQUEST_ID=$ID"
expect "nginx's id" "$ID" "$(header X-Nginx-Id)"
get /app/crash
expect_id 502
expect_body "Request $ID<"
expect "nginx's id" "$ID" "$(header X-Nginx-Id)"
wait_for '! grep -vxFf "$T/access" "$T/expected"' # the lines of the access log
nginx_stop
hearth_stop
