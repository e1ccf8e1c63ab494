#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Interim responses of scripts and workers (1xx) go to clients of HTTP/1.1 before the answer, except
# those that are ours to say; without a final answer behind them they are none.
. "$(dirname "$0")/lib.sh"

script hints <<'END'
#!/bin/sh
printf 'Status: 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
[ -z "$QUERY_STRING" ] || until [ -e "$QUERY_STRING" ]; do sleep 0.05; done
printf 'Status: 100 Continue\r\n\r\nStatus: 101\r\nUpgrade: x\r\n\r\nStatus: 102 Processing\r\n\r\n'
printf 'Content-Type: text/plain\r\n\r\nthe answer'
END
script only <<'END'
#!/bin/sh
printf 'Status: 103\r\n\r\n'
END
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

for path in /cgi-bin/hints /app/hints; do
	raw "GET $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" >"$T/got"
	tr -d '\r' <"$T/got" | grep -E '^(HTTP/1|Link|Upgrade|the answer)' | tr '\n' ';' >"$T/seen"
	expect "$path" "$(cat "$T/seen")" 'HTTP/1.1 103 Early Hints;Link: </style.css>; rel=preload;HTTP/1.1 102 Processing;HTTP/1.1 200 OK;the answer;'
	raw "GET $path HTTP/1.0\r\n\r\n" >"$T/got"
	expect "$path for HTTP/1.0" "$(grep -c '^HTTP/1' "$T/got")" 1
	get "$path"
	expect_status 200
	expect "$path for curl" "$(body)" "the answer"
done

# They leave when they are written, not with the answer.
rm "$T/head"
get "/cgi-bin/hints?$T/mark/go" -N &
wait_for 'grep -q "^Link" "$T/head"'
grep -q '200' "$T/head" && fail "the answer was there already"
: >"$T/mark/go"
wait $!
expect "the body" "$(body)" "the answer"

for path in /cgi-bin/only /app/only; do
	get "$path"
	expect_status 502
done
expect_log 'it ended after interim responses'
get_ok /app/hello hello
hearth_stop
