#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Clients that people use get what they ask for: curl in the ways it can transfer, and the load
# generators, none of which is ever refused or cut off.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
head -c 100000 /dev/urandom >"$T/up"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 2"; } >"$T/conf"
hearth_start "$T/conf"
url=http://127.0.0.1:$PORT

# ---- curl: STATUS PATH OPTION... ----

try()
{
	get "$2" "${@:3}"
	[ "$STATUS" = "$1" ] || fail "curl ${*:2}: $STATUS, not $1: $(cat "$T/curl.err")"
}

# What goes up comes down, whichever way curl takes; the path is the echo's.
echoed()
{
	try 200 /app/echo "$@" <"$T/up"
	cmp -s "$T/body" "$T/up" || fail "curl $*: $(stat -c %s "$T/body") bytes came back"
}

echoed -T -
echoed -T "$T/up"
echoed -T - -H 'Expect: 100-continue' --expect100-timeout 20
echoed -T "$T/up" -H 'Expect: 100-continue' --expect100-timeout 20
echoed -0 --data-binary "@$T/up"
echoed -0 -T "$T/up"
echoed --data-binary "@$T/up" -H 'Transfer-Encoding: chunked'
echoed -X PATCH --data-binary "@$T/up"
echoed -T "$T/up" -H 'Connection: close'
echoed -T "$T/up" --limit-rate 400k
echoed -T "$T/up" -x "$url"
get /app/echo -F "part=@$T/up" && [ "$(stat -c %s "$T/body")" -gt 100000 ] || fail "a form: $STATUS"
get /app/echo -d '' && [ "$STATUS$(body)" = 200 ] || fail "an empty form: $STATUS"

for path in /file.txt /app/hello '/app/big?n=300000'; do
	for options in '' -0 -I --raw --tr-encoding --http2 --ipv4 --no-keepalive "-x $url" \
		"--compressed" "-H Connection:close" "-H Connection:keep-alive" "--request-target $url$path" "-z 2000-01-01"; do
		# shellcheck disable=SC2086 # words
		try 200 "$path" $options
	done
done
try 204 / -X OPTIONS --request-target '*'
try 200 /a/../file.txt --path-as-is
try 200 /app/hello -X BREW
try 501 /file.txt -X BREW
try 405 /file.txt -T - <"$T/up"
try 400 /../file.txt --path-as-is
try 400 /file.txt -H Host:
try 200 /file.txt -0 -H Host:
said=$(curl -sS --max-time 50 -w '%{num_connects} ' -o /dev/null "$url/file.txt" -o /dev/null "$url/app/hello" -o /dev/null "$url/nowhere" -o /dev/null "$url/file.txt")
expect "connections for four requests" "$said" "1 0 0 0 "
curl -sS --max-time 50 -p -x "$url" http://a.test/ 2>"$T/curl.err" && fail "a tunnel"
grep -q 501 "$T/curl.err" || fail "no 501 for a tunnel: $(cat "$T/curl.err")"
# HTTP/2 without asking first: no client reads our answer, but there must be one.
curl -sS --max-time 50 --http2-prior-knowledge "$url/file.txt" 2>"$T/curl.err" && fail "HTTP/2"
get_ok /file.txt "a file"

# ---- the others, where they are ----

missing=''
has()
{
	command -v "$1" >/dev/null || { missing="$missing $1" && return 1; }
}

# all_well WHAT LINE: in $T/said.
all_well()
{
	grep -Eq "$2" "$T/said" || fail "$1: $(cat "$T/said")"
}

for path in /file.txt /app/hello; do
	if has wrk; then
		wrk -t1 -c8 -d1 "$url$path" >"$T/said" 2>&1 || fail "wrk: $(cat "$T/said")"
		all_well wrk '^ +[1-9][0-9]* requests in'
		! grep -E 'Non-2xx|Socket errors' "$T/said" || fail "wrk $path"
	fi
	if has h2load; then
		h2load --h1 -n 200 -c 8 -m 4 "$url$path" >"$T/said" 2>&1
		all_well "h2load $path" ' 200 succeeded, 0 failed, 0 errored, 0 timeout'
		h2load --h1 -n 40 -c 4 -d "$T/up" "$url/app/echo" >"$T/said" 2>&1
		all_well "h2load with bodies" ' 40 succeeded, 0 failed, 0 errored, 0 timeout'
	fi
	if has ab; then
		ab -q -k -n 200 -c 8 "$url$path" >"$T/said" 2>&1
		all_well "ab -k $path" '^Failed requests: +0$'
		all_well "ab -k $path" '^Keep-Alive requests: +[1-9]'
		ab -q -n 100 -c 8 "$url$path" >"$T/said" 2>&1
		all_well "ab $path" '^Failed requests: +0$'
		all_well "ab $path" '^Complete requests: +100$'
		! grep Non-2xx "$T/said" || fail "ab $path"
	fi
done
if has nghttp; then
	# It offers an upgrade, gets HTTP/1.1, and says that this is not what it wanted.
	nghttp -nuv "$url/file.txt" >"$T/said" 2>&1
	all_well "nghttp -u" '^HTTP/1.1 200 OK'
	timeout 40 nghttp -n "$url/file.txt" >"$T/said" 2>&1
	[ $? -ne 124 ] || fail "nghttp hangs"
fi
get_ok /file.txt "a file"
hearth_stop
[ -z "$missing" ] || skip "all is well, but these are not there:$(tr ' ' '\n' <<<"$missing" | sort -u | tr '\n' ' ')"
