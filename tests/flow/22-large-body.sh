#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A body of 20 MB goes by way of a file and comes back equal; one over max_body is 413.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script cat <<'END'
#!/bin/sh
printf 'Content-Type: application/octet-stream\r\n\r\n'
exec cat
END
head -c 20000000 /dev/urandom >"$T/sent"
head -c 2000000 "$T/sent" >"$T/sent.less" # by way of a file as well
head -c 25500000 /dev/zero >"$T/over"
{
	head_of_conf "max_body = 24m"
	script_pool
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"

for path in /cgi-bin/cat /app/echo; do
	for coding in 'Expect:' 'Transfer-Encoding: chunked' 'Expect: 100-continue'; do
		sent=$T/sent.less
		[[ $coding != T* ]] || sent=$T/sent
		get "$path" --data-binary "@$sent" -H "$coding"
		expect_status 200
		cmp "$sent" "$T/body" || fail "$path with $coding: other bytes came back"
	done
	get "$path" --data-binary "@$T/over" -H 'Expect: 100-continue'
	expect_status 413
	get "$path" --data-binary "@$T/over" -H 'Transfer-Encoding: chunked' -H 'Expect:'
	# A client that is still sending may see the reset before the answer.
	[ "$STATUS" = 413 ] || grep -qi 'reset\|broken pipe\|send' "$T/curl.err" || fail "chunks over the limit: $STATUS"
done
get_ok /app/hello hello
hearth_stop
