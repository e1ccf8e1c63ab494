#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool whose workers die one after the other is shut, and says so once, with what to do; it is tried
# again although nobody asks, and opens when a worker stays. Its requests are answered 503, and quickly
# where nobody waits for a worker; other pools feel nothing.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

cat >"$T/bin/flaky" <<END2
#!/bin/sh
[ -e "$T/mark/mended" ] && exec "$T/bin/fcgi-probe"
echo "the configuration of the program is missing" >&2
exit 1
END2
chmod 755 "$T/bin/flaky"
{
	head_of_conf
	probe_pool good "pm = static" "pm.max_children = 1"
	probe_pool flaky "pm = ondemand" "pm.max_children = 4" "restart_backoff_max = 500ms" "pm.queue_timeout = 1s" \
		"pm.process_idle_timeout = 60s" | sed "s|^command.*|command = $T/bin/flaky|"
} >"$T/conf"
hearth_start "$T/conf"

state()
{
	ctl status flaky && sed -n 's/^    state  *\([a-z ]*\).*/\1/p' "$T/ctl.out"
}

# Nobody has asked yet, so nobody was started.
expect "the state before" "$(state)" open
get /flaky/hello
[ "$STATUS" = 502 ] || [ "$STATUS" = 503 ] || fail "the first request: status $STATUS"
# One client is enough, unless time stands still while he waits.
wait_for '[ "$(state)" = broken ] || { get /flaky/hello; false; }' 30
expect_log '\[pool flaky\] is shut, .* starts in a row failed, the last worker exited with code 1 .*the configuration of the program is missing.*next try is in [0-9]+ ms.*mend it'
get_ok /good/hello hello

# Nobody asks, and it is tried all the same.
deaths=$(log_count '\[pool flaky\] child [0-9]+ exited')
wait_for '[ "$(log_count "\[pool flaky\] child [0-9]+ exited")" -ge '$((deaths + 3))' ]' 30
# Once, but that a program which takes its time to die, on a crowded machine, opens it for that long.
said_once()
{
	[ "$(log_count '\[pool flaky\] is shut')" = $(($(log_count '\[pool flaky\] takes requests again') + $1)) ]
}
wait_for 'said_once 1'
[ "$(log_count '\[pool flaky\] is shut')" -lt 3 ] || fail "it opens and shuts"
for _ in 1 2 3; do
	wait_for 'get /flaky/hello; [ "$STATUS" = 503 ]' 30
	[ -n "$(header Retry-After)" ] || fail "no Retry-After: $(cat "$T/head")"
done

: >"$T/mark/mended"
wait_for '[ "$(state)" = open ]' 20
wait_for 'said_once 0'
get_ok /flaky/hello hello
get_ok /good/hello hello
hearth_stop
