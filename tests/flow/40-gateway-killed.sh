#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kill -9 on the gateway under load: nobody is refused, workers stay, and soon all works again.
. "$(dirname "$0")/lib.sh"
GATEWAY_MAY_DIE=yes

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 2"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
workers=$(pids_of fcgi-probe)

# New connections all the while; a request that was inside the gateway may be cut, none may be refused.
i=0
until [ -e "$T/mark/enough" ]; do
	i=$((i + 1))
	curl -sS --max-time 50 -o /dev/null -w '%{http_code} %{exitcode}\n' "http://127.0.0.1:$PORT/app/hello?$i" 2>/dev/null
done >"$T/answers" &
load=$!
wait_for '[ "$(wc -l <"$T/answers")" -ge 10 ]'
for _ in 1 2; do
	victim=$(pids_of hearth-gateway)
	kill -KILL "$victim"
	wait_for '[ "$(count_of hearth-gateway)" = 1 ] && [ "$(pids_of hearth-gateway)" != "'"$victim"'" ]'
	get_ok /app/hello hello
done
answered=$(wc -l <"$T/answers")
wait_for "[ \$(wc -l <'$T/answers') -ge $((answered + 10)) ]"
: >"$T/mark/enough"
wait "$load"

expect "refused connections" "$(grep -c ' 7$' "$T/answers")" 0
cut=$(grep -vc '^200 0$' "$T/answers")
[ "$cut" -le 2 ] || fail "$cut requests were lost: $(sort "$T/answers" | uniq -c)"
expect "workers" "$(pids_of fcgi-probe)" "$workers"
expect_log "gateway.*(signal 9|SIGKILL)"
hearth_stop
