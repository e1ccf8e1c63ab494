#!/bin/bash
# SPDX-License-Identifier: MIT
#
# QUIT lets the running request finish, takes no new one, and then ends; TERM does not wait.
. "$(dirname "$0")/lib.sh"

{ global_section "process_control_timeout = 60s"; gateway_section; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'

hold_worker app
kill -QUIT "$MANAGER"
expect_log 'finishing what runs'
release_worker
expect_held "the request in flight" 200
wait_quietly "$MANAGER"
expect "exit status" "$EXIT" 0
MANAGER=
wait_for nothing_left

hearth_start "$T/conf"
hold_worker app # and nobody releases it
kill -TERM "$MANAGER"
wait_quietly "$MANAGER"
expect "exit status after TERM" "$EXIT" 0
MANAGER=
wait "$HELD"

hearth_start "$T/conf"
ctl stop || fail "stop: $(cat "$T/ctl.err")"
wait_quietly "$MANAGER"
expect "exit status after stop" "$EXIT" 0
MANAGER=

# A script that is waited for in vain is ended by who stops, and not because of its client.
script waits <<'END'
#!/bin/sh
exec sleep 600
END
{ global_section "process_control_timeout = 200ms"; gateway_section; script_pool; } >"$T/conf"
hearth_start "$T/conf"
curl -sS --max-time 50 -o "$T/body" "http://127.0.0.1:$PORT/cgi-bin/waits" 2>"$T/err" &
wait_for scripts_run
kill -QUIT "$MANAGER"
wait_quietly "$MANAGER"
expect_log 'cgi-bin/waits .*is ended: hearth stops'
MANAGER=
wait_for nothing_left
