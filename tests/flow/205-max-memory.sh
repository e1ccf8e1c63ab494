#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.max_memory: a worker that has grown above it is replaced, one that has not stays.
# variants: plain
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool big "pm = static" "pm.max_children = 1" "pm.max_memory = 64m"
	probe_pool small "pm = static" "pm.max_children = 1" "pm.max_memory = 64m"
} >"$T/conf"
hearth_start "$T/conf"

pid_in()
{
	get_ok "/$1/pid"
	cut -d' ' -f1 "$T/body"
}

small=$(pid_in small)
big=$(pid_in big)
get_ok '/small/grow?mb=8'
get_ok '/big/grow?mb=100'
expect "who grew" "$(cut -d' ' -f1 "$T/body")" "$big"
wait_for "! kill -0 $big" 40
expect_log "child $big has reached pm.max_memory"
expect_log "child $big exited .*as asked: pm.max_memory"
[ "$(pid_in big)" != "$big" ] || fail "the same worker again"
# Once it has been looked at, too.
wait_for '[ "$(ps -o etimes= -p '"$small"')" -gt 10 ]' 20
expect "the small one" "$(pid_in small)" "$small"
expect "those that were replaced" "$(log_count 'has reached pm.max_memory')" 1
hearth_stop
