#!/bin/bash
# SPDX-License-Identifier: MIT
#
# One line a request in the combined format, with status, bytes and what the client said, escaped.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
{ head_of_conf "access.log = $T/access.log"; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

get '/file.txt?q=1' -A 'agent "x"' -e http://from.test/
get /nowhere
get /app/hello
get '/app/status?503'
raw 'nonsense\r\n\r\n' >/dev/null
hearth_stop QUIT

line()
{
	grep -aqE -- "$1" "$T/access.log" || fail "no line like $1 in: $(cat "$T/access.log")"
}
line '^127\.0\.0\.1 - - \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\] "GET /file\.txt\?q=1 HTTP/1\.1" 200 7 "http://from\.test/" "agent \\(x22|")x\\(x22|")"'
line '"GET /nowhere HTTP/1\.1" 404 '
line '"GET /app/hello HTTP/1\.1" 200 21 '
line '"GET /app/status\?503 HTTP/1\.1" 503 '
expect "lines" "$(grep -vc '" 400 ' "$T/access.log")" 4
