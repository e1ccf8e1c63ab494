#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth restart where process.max leaves no room for a successor, of a pool whose program has been broken
# meanwhile: one old worker is the price of knowing it, the others stay and serve.
. "$(dirname "$0")/lib.sh"

cat >"$T/bin/app" <<EOF
#!/bin/sh
[ ! -e "$T/mark/broken" ] || exit 3
exec "$T/bin/fcgi-probe"
EOF
chmod 755 "$T/bin/app"
{
	global_section "process.max = 4"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 4"
} | sed "s|^command = .*|command = $T/bin/app|" >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 4 ]'
before=$(pids_of fcgi-probe)

touch "$T/mark/broken"
ctl restart app
expect "status of the restart" "$EXIT" 1
grep -q 'the new workers of pool app do not live, the old ones stay: .*exited with code 3' "$T/ctl.err" ||
	fail "it says: $(cat "$T/ctl.err")"
expect "those of before that are there still" "$(pids_of fcgi-probe | grep -cxF "$before")" 3
get_ok /app/hello hello

rm "$T/mark/broken"
wait_for '[ "$(count_of fcgi-probe)" = 4 ]' 40
ctl restart app || fail "restart: $(cat "$T/ctl.err")"
for pid in $before; do
	! kill -0 "$pid" 2>/dev/null || fail "process $pid is still there"
done
wait_for '[ "$(count_of fcgi-probe)" = 4 ]'
get_ok /app/hello hello
hearth_stop
