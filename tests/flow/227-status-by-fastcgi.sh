#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The status and ping pages by a pool's FastCGI listener, as scripts and exporters ask php-fpm for them:
# by SCRIPT_NAME alone, with no route, while all workers are busy, and starting nobody.
. "$(dirname "$0")/lib.sh"

command -v cgi-fcgi >/dev/null || skip "cgi-fcgi (libfcgi-bin) is not installed"
PAGES="/usr/bin/python3 -S $ROOT/tests/flow/tools/status-pages.py"
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "listen = $T/app.sock" "listen.mode = 0666" \
		"pm.status_path = /status" "ping.path = /ping"
	probe_pool zero "pm = ondemand" "listen = $T/zero.sock" "listen.mode = 0666" "pm.status_path = /status" |
		grep -v '^route'
} >"$T/conf"
hearth_start "$T/conf"

# ask SOCKET PATH QUERY [METHOD]: the answer's head in $T/head, its body in $T/body
ask()
{
	SCRIPT_NAME=$2 SCRIPT_FILENAME=$2 QUERY_STRING=$3 REQUEST_METHOD=${4:-GET} \
		cgi-fcgi -bind -connect "$T/$1.sock" >"$T/all" || fail "no answer to $2"
	sed '/^\r$/,$d' "$T/all" >"$T/head"
	sed '1,/^\r$/d' "$T/all" >"$T/body"
}
is()
{
	expect "$1" "$($PAGES get json "$T/body" "$1")" "$2"
}

ask zero /status json
is pool zero
is "total processes" 0
expect "its type" "$(header Content-Type)" application/json
expect "Expires" "$(header Expires)" "Thu, 01 Jan 1970 00:00:00 GMT"

hold_worker app
for format in text xml json html openmetrics; do
	ask app /status "full&$format"
	$PAGES keys "$format" "$T/body" >/dev/null || fail "$format cannot be read: $(cat "$T/all")"
done
ask app /status 'json&full'
is "active processes" 1
is "accepted conn" 1
expect "what runs" "$($PAGES processes json "$T/body" "request uri")" "/app/held?$T/mark/held"
ask app /ping ""
expect "the pong" "$(body)" pong
ask app /ping "" HEAD
expect "the body of a HEAD" "$(body)" ""
PATH_INFO=/ping ask app "" ""
expect "the pong, by PATH_INFO alone" "$(body)" pong
release_worker
expect_held "the request" 200
expect "workers" "$(count_of fcgi-probe)" 1

# They are no answers of the pool; what has another name is.
ask app /app/hello ""
expect "of the worker" "$(body)" "hello from the probe"
wait_for 'get /hearth/metrics; grep -qF "hearth_pool_responses_total{pool=\"app\",code=\"200\"} 2" "$T/body"'
expect_body 'hearth_pool_requests_total{pool="app"} 2'
hearth_stop
