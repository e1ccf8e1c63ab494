#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A client that takes nothing of its answer, or a byte now and then, is left after write_timeout;
# one that only takes it slowly gets all of it.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

truncate -s 30M "$T/www/large"
{
	head_of_conf "write_timeout = 2s"
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"
get_ok /app/hello hello

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
# In pieces for longer than write_timeout, and then the rest.
slowly()
{
	for _ in {1..15}; do
		sleep 0.2
		head -c 65536 <&"$S"
	done
	cat <&"$S"
}

# All of them at once, and none is closed by us.
drips=() slow=()
for path in /large '/app/big?n=30000000'; do
	connect "$path"
	connect "$path"
	(while dd bs=1 count=1 of=/dev/null <&"$S"; do sleep 0.05; done) 2>/dev/null &
	drips+=($!)
	connect "$path"
	slowly >"$T/slow.${#slow[@]}" &
	slow+=($!)
done
wait "${slow[@]}"
for i in 0 1; do
	[ "$(stat -c %s "$T/slow.$i")" -gt 30000000 ] || fail "a slow reader got $(stat -c %s "$T/slow.$i") bytes"
done
wait_for "came_and_went 7"
kill "${drips[@]}" 2>/dev/null
wait "${drips[@]}" 2>/dev/null
get_ok /app/hello hello
hearth_stop
