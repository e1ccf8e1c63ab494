#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whatever a gateway that was taken over says, the manager ends it, starts another, and goes on: it
# does not exit, it does not fill the log, and its memory stays within bounds.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
GATEWAY_MAY_DIE=yes

[ -x "$BUILD/tools/fake-gateway" ] || skip "the tools are not built"
{
	head_of_conf
	probe_pool app "pm = ondemand" "pm.max_children = 2" "pm.process_idle_timeout = 1s"
} >"$T/conf"
cp "$BUILD/tools/fake-gateway" "$T/bin/hearth-gateway"

for mode in refuse again; do
	echo $mode >"$T/bin/mode"
	hearth_start "$T/conf"
	expect_log 'gateway [0-9]+ exited on signal 9.*nobody offered that plan'
	ctl status || fail "no answer to status after $mode"
	hearth_stop
	[ "$(grep -ac 'has taken over' "$LOG")" -lt 100 ] || fail "the log is full of it"
	: >"$LOG"
done

echo greedy >"$T/bin/mode"
hearth_start "$T/conf"
poll_for "grep -aq 'it does not read its letters' '$LOG'" 80 || fail "the greedy one was let be"
ctl status || fail "no answer to status"
hearth_stop
