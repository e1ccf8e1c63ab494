#!/bin/bash
# SPDX-License-Identifier: MIT
#
# systemd's own activator starts hearth at the first connection, and that one is answered.
# variants: plain
. "$(dirname "$0")/lib.sh"

command -v systemd-socket-activate >/dev/null || skip "systemd-socket-activate (systemd) is not installed"
{
	global_section ""
	gateway_section | sed 's/^listen = .*/listen = systemd:http/'
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"
: >"$LOG"
systemd-socket-activate -l "127.0.0.1:$PORT" --fdname=http "$T/bin/hearth" run -c "$T/conf" 2>>"$LOG" </dev/null &
MANAGER=$!
expect_log "Listening on 127.0.0.1:$PORT"
expect "processes of hearth" "$(count_of hearth)" 0
get_ok /app/hello hello
get_ok /app/hello hello
expect "the process" "$(pids_of hearth)" "$MANAGER"
expect_log "ready to handle connections: http://127.0.0.1:$PORT/"
hearth_stop
