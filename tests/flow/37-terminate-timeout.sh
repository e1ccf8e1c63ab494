#!/bin/bash
# SPDX-License-Identifier: MIT
#
# request_terminate_timeout: the client gets 504, the worker is killed and replaced, others go on.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2" "request_terminate_timeout = 3s"
	script_pool "request_terminate_timeout = 3s"
} >"$T/conf"
script sleeper <<'END'
#!/bin/sh
sleep 60 &
wait
END
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'

curl -sS --max-time 50 -o "$T/slept" -w '%{http_code}' "http://127.0.0.1:$PORT/cgi-bin/sleeper" >"$T/slept.status" &
sleeper=$!
hold_worker app
get_ok /app/pid
other=$(cut -d' ' -f1 "$T/body")
expect_held "the endless one" 504
expect_log 'request_terminate_timeout'
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
pids_of fcgi-probe | grep -qx "$other" || fail "the other worker was killed as well"
get_ok /app/hello hello

wait $sleeper
expect "the script" "$(cat "$T/slept.status")" 504
wait_for '! scripts_run' # the whole tree of the script is gone
hearth_stop
