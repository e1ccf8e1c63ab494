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
# dripping NAME [DRIP-ARGUMENT]...: the same in the background; what it was told is in $T/answer.NAME.
dripping()
{
	drip "${@:2}" >"$T/answer.$1" &
	drips+=($!)
}
all_have_dripped()
{
	wait "${drips[@]}"
	drips=()
}
# answered NAME STATUS
answered()
{
	expect "$1" "$(status <"$T/answer.$1")" "$2"
}
conf()
{
	head_of_conf "header_timeout = 3s" "body_timeout = 3s" "min_receive_rate = $1"
	probe_pool app "pm = static" "pm.max_children = 1"
}
head='POST /app/echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
# 38 bytes at a time earn 0.38 s each.
fields='X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'
drips=()
conf 100 >"$T/conf"
hearth_start "$T/conf"

dripping "a head that drips" 'GET /file.txt HTTP/1.1\r\nX: ' 100 a 0.2
dripping "a body that drips" "${head}Content-Length: 1000\r\n\r\n" 100 a 0.2
dripping "a chunked body that drips" "${head}Transfer-Encoding: chunked\r\n\r\n" 100 '1\r\na\r\n' 0.2
dripping "a body that stops" "${head}Content-Length: 10\r\n\r\nabc" 0 a 1
dripping "a client that says nothing" '' 0 a 1
# 760 bytes earn 7.6 s, and take more than the 3 s that would be all otherwise.
dripping "a slow head" 'GET /file.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' 20 "$fields" 0.2 '\r\n'
all_have_dripped
for name in "a head that drips" "a body that drips" "a chunked body that drips" "a body that stops"; do
	answered "$name" 408
	grep -aq '^Connection: close' "$T/answer.$name" || fail "$name: 408 does not close"
done
expect "a client that says nothing" "$(cat "$T/answer.a client that says nothing")" ""
answered "a slow head" 200
wait_for '[ "$(ctl status --json; grep -o "\"connections\":[0-9]*" "$T/ctl.out")" = "\"connections\":0" ]'

# Without a rate a body may take any time, if only it does not pause.
conf 0 >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
dripping "a slow body" "${head}Content-Length: 20\r\n\r\n" 20 a 0.2
dripping "a head that takes longer" 'GET /file.txt HTTP/1.1\r\n' 100 "$fields" 0.2
all_have_dripped
answered "a slow body" 200
answered "a head that takes longer" 408
hearth_stop
