#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The status line follows the pools: who is busy, how many requests there were, which pools are shut. It
# comes when something has changed, and with systemd_interval = 0 when a pool shuts or opens.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/notify.sh"

conf()
{
	global_section "systemd_interval = $1"
	gateway_section
	probe_pool app "pm = static" "pm.max_children = 2"
	echo "[frail]"
	echo "command = $T/bin/frail"
	echo "route = /frail/"
	user_line
	echo "pm = static"
	echo "pm.max_children = 1"
	echo "restart_backoff_max = 100ms"
}
cp "$T/bin/fcgi-probe" "$T/bin/frail"
conf 200ms >"$T/conf"
hear
hearth_start "$T/conf"
hold_worker app
wait_told 'STATUS=pools: 2, busy: 1, idle: 2, waiting: 0, requests: 1, .*'
release_worker
expect_held "the request" 200
wait_told 'STATUS=pools: 2, busy: 0, idle: 3, waiting: 0, requests: 1, slow: 0, traffic: 0/s'
expect "lines that were told twice in a row" "$(grep -oP '\tSTATUS=\K[^\t]*' "$TOLD" | uniq -d)" ""

# ---- a pool is shut and opens again
sed -i 's/^systemd_interval.*/systemd_interval = 0/' "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
frail=$(pids_of frail)
mv "$T/bin/frail" "$T/bin/frail.away"
printf '#!/bin/sh\nexit 3\n' >"$T/bin/frail"
chmod 755 "$T/bin/frail"
kill -KILL "$frail"
wait_told 'STATUS=pools: 2, .*; shut: frail'
mv "$T/bin/frail.away" "$T/bin/frail"
wait_for '! grep -q shut <<<"$(last_status)"' 20
hearth_stop
