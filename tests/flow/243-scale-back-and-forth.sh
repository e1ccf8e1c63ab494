#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth scale down and up again while all workers are busy: who was told to leave after its request does
# leave, however the numbers stand by then, and another one is there instead.
. "$(dirname "$0")/lib.sh"

{
	global_section "process_control_timeout = 60s"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 2"
} >"$T/conf"
hearth_start "$T/conf"

# both_busy MARK: two requests in the pool at once, or it has not two workers.
both_busy()
{
	local i
	for i in 1 2; do
		curl -sS --max-time 50 -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$PORT/app/held?$T/mark/$1.$i" >>"$T/codes" &
		clients+=($!)
	done
	wait_for "[ -e '$T/mark/$1.1' ] && [ -e '$T/mark/$1.2' ]" 20
}
let_go()
{
	rm "$T/mark/$1.1" "$T/mark/$1.2"
	wait "${clients[@]}"
	clients=()
}

clients=()
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
both_busy first
ctl scale app 1 || fail "scale: $(cat "$T/ctl.err")"
ctl scale app 2 || fail "scale: $(cat "$T/ctl.err")"
let_go first
# The gateway gives nothing more to the one that was told to go.
expect_log 'child [0-9]+ exited .*as asked'
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
both_busy second
let_go second
expect "answers that are not 200" "$(grep -cvx 200 "$T/codes")" 0
expect_no_log 'unexpected|SIGKILL'
hearth_stop
