#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Server-sent events arrive one by one, each before the program says the next, with and without
# response_buffering; so do pieces without any line end, and those of a program that knows its length.
. "$(dirname "$0")/lib.sh"

script events <<'END'
#!/bin/sh
printf 'Content-Type: text/event-stream\n\n'
for i in 1 2 3 4 5; do
	printf 'data: %s\n\n' $i
	until [ -e "$QUERY_STRING.$i" ]; do sleep 0.01; done
done
END
script bytes <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\nContent-Length: 5\n\n'
for i in 1 2 3 4 5; do
	printf %s $i
	until [ -e "$QUERY_STRING.$i" ]; do sleep 0.01; done
done
END
script head <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
until [ -e "$QUERY_STRING.1" ]; do sleep 0.01; done
echo body
END
{
	head_of_conf
	script_pool
	script_pool "response_buffering = no" | sed "s/^\[scripts\]/[direct]/; s|= /cgi-bin/|= /direct/|"
	probe_pool app "pm = static" "pm.max_children = 1"
	probe_pool straight "pm = static" "pm.max_children = 1" "response_buffering = no"
} >"$T/conf"
hearth_start "$T/conf"

# one_by_one PATH PATTERN: five pieces, of which each leads to the next. %s in PATTERN is its number.
one_by_one()
{
	local i wanted mark
	mark=$T/mark/$((++MARKS))
	: >"$T/got"
	curl -sSN --max-time 50 "http://127.0.0.1:$PORT$1?$mark" >"$T/got" 2>"$T/curl.err" &
	for i in 1 2 3 4 5; do
		# shellcheck disable=SC2059 # it is a pattern
		wanted=$(printf "$2" $i)
		wait_for "grep -q '$wanted' '$T/got'"
		: >"$mark.$i"
	done
	wait $! || fail "$1: $(cat "$T/curl.err")"
}
MARKS=0

for path in /cgi-bin/events /direct/events /app/events /straight/events; do
	one_by_one "$path" '^data: %s$'
	expect "$path" "$(tr -d '\n' <"$T/got")" "data: 1data: 2data: 3data: 4data: 5"
done
for path in /cgi-bin/bytes /direct/bytes; do
	one_by_one "$path" '%s$'
	expect "$path" "$(cat "$T/got")" 12345
done

# A head leaves before there is any body.
for path in /cgi-bin/head /direct/head; do
	rm -f "$T/head" "$T/mark/head.1"
	get "$path?$T/mark/head" -N &
	wait_for 'grep -q "^HTTP/1.1 200" "$T/head"'
	: >"$T/mark/head.1"
	wait $!
	expect "$path" "$(body)" body
done
hearth_stop
