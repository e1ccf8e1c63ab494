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
	probe_pool app "pm = static" "pm.max_children = 1" "request_buffering = no" "pm.queue_timeout = 4s"
}
# connect [HEADER]: asks for two parts of the file, of which the second cannot leave soon.
connect()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /app/file HTTP/1.1\r\nHost: a\r\nConnection: close\r\nRange: bytes=0-19999999,20000001-39999999\r\n%b\r\n' \
		"$1" >&"$S"
}

for case in 'too long in the line' 'nonsense in its body' 'a body that does not come'; do
	{ head_of_conf "body_timeout = 2s"; pool; } >"$T/conf"
	hearth_start "$T/conf"
	hold_worker app
	[ "$case" = 'too long in the line' ] && connect '' || connect 'Transfer-Encoding: chunked\r\n'
	wait_for "ctl status --json; grep -q '\"waiting\":1' '$T/ctl.out'"
	head_of_conf "body_timeout = 2s" >"$T/conf"
	ctl reload
	read -r -N 15 line <&"$S"
	expect "$case" "$line" "HTTP/1.1 206 Pa"
	[ "$case" != 'nonsense in its body' ] || printf 'nonsense\r\n' >&"$S"
	[ "$case" = 'nonsense in its body' ] || sleep 4.2
	timeout 40 cat <&"$S" >"$T/answer"
	exec {S}>&-
	[ "$(wc -c <"$T/answer")" -gt 39999999 ] || fail "$case: only $(wc -c <"$T/answer") bytes came"
	release_worker
	wait "$HELD"
	hearth_stop
done
