#!/bin/bash
# SPDX-License-Identifier: MIT
#
# kill -9 on the manager: soon nothing of ours is left, worker and script included.
. "$(dirname "$0")/lib.sh"

script sleeper <<'END'
#!/bin/sh
touch "$QUERY_STRING"
sleep 60
END
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2"
	script_pool
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 2 ]'
hold "/cgi-bin/sleeper?$T/mark/it"
wait_for '[ -e "$T/mark/it" ]'

kill -KILL "$MANAGER"
# Our own client still has $T in its arguments: it goes first.
kill "$HELD" 2>/dev/null
{ wait "$MANAGER" "$HELD"; } 2>/dev/null
MANAGER=
wait_for nothing_left
