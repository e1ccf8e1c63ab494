#!/bin/bash
# SPDX-License-Identifier: MIT
#
# request_terminate_timeout: the client gets 504, the worker is killed and replaced, others go on.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2" "request_terminate_timeout = 700ms"
	script_pool "request_terminate_timeout = 700ms"
} >"$T/conf"
script sleeper <<'END'
#!/bin/sh
sleep 60 &
wait
END
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'

begun=$(now_ms)
hold /app/silent
get_ok '/app/slow?ms=100'
other=$(cut -d' ' -f1 "$T/body")
expect_held "the silent one" 504
took=$(($(now_ms) - begun))
[ $took -ge 600 ] && [ $took -lt 3000 ] || fail "it took $took ms"
expect_log 'request_terminate_timeout'
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
pids_of fcgi-probe | grep -qx "$other" || fail "the other worker was killed as well"
get_ok /app/hello hello

get /cgi-bin/sleeper
expect_status 504
wait_for '! scripts_run' 5 # the whole tree of the script is gone
hearth_stop
