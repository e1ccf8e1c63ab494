#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Reload replaces the workers of a pool that changed, leaves others alone, adds one and removes one.
. "$(dirname "$0")/lib.sh"

pools()
{
	head_of_conf
	probe_pool same "pm = static" "pm.max_children = 1"
	probe_pool other "pm = static" "pm.max_children = 1" "env[ROUND] = $1"
	probe_pool "$2" "pm = static" "pm.max_children = 1"
}

pid_in()
{
	get_ok "/$1/pid"
	cut -d' ' -f1 "$T/body"
}

pools one leaves >"$T/conf"
hearth_start "$T/conf"
same=$(pid_in same)
other=$(pid_in other)
get_ok /leaves/hello hello

pools two comes >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for 'get /comes/hello; [ "$STATUS" = 200 ]'
expect "the worker of the unchanged pool" "$(pid_in same)" "$same"
wait_for '! kill -0 '"$other"
[ "$(pid_in other)" != "$other" ] || fail "the changed pool kept its worker"
get /leaves/hello
expect_status 404
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
hearth_stop
