#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Slow heads and bodies: who sends at the least rate is waited for, who drips is answered 408, and
# who says nothing is left without a word.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

# drip FIRST N BYTES SECONDS [LAST]: sends FIRST, then N times some bytes, each after a while, then
# LAST, as long as the other end listens; prints what it says.
drip()
{
	local s i
	exec {s}<>"/dev/tcp/127.0.0.1/$PORT"
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$1" >&"$s"
	(
		trap '' PIPE
		for ((i = 0; i < $2; i++)); do
			sleep "$4"
			# shellcheck disable=SC2059
			printf "$3" >&"$s" || exit
		done
		# shellcheck disable=SC2059
		printf "${5:-}" >&"$s"
	) 2>/dev/null &
	timeout 40 cat <&"$s" 2>/dev/null
	kill $! 2>/dev/null
	wait $! 2>/dev/null
	exec {s}>&-
}

status()
{
	sed -n '1s/^HTTP\/1\.1 \([0-9]*\).*/\1/p'
}

echo "a file" >"$T/www/file.txt"
{
	head_of_conf "header_timeout = 500ms" "body_timeout = 500ms" "min_receive_rate = 100"
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"

drip 'GET /file.txt HTTP/1.1\r\nX: ' 100 a 0.1 >"$T/answer"
expect "a head that drips" "$(status <"$T/answer")" 408
grep -aq '^Connection: close' "$T/answer" || fail "408 does not close"
head='POST /app/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
drip "${head}Content-Length: 1000\r\n\r\n" 100 a 0.1 >"$T/answer"
expect "a body that drips" "$(status <"$T/answer")" 408
drip "${head}Transfer-Encoding: chunked\r\n\r\n" 100 '1\r\na\r\n' 0.1 >"$T/answer"
expect "a chunked body that drips" "$(status <"$T/answer")" 408
drip "${head}Content-Length: 10\r\n\r\nabc" 0 a 1 >"$T/answer"
expect "a body that stops" "$(status <"$T/answer")" 408
drip '' 0 a 1 >"$T/answer"
expect "a client that says nothing" "$(cat "$T/answer")" ""

# 760 bytes earn 7.6 s, and take more than the half second that would be all otherwise.
fields='X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'
drip 'GET /file.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' 20 "$fields" 0.04 '\r\n' >"$T/answer"
expect "a slow head" "$(status <"$T/answer")" 200
wait_for '[ "$(ctl status --json; grep -o "\"connections\":[0-9]*" "$T/ctl.out")" = "\"connections\":0" ]'

# Without a rate a body may take any time, if only it does not pause.
sed -i 's/^min_receive_rate.*/min_receive_rate = 0/' "$T/conf"
hearth_stop
hearth_start "$T/conf"
drip "${head}Content-Length: 12\r\n\r\n" 12 a 0.1 >"$T/answer"
expect "a slow body" "$(status <"$T/answer")" 200
drip 'GET /file.txt HTTP/1.1\r\n' 100 "$fields" 0.05 >"$T/answer"
expect "a head that takes longer" "$(status <"$T/answer")" 408
hearth_stop
