#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Two workers, and a hundred clients (20 under a sanitizer) that neither send their bodies nor read
# their answers to the end: none of them holds a worker, and in the end all get what is theirs.
. "$(dirname "$0")/lib.sh"

mkdir -m 1777 "$T/spool"
{
	head_of_conf "spool_dir = $T/spool" "max_connections = 300" "max_spool = 1g" "body_timeout = 5m" "write_timeout = 5m"
	probe_pool app "pm = static" "pm.max_children = 2"
} >"$T/conf"
hearth_start "$T/conf"
head -c 50000 /dev/urandom >"$T/half"
cat "$T/half" "$T/half" >"$T/whole"

connect()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf '%s HTTP/1.0\r\nHost: a\r\nContent-Length: %d\r\n\r\n' "$1" "$2" >&"$S"
}

senders=() readers=()
case $BUILD in
*/asan | */tsan) fifths=4 others=5 ;; # whose programs are slow
*) fifths=20 others=20 ;;
esac
for ((i = 0; i < 4 * fifths; i++)); do
	connect "POST /app/echo" 100000
	cat "$T/half" >&"$S"
	senders+=("$S")
done
for ((i = 0; i < fifths; i++)); do
	connect "GET /app/big?n=6000000" 0
	readers+=("$S")
done

# Others are served meanwhile, and the workers have nothing else to do.
for ((i = 0; i < others; i++)); do
	get_ok /app/hello hello
	get /app/echo --data-binary "@$T/whole"
	expect_status 200
	cmp "$T/whole" "$T/body" || fail "other bytes came back"
done
slow_ones_hold_nobody()
{
	ctl status --json
	grep -q '"idle":2,"busy":0,"waiting":0' "$T/ctl.out" &&
		[ "$(sed 's/.*"connections":\([0-9]*\),.*/\1/' "$T/ctl.out")" -ge $((5 * fifths)) ]
}
wait_for slow_ones_hold_nobody

for S in "${senders[@]}"; do
	cat "$T/half" >&"$S"
	sed '1,/^\r$/d' <&"$S" >"$T/answer"
	exec {S}>&-
	cmp "$T/whole" "$T/answer" || fail "other bytes came back to a slow sender"
done
for S in "${readers[@]}"; do
	[ "$(cat <&"$S" | wc -c)" -gt 6000000 ] || fail "a slow reader got less"
	exec {S}>&-
done
wait_for '! find "/proc/$(pids_of hearth-gateway)/fd" -lname "$T/spool/*" | grep -q .'
hearth_stop
