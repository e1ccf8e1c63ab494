#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth restart replaces all workers of a pool one by one, without an error for anybody, of a static, a
# dynamic and a cgi pool under load; other pools feel nothing, and nobody new is there twice.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 3"
	probe_pool spare "pm = dynamic" "pm.max_children = 4" "pm.start_servers = 2" "pm.max_spare_servers = 4"
	probe_pool other "pm = static" "pm.max_children = 1"
	script_pool
} >"$T/conf"
script hello.sh <<'EOS'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello\n'
EOS
hearth_start "$T/conf"
get_ok /other/pid
other=$(cut -d' ' -f1 "$T/body")
get_ok /app/hello hello
get_ok /spare/hello hello
get_ok /cgi-bin/hello.sh hello

loads=()
# load PATH: requests one after the other, until told to stop; what is not answered 200 is written down.
load()
{
	local status
	while [ ! -e "$T/enough" ]; do
		status=$(curl -sS --max-time 30 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT$1" 2>&1)
		echo "$status" >>"$T/answers"
	done
}

for _ in 1 2 3 4; do
	for path in '/app/slow?ms=10' '/spare/slow?ms=10' /cgi-bin/hello.sh; do
		load "$path" &
		loads+=($!)
	done
done
wait_for '[ "$(wc -l <"$T/answers")" -gt 30 ]'
wait_for '[ "$(ls "$T"/run/workers | wc -l)" -ge 6 ]'

# Not those that they have begun to start a script by.
runner_pids()
{
	ps --ppid "$MANAGER" -o pid=,comm= | sed -n 's/ hearth-exec$//p'
}
before=$(pids_of fcgi-probe)
runners=$(runner_pids)
ctl restart app || fail "restart: $(cat "$T/ctl.err")"
ctl restart spare || fail "restart: $(cat "$T/ctl.err")"
ctl restart scripts || fail "restart: $(cat "$T/ctl.err")"
for pid in $before $runners; do
	[ "$pid" != "$other" ] || continue
	! kill -0 "$pid" 2>/dev/null || fail "process $pid is still there after its pool's restart"
done
kill -0 "$other" || fail "the worker of another pool has gone"
expect "runners" "$(runner_pids | wc -w)" "$(wc -w <<<"$runners")"

# Twice at the same time are one restart, or two, but nobody waits for ever.
ctl restart app &
ctl restart app || fail "restart: $(cat "$T/ctl.err")"
wait $!

touch "$T/enough"
wait "${loads[@]}"
expect "answers other than 200" "$(grep -cvx 200 "$T/answers")" 0
expect_log 'child [0-9]+ exited .*as asked: restart'
expect_log 'pool app\] restart: 3 workers are replaced'
expect_log 'pool app\] all workers are replaced'
wait_for '[ "$(pids_of fcgi-probe | wc -l)" -le 8 ]'
expect_no_log 'child.*(unexpected|SIGKILL)|runner.*unexpected'

ctl restart nothing
expect "status for a pool that there is not" "$EXIT" 1
grep -q 'no pool "nothing"' "$T/ctl.err" || fail "it says: $(cat "$T/ctl.err")"
ctl restart
expect "status without a pool" "$EXIT" 64
hearth_stop
