#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that exits behind its answer while its client is slow: what it has said is said, and
# comes whole, also where the worker had to wait for its client.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf "threads = 2"
	probe_pool app "pm = static" "pm.max_children = 1" "response_buffering = no"
	probe_pool tight "pm = static" "pm.max_children = 1" "max_spool = 0"
} >"$T/conf"
hearth_start "$T/conf"

# The client takes a little at a time until the worker is gone, and then the rest.
for pool in app tight; do
	get_ok "/$pool/pid"
	child=$(body)
	child=${child% *}
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /%s/last?n=20000000 HTTP/1.0\r\nHost: a\r\n\r\n' "$pool" >&"$S"
	: >"$T/answer"
	until not_running "$child"; do
		dd bs=100000 count=1 iflag=fullblock <&"$S" >>"$T/answer" 2>/dev/null
	done
	expect_log "child $child.* exited"
	get_ok /app/hello hello
	sleep 0.2
	timeout 40 cat <&"$S" >>"$T/answer"
	exec {S}>&-
	expect "bytes of /$pool" "$(sed '1,/^\r$/d' "$T/answer" | wc -c)" 20000000
	get_ok "/$pool/hello" hello
done
hearth_stop
