#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whatever clients send, pages of every format stay such pages, and say what was asked.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

PAGES="/usr/bin/python3 -S $ROOT/tests/flow/tools/status-pages.py"
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "pm.status_path = /app/status"
} >"$T/conf"
hearth_start "$T/conf"

# shows TARGET [AS]: in the page of each format it is what the last request was.
shows()
{
	local format
	for format in text json xml html; do
		get_ok "/app/status?full&$format"
		cp "$T/body" "$T/page.$format"
	done
	$PAGES one "request uri" "${2:-$1}" "$T"/page.{text,json,xml,html} >"$T/said" || fail "uri ${2:-$1}: $(cat "$T/said")"
	! LC_ALL=C grep -q '[^ -~]' "$T/page.json" || fail "more than ASCII in JSON"
	get_ok '/hearth/status'
	expect "uri for admins" "$(/usr/bin/python3 -c '
import json, sys
print(json.load(open(sys.argv[1]))["pools"][0]["workers"][0]["request"]["uri"])' "$T/body")" "${2:-$1}"
}
target()
{
	raw "GET $1 HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n" >/dev/null
}
for t in '/app/<script>alert(1)</script>' '/app/x?a=1&b="quoted"&c=<d>&amp;' '/app/</td></tr></table>?]]>' \
	"/app/'it'" '/app/a","content-length":5' '/app/x?%%22%%00%%0a%%ff' '/app/{"pid":1}?"],"processes":[]'; do
	target "$t"
	shows "${t//%%/%}"
done
# A method is a token, but a long one; it is cut.
target '/app/hello'
get /app/hello -X ABCDEFGHIJKLMNOPQRSTUVWXYZ
get_ok '/app/status?json&full'
expect "a long method" "$($PAGES processes json "$T/body" "request method")" ABCDEFGHIJKLMNO
# Bytes that are no UTF-8 in a query: rejected as a target, or shown harmlessly.
target '/app/x?\\xff\\xfe\\x80'
for format in text json xml html openmetrics; do
	get_ok "/app/status?full&$format"
	$PAGES keys "$format" "$T/body" >/dev/null || fail "$format cannot be read"
done
long=$(printf 'q%.0s' {1..2000})
target "/app/$long?$long"
shows "" "/app/${long:0:122}?${long:0:511}"
hearth_stop
