#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth restart of a pool whose program has been broken meanwhile: the new ones die, the old ones stay
# and serve, and whoever asked is told why. Mended, the next restart succeeds; where no old one is left, it says so.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cat >"$T/bin/app" <<EOF
#!/bin/sh
[ ! -e "$T/mark/broken" ] || { echo "no such table: users" >&2; exit 3; }
exec "$T/bin/fcgi-probe"
EOF
chmod 755 "$T/bin/app"
{
	global_section "process_control_timeout = 60s"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 2" "restart_backoff_max = 500ms"
} | sed "s|^command = .*|command = $T/bin/app|" >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
get_ok /app/hello hello
before=$(pids_of fcgi-probe)

touch "$T/mark/broken"
ctl restart app
expect "status of the restart" "$EXIT" 1
grep -q 'the new workers of pool app do not live, the old ones stay: .*exited with code 3.*no such table' "$T/ctl.err" ||
	fail "it says: $(cat "$T/ctl.err")"
get_ok /app/hello hello
expect "those that serve" "$(pids_of fcgi-probe)" "$before"

rm "$T/mark/broken"
ctl restart app || fail "restart: $(cat "$T/ctl.err")"
for pid in $before; do
	! kill -0 "$pid" 2>/dev/null || fail "process $pid is still there"
done
get_ok /app/hello hello
expect "workers" "$(count_of fcgi-probe)" 2

# No old one is there to stay: whoever asks is told so, until a worker lives. A restart cannot make it so.
touch "$T/mark/broken"
for pid in $(pids_of fcgi-probe); do
	kill -KILL "$pid"
done
expect_log '\[pool app\] is shut'
# Asked while one is just being tried, it is another answer.
wait_for '! ctl restart app && grep -Eq "pool app has no worker that could be replaced: [0-9]+ starts in a row failed, the last worker exited with code 3.*no such table.*next in [0-9]+ ms; see hearth status app" "$T/ctl.err"'
# Drained, it would not be tried again: the restart ends that.
ctl drain app || fail "drain: $(cat "$T/ctl.err")"
rm "$T/mark/broken"
ctl restart app
wait_for 'get /app/hello; [ "$STATUS" = 200 ] && [ "$(count_of fcgi-probe)" = 2 ]'
wait_for 'ctl restart app'

# A pool that a reload takes away while it is being restarted.
hold_worker app
ctl restart app &
waiter=$!
expect_log 'pool app\] restart: 2 workers'
wait_for '"$T/bin/hearth" status -s "$T/run/control.sock" | grep -q leaving'
sed -i 's/^\[app\]/[app2]/' "$T/conf"
"$T/bin/hearth" reload -s "$T/run/control.sock" || fail "reload"
wait $waiter
expect "status of the restart" "$?" 1
release_worker
expect_held "the request in flight" 200
hearth_stop
