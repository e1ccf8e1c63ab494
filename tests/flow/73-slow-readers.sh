#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A client that takes nothing of its answer, or a byte now and then, is left after write_timeout;
# one that only takes it slowly gets all of it.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

truncate -s 30M "$T/www/large"
{
	head_of_conf "write_timeout = 500ms"
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"

# connect PATH: $S is a client that has asked for it.
connect()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' "$1" >&"$S"
}

# So many came by now, and all of them are gone.
came_and_went()
{
	ctl status --json
	grep -q "\"connections\":0,\"accepted\":$1," "$T/ctl.out"
}

n=0
for path in /large '/app/big?n=30000000'; do
	connect "$path"
	wait_for "came_and_went $((n += 1))"
	exec {S}>&-

	connect "$path"
	(while dd bs=1 count=1 of=/dev/null <&"$S"; do sleep 0.05; done) 2>/dev/null &
	drip=$!
	wait_for "came_and_went $((n += 1))"
	kill $drip && wait $drip 2>/dev/null
	exec {S}>&-

	connect "$path"
	for _ in {1..15}; do
		sleep 0.1
		head -c 65536 <&"$S"
	done >"$T/answer"
	expect "the first part for $path" "$(stat -c %s "$T/answer")" $((15 * 65536))
	cat <&"$S" >>"$T/answer"
	exec {S}>&-
	[ "$(stat -c %s "$T/answer")" -gt 30000000 ] || fail "who took $path slowly got $(stat -c %s "$T/answer") bytes"
	get_ok /app/hello hello
	n=$((n + 2))
done
hearth_stop
