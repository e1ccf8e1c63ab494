#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool on demand that was shut because its workers died, and is mended, stays open: the worker that proves
# it is idle soon and goes, and that is no failure. A burst on the pool, cold again, loses none.
. "$(dirname "$0")/lib.sh"

cat >"$T/bin/app" <<END
#!/bin/sh
[ -e "$T/mark/well" ] || exit 1
exec "$T/bin/fcgi-probe"
END
chmod 755 "$T/bin/app"
{
	head_of_conf
	probe_pool app "pm = ondemand" "pm.max_children = 4" "pm.max_queue = 4" "pm.process_idle_timeout = 500ms" \
		"restart_backoff_max = 100ms" | sed "s|^command = .*|command = $T/bin/app|"
} >"$T/conf"
hearth_start "$T/conf"

# It is shut by requests that nobody serves, and opens without one.
wait_for 'get /app/hello; [ "$STATUS" = 503 ] && [ "$(log_count "pool app. is shut")" -gt 0 ]'
touch "$T/mark/well"
expect_log '\[pool app\] takes requests again'

wait_for '[ "$(log_count "exited with code 0 .* as asked: idle")" -gt 0 ]' 20
burst 8 /app/hello
expect "served of a burst" "$(burst_count 200)" 8
wait_for '[ "$(log_count "exited with code 0 .* as asked: idle")" -gt 1 ]'
wait_for '[ "$(count_of fcgi-probe)" = 0 ]'
expect "how often it was shut" "$(log_count 'pool app. is shut')" 1
hearth_stop
