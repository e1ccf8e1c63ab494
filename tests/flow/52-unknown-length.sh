#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An answer without a length comes in chunks, streams when it is long, and its end is its end.
. "$(dirname "$0")/lib.sh"

script slow <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
echo first
sleep 1
echo second
END
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

get /cgi-bin/slow
expect_status 200
expect "the body" "$(tr '\n' ' ' <"$T/body")" "first second "
expect "framing" "$(header Transfer-Encoding)$(header Content-Length)" chunked
first=$(curl -sS -N --max-time 10 -o /dev/null -w '%{time_starttransfer}' "http://127.0.0.1:$PORT/cgi-bin/slow")
[[ $first == 0.[0-8]* ]] || fail "the first byte came after $first s"
get '/app/big?n=3000000'
expect "a long answer" "$(wc -c <"$T/body")" 3000000
get /app/hello
expect_status 200
[ "$(header Transfer-Encoding)" = chunked ] || [ -n "$(header Content-Length)" ] || fail "neither chunks nor a length"
hearth_stop
