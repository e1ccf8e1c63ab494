#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool whose program dies at once: its requests get 503 quickly and are told when to come again,
# those that wait already as well; other pools notice nothing; when the program is mended the pool
# serves by itself.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

broken_pool()
{
	probe_pool "$1" "pm = $2" "pm.max_children = 4" "restart_backoff_max = 1s" |
		sed "s|^command.*|command = $T/bin/program|"
}

printf '#!/bin/sh\nexec sleep 60\n' >"$T/bin/program"
chmod 755 "$T/bin/program"
{
	head_of_conf "threads = 2"
	broken_pool always static
	broken_pool wanted ondemand
	probe_pool well "pm = static" "pm.max_children = 1"
} >"$T/conf"
# The one that dies is put in its place at once, so that no reader sees half of it.
printf '#!/bin/sh\nexit 3\n' >"$T/bin/dying"
chmod 755 "$T/bin/dying"
mv "$T/bin/dying" "$T/bin/program"
hearth_start "$T/conf"

# Without an answer they would wait for 30 s.
for pool in always wanted; do
	burst 6 "/$pool/hello" --max-time 20
	[ "$(burst_count 503)" -ge 1 ] || fail "no 503 in a pool that dies: $(tr '\n' ' ' <"$T/burst")"
	expect "clients without an answer" "$(burst_count 000)" 0
	wait_for "get /$pool/hello --max-time 20; [ \$STATUS = 503 ]" 20
	[ "$(header Retry-After)" -ge 1 ] || fail "Retry-After: '$(header Retry-After)'"
	for i in {1..20}; do
		get "/$pool/hello" --max-time 20
		[[ $STATUS = 50[23] ]] || fail "status $STATUS in a pool that dies"
	done
	get_ok /well/hello hello
done
[ "$(log_count 'requests are answered 503')" -le 14 ] || fail "the log is flooded"

cp "$T/bin/fcgi-probe" "$T/bin/mended"
mv "$T/bin/mended" "$T/bin/program"
for pool in always wanted; do
	wait_for "get /$pool/hello --max-time 20; [ \$STATUS = 200 ]" 20
	burst 20 "/$pool/slow?ms=5" --max-time 20
	expect "answers of $pool when it is mended" "$(burst_count 200)" 20
done
get_ok /well/pid
expect "requests of the other pool's worker" "$(cut -d' ' -f2 "$T/body")" 3
hearth_stop
