#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A reload with a broken file is refused with its complaints, and what served before serves on.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 2"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
workers=$(pids_of fcgi-probe)
cp "$T/conf" "$T/good"

echo "pm.max_children = lots" >>"$T/conf"
ctl reload && fail "a broken file was taken"
expect "exit status of reload" "$EXIT" 1
grep -q "conf:[0-9]*: .*pm.max_children" "$T/ctl.err" || fail "no complaint: $(cat "$T/ctl.err" "$T/ctl.out")"
get_ok /app/hello hello
expect "workers" "$(pids_of fcgi-probe)" "$workers"

# By signal, the complaint goes to the log.
before=$(log_count "conf:[0-9]*: .*pm.max_children")
kill -HUP "$MANAGER"
wait_for "[ \$(log_count 'conf:[0-9]*: .*pm.max_children') -gt $before ]"
get_ok /app/hello hello

cp "$T/good" "$T/conf"
ctl reload || fail "the good file was not taken: $(cat "$T/ctl.err")"
get_ok /app/hello hello
expect "workers of a pool that did not change" "$(pids_of fcgi-probe)" "$workers"
hearth_stop
