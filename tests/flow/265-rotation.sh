#!/bin/bash
# SPDX-License-Identifier: MIT
#
# USR1 and reopen start every log anew - the error log, access logs of [gateway] and of pools, slowlogs - and
# touch neither a worker, nor a runner, nor the gateway.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nhello\n'
END
{
	global_section "" | sed "s|^error_log.*|error_log = $T/logs/error|"
	gateway_section "threads = 1" "access.log = $T/logs/access"
	probe_pool app "pm.max_children = 2" "access.log = $T/logs/\$pool.access" "request_slowlog_timeout = 200ms" "slowlog = $T/logs/\$pool.slow"
	script_pool "access.log = $T/logs/\$pool.access" | sed 's/^pm = ondemand/pm = static/'
	probe_pool other "pm.max_children = 1"
} >"$T/conf"
mkdir "$T/logs"
hearth_launch "$T/conf"
poll_for "grep -q 'ready to handle connections' '$T/logs/error'" 20 || fail "hearth did not start: $(cat "$LOG" "$T/logs/error")"

everybody()
{
	pids_of fcgi-probe
	pids_of hearth-gateway
	pids_of hearth-exec
}

# Something for every log.
traffic()
{
	hold_worker app
	wait_for "grep -q '^files = ' '$T/logs/app.slow'"
	release_worker
	expect_held "the slow one" 200
	get_ok "/app/stderr?$1" hello
	get_ok "/cgi-bin/hello?$1" hello
	get_ok "/other/hello?$1" hello
}

# all_have MARK SUFFIX
all_have()
{
	local log
	for log in error access app.access scripts.access; do
		grep -q -- "$1" "$T/logs/$log$2" || return 1
	done
	[ "$(grep -c '^request = GET /app/held' "$T/logs/app.slow$2")" = 1 ]
}

get_ok /cgi-bin/hello hello
wait_for '[ "$(count_of fcgi-probe)" = 3 ] && [ "$(count_of hearth-gateway)" = 1 ]'
before=$(everybody)
traffic first
wait_for 'all_have first ""'
for round in 1 2; do
	for log in error access app.access scripts.access app.slow; do mv "$T/logs/$log" "$T/logs/$log.$round"; done
	if [ $round = 1 ]; then kill -USR1 "$MANAGER"; else ctl reopen || fail "reopen: $(cat "$T/ctl.err")"; fi
	wait_for '[ "$(ls "$T/logs" | grep -vc "[12]$")" = 5 ]'
	traffic "round-$round"
	wait_for "all_have round-$round ''"
	expect "who is there" "$(everybody)" "$before"
done
wait_for '[ "$(cat "$T"/logs/app.access* | grep -c "GET /app/")" = 6 ]'
wait_for '[ "$(cat "$T"/logs/access* | grep -c "GET /other/")" = 3 ]'
! grep -q '/other/\|/static' "$T"/logs/app.access* || fail "lines of others"

# A reload that changes no pool opens them anew as well.
mv "$T/logs/app.access" "$T/logs/app.access.3"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
get_ok "/app/hello?reloaded" hello
wait_for "grep -q reloaded '$T/logs/app.access'"
expect "who is there" "$(everybody)" "$before"
hearth_stop
