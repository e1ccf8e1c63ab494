#!/bin/bash
# SPDX-License-Identifier: MIT
#
# request_id_header on answers of every kind: once, and the id is the one that scripts and authorizers
# have had, wherever the request went. A proxy that is trusted may have given it.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

show='printf "Content-Type: text/plain\nX-Request-Id: mine\nX-Other: one\n\n"; env'
script show <<<"#!/bin/sh
$show"
script away <<<"#!/bin/sh
echo \$REQUEST_ID >$T/mark/away; printf 'Location: /cgi-bin/show\n\n'"
script nph-raw <<<"#!/bin/sh
printf 'HTTP/1.1 200 OK\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\nraw'"
echo "a file" >"$T/www/file.txt"
mkdir "$T/www/dir"
{
	head_of_conf "request_id_header = X-Request-Id" "access.log = $T/access" 'access.format = "%L %{X-Request-Id}o %s"' "trusted_proxies = unix" |
		sed "s|^listen = .*|& unix:$T/http.sock|"
	script_pool
	probe_pool app
	probe_pool guarded "authorizer = guard"
	probe_pool guard
} >"$T/conf"
hearth_start "$T/conf"

# expect_id [SCRIPT]: the last answer tells it once; if there was a script, it is its. $ID
expect_id()
{
	expect "how often it is told" "$(grep -ci '^X-Request-Id:' "$T/head")" 1
	ID=$(header X-Request-Id)
	[[ $ID =~ ^[0-9a-f]{16}$ ]] || fail "an id: $ID"
	echo "$ID $ID $STATUS" >>"$T/expected"
	[ $# -eq 0 ] || expect "the script's id" "$(sed -n 's/^REQUEST_ID=//p' "$T/body")" "$ID"
}

# ask STATUS PATH [CURL-ARGUMENT]...
ask()
{
	get "${@:2}"
	expect_status "$1"
	expect_id
}

# ---- answers of every kind --------------------------------------------------------------------

ask 200 /file.txt
tag=$(header ETag)
ask 304 /file.txt -H "If-None-Match: $tag"
ask 206 /file.txt -r 0-1
ask 206 /file.txt -r 0-0,2-2
ask 200 /file.txt -I
ask 204 /file.txt -X OPTIONS
ask 301 /dir
ask 404 /none
ask 404 /none -I
ask 200 /hearth/live
ask 200 /hearth/status
ask 200 /app/hello
ask 200 "/app/big?n=1000000"
ask 451 "/app/status?451"
ask 502 /app/crash
printf 'X-Request-Id: mine\r\nx-request-id: mine\r\nContent-Type: text/plain\r\n\r\nsaid' >"$T/mark/say"
ask 200 "/app/say?$T/mark/say"
ask 200 /cgi-bin/show
expect_id script
expect "what else the script says" "$(header X-Other)" one
ask 200 /cgi-bin/show --http1.0
get /app/hints --http1.1
expect_id
sed '/^\r$/q' "$T/head" >"$T/interim"
grep -q '^HTTP/1.1 103' "$T/interim" || fail "no interim response: $(cat "$T/head")"
expect "an id in an interim response" "$(grep -ci '^X-Request-Id' "$T/interim")" 0
get /cgi-bin/nph-raw
expect "what is the script's own" "$(body) $(header X-Request-Id)" "raw mine"

# ---- one request, however far it goes ---------------------------------------------------------

get /cgi-bin/away
expect_id script
expect "before the local redirect" "$(cat "$T/mark/away")" "$ID"
get /guarded/env -H 'X-Ask: yes'
expect_id script
get /guarded/env -H 'X-Ask: env'
expect_status 403
expect_id script
get /guarded/env -H 'X-Ask: local'
expect_id
ask 502 /guarded/env -H 'X-Ask: crash'
ask 401 /guarded/env

# ---- who may give it --------------------------------------------------------------------------

given=00000000deadbeef
get /cgi-bin/show -H "X-Request-Id: $given"
expect_id script
[ "$ID" != $given ] || fail "anybody gives an id"
expect_body "HTTP_X_REQUEST_ID=$given"
for path in /cgi-bin/show /app/env; do
	get $path -H "X-Request-Id: $given" --unix-socket "$T/http.sock"
	expect_id script
	expect "the proxy's id" "$ID" $given
done
# Its client may have sent one as well, before that.
get /cgi-bin/show -H "X-Request-Id: 00000000badbadba" -H "X-Request-Id: $given" --unix-socket "$T/http.sock"
expect_id script
expect "the proxy's id" "$ID" $given
get /cgi-bin/show -H "X-Request-Id: $given" -H "X-Request-Id: a.proxy's" --unix-socket "$T/http.sock"
expect_id script
[ "$ID" != $given ] || fail "an id that is not the proxy's"
ask 404 /none -H "X-Request-Id: $given" --unix-socket "$T/http.sock"
expect_body "Request $given"
get "/app/stderr?trouble" -H "X-Request-Id: $given" --unix-socket "$T/http.sock"
expect_log "request $given said into stderr: .trouble"
for other in 00000000DEADBEEF 0000000000000000 deadbeef 550e8400-e29b-41d4-a716-446655440000; do
	get /cgi-bin/show -H "X-Request-Id: $other" --unix-socket "$T/http.sock"
	expect_id script
	[ "$ID" != "$other" ] || fail "another kind of id: $other"
	expect_body "HTTP_X_REQUEST_ID=$other"
done
wait_for '! grep -vxFf "$T/access" "$T/expected"' # the lines of the access log
hearth_stop
