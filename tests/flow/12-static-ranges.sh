#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Ranges: one, several, none that can be had, and downloads that are taken up again.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

printf '0123456789' >"$T/www/ten"
head -c 3000000 /dev/urandom >"$T/www/large"
head_of_conf >"$T/conf"
hearth_start "$T/conf"

# part RANGE BYTES
part()
{
	get /ten -r "$1"
	expect_status 206
	expect "bytes of $1" "$(body)" "$2"
}
part 2-3 23
expect "Content-Range" "$(header Content-Range)" "bytes 2-3/10"
expect "Content-Length" "$(header Content-Length)" 2
part 8- 89
part -3 789
part 0-99 0123456789
part 0-1,1-3 0123

get /ten -H "Range: bytes=10-"
expect_status 416
expect "Content-Range of a 416" "$(header Content-Range)" "bytes */10"
get /ten -H "Range: bytes=5-2"
expect_status 200
get /ten -H "Range: bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8"
expect_status 200
get /ten -H "Range: bytes=0-99999999999999999999"
expect_status 200
get /ten --head -H "Range: bytes=2-3"
expect_status 200
expect "Accept-Ranges" "$(header Accept-Ranges)" bytes

get_ok /ten
tag=$(header ETag)
get /ten -r 2-3 -H "If-Range: $tag"
expect_status 206
get /ten -r 2-3 -H "If-Range: \"x\""
expect_status 200

# Several parts, large and small; the connection goes on behind them.
get /large -r 5-9,100000-1999999,2500000-2999999,20-29
expect_status 206
boundary=$(header Content-Type)
boundary=${boundary#*boundary=}
expect "Content-Length of parts" "$(wc -c <"$T/body")" "$(header Content-Length)"
expect "lines between parts" "$(grep -acF -- "--$boundary" "$T/body")" 5
{
	for range in 5-9 100000-1999999 2500000-2999999 20-29; do
		from=${range%-*} last=${range#*-}
		[ "$range" = 5-9 ] || printf '\r\n'
		printf -- '--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes %s/3000000\r\n\r\n' "$boundary" "$range"
		tail -c +$((from + 1)) "$T/www/large" | head -c $((last - from + 1))
	done
	printf -- '\r\n--%s--\r\n' "$boundary"
} >"$T/wanted"
cmp "$T/wanted" "$T/body" || fail "parts are not what they say"
curl -sS --max-time 50 -o "$T/one" -r 0-999999,1500000-2999999 "http://127.0.0.1:$PORT/large" --next \
	-sS -o "$T/two" "http://127.0.0.1:$PORT/ten" || fail "two on one connection"
expect "behind parts" "$(cat "$T/two")" 0123456789

# Taken up again.
head -c 1000000 "$T/www/large" >"$T/resumed"
curl -sS -C - --max-time 50 -o "$T/resumed" "http://127.0.0.1:$PORT/large" || fail "curl -C -"
cmp "$T/www/large" "$T/resumed" || fail "what was taken up again is another file"
hearth_stop
