#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An answer without a length comes in chunks, streams when it is long, and its end is its end.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script slow <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
echo first
until [ -e "$QUERY_STRING" ]; do sleep 0.05; done
echo second
END
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

# What was written arrives while the rest is not there yet.
get "/cgi-bin/slow?$T/mark/go" -N &
wait_for 'grep -q first "$T/body"'
: >"$T/mark/go"
wait $!
expect "the body" "$(tr '\n' ' ' <"$T/body")" "first second "
expect "framing" "$(header Transfer-Encoding)$(header Content-Length)" chunked
get '/app/big?n=3000000'
expect "a long answer" "$(wc -c <"$T/body")" 3000000
get /app/hello
expect_status 200
[ "$(header Transfer-Encoding)" = chunked ] || [ -n "$(header Content-Length)" ] || fail "neither chunks nor a length"
hearth_stop
