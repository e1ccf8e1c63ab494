#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A reload that makes files of what requests are waiting in a pool's line for: they get the file,
# and what was due for the line, or for a body that was to be passed on, is over.
. "$(dirname "$0")/lib.sh"

mkdir "$T/www/app"
head -c 40000000 /dev/zero >"$T/www/app/file"
pool()
{
	probe_pool app "pm = static" "pm.max_children = 1" "request_buffering = no" "pm.queue_timeout = 8s"
}

# connect [HEADER]: asks for two parts of the file, of which the second cannot leave soon.
connect()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /app/file HTTP/1.1\r\nHost: a\r\nConnection: close\r\nRange: bytes=0-19999999,20000001-39999999\r\n%b\r\n' \
		"$1" >&"$S"
}

{ head_of_conf "body_timeout = 8s"; pool; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
hold_worker app
cases=('too long in the line' 'nonsense in its body' 'a body that does not come')
connections=()
for case in "${cases[@]}"; do
	[ "$case" = 'too long in the line' ] && connect '' || connect 'Transfer-Encoding: chunked\r\n'
	connections+=("$S")
done
wait_for "ctl status --json; grep -q '\"waiting\":3' '$T/ctl.out'"
head_of_conf "body_timeout = 8s" >"$T/conf"
ctl reload
for i in 0 1 2; do
	read -r -N 15 -t 40 line <&"${connections[i]}"
	expect "${cases[i]}" "$line" "HTTP/1.1 206 Pa"
done
printf 'nonsense\r\n' >&"${connections[1]}"
sleep 8.2 # as long as the line and the body would have been waited for
for i in 0 1 2; do
	S=${connections[i]}
	timeout 40 cat <&"$S" >"$T/answer"
	exec {S}>&-
	[ "$(wc -c <"$T/answer")" -gt 39999999 ] || fail "${cases[i]}: only $(wc -c <"$T/answer") bytes came"
done
release_worker
wait "$HELD"
hearth_stop
