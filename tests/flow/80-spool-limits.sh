#!/bin/bash
# SPDX-License-Identifier: MIT
#
# max_spool, of a pool and of all: a body that would exceed it is 503, a response waits at its
# worker and comes whole; what was used is there again afterwards. max_body of a pool is its own.
. "$(dirname "$0")/lib.sh"

mkdir -m 1777 "$T/spool"
head -c 300000 /dev/urandom >"$T/large"
head -c 60000 /dev/urandom >"$T/small"
{
	head_of_conf "spool_dir = $T/spool" "max_spool = 1m" "max_body = 2m" "threads = 2"
	probe_pool app "pm = static" "pm.max_children = 1" "max_spool = 200k"
	probe_pool roomy "pm = static" "pm.max_children = 1" "max_body = 3m"
	probe_pool none "pm = static" "pm.max_children = 2" "max_spool = 0" "max_body = 100k"
} >"$T/conf"
hearth_start "$T/conf"

# Reads nothing of its answer until a byte comes on its input.
idle_reader()
{
	exec {reader}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET %s HTTP/1.0\r\nHost: a\r\n\r\n' "$1" >&"$reader"
}

# The bodies of requests.
get /app/echo --data-binary "@$T/small" -H Expect:
expect_status 200
get /app/echo --data-binary "@$T/large" -H Expect:
expect_status 503
[ -n "$(header Retry-After)" ] || fail "503 without Retry-After"
expect_log '\[pool app\] max_spool \(204800 bytes\) is used up: a request body is refused'
get /roomy/echo --data-binary "@$T/large" -H Expect:
expect_status 200
cmp "$T/large" "$T/body" || fail "other bytes came back"
for _ in {1..5}; do head -c 300000 /dev/urandom; done >"$T/larger"
get /roomy/echo --data-binary "@$T/larger" -H Expect:
expect_status 503
expect_log '\[gateway\] max_spool \(1048576 bytes\) is used up: a request body is refused'
for _ in {1..20}; do
	get /app/hello --data-binary "@$T/large" -H Expect:
	expect_status 503
done
# Once within a moment, and this was one, or a few where the machine is slow.
[ "$(log_count 'pool app.*a request body is refused')" -lt 10 ] || fail "it is said of every request"

# Limits of bodies: the pool's own, be it smaller or larger than the gateway's.
head -c 2500000 /dev/zero >"$T/huge"
get /none/echo --data-binary "@$T/large" -H Expect:
expect_status 413
get /roomy/echo --data-binary "@$T/huge" -H 'Expect: 100-continue'
expect_status 503 # it may be so large, but there is no room
head -c 3500000 /dev/zero >"$T/huge"
get /roomy/echo --data-binary "@$T/huge" -H 'Expect: 100-continue'
expect_status 413
get /app/echo --data-binary "@$T/huge" -H 'Expect: 100-continue'
expect_status 413

# Responses: 40 MB do not fit anywhere. The workers wait, and everything comes in the end.
for path in /app/big /none/big; do
	idle_reader "$path?n=40000000"
	first=$reader
	expect_log "\[pool ${path:1:-4}\] max_spool .* is used up: workers wait"
	[ "$path" = /app/big ] || get_ok /none/hello hello # its other worker
	timeout 40 cat <&"$first" >"$T/body"
	exec {first}>&-
	[ "$(wc -c <"$T/body")" -gt 40000000 ] || fail "$path: only $(wc -c <"$T/body") bytes came"
	get_ok "${path/big/hello}" hello
done

# All is given back, and by those too who were cut off.
idle_reader "/roomy/big?n=40000000"
wait_for 'find /proc/$(pids_of hearth-gateway)/fd -lname "$T/spool/*" | grep -q .'
exec {reader}>&-
wait_for '! find /proc/$(pids_of hearth-gateway)/fd -lname "$T/spool/*" | grep -q .'
for pool in app/small roomy/large; do
	get "/${pool%/*}/echo" --data-binary "@$T/${pool#*/}" -H Expect:
	expect_status 200
done

# A directory that is no more is said, and is no end.
rmdir "$T/spool"
get /roomy/echo --data-binary "@$T/large" -H Expect:
expect_status 503
get /roomy/echo --data-binary "@$T/small" -H Expect:
expect_status 200
idle_reader "/roomy/big?n=40000000"
expect_log "spool_dir $T/spool cannot be used: No such file or directory: workers wait"
[ "$(timeout 40 cat <&"$reader" | wc -c)" -gt 40000000 ] || fail "without a directory less came"
exec {reader}>&-
expect_log "spool_dir $T/spool cannot be used: No such file or directory: a request body is refused"
hearth_stop
