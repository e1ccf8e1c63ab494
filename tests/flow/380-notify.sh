#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who started hearth hears when it serves, when a reload begins and ends, however it ends, and when it
# stops; from the manager alone, and no program of a pool knows whom it tells.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/notify.sh"

script env <<'EOF'
#!/bin/sh
echo "Content-Type: text/plain"
echo
exec env
EOF
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 2" "clear_env = no"; script_pool "clear_env = no"; } >"$T/conf"
export WATCHDOG_USEC=600000000 MINE=1
hear
hearth_start "$T/conf"
get_ok /app/hello hello
wait_told READY=1
expect "what came first, but for signs of life" "$(grep -v WATCHDOG=1 "$TOLD" | sed -n 2p | cut -f2)" READY=1
expect "MAINPID where there is one process" "$(told 'MAINPID=.*')" 0
grep -qP '\tREADY=1\tSTATUS=pools: 2, busy: \d+, idle: \d+, waiting: \d+, requests: \d+, slow: 0, traffic: [\d.]+/s$' "$TOLD" ||
	fail "told: $(cat "$TOLD")"

# ---- nobody below hears of it
get_ok /cgi-bin/env MINE=1
for name in NOTIFY_SOCKET WATCHDOG_USEC; do
	! grep -q "^$name=" "$T/body" || fail "a script has $name"
	for pid in $(pids_of fcgi-probe) $(pids_of hearth-exec) $(pids_of hearth-gateway); do
		! { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | grep -q "^$name=" || fail "a child has $name"
	done
done

# ---- reloads
cp "$T/conf" "$T/good"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_told READY=1 2
echo "pm.max_children = lots" >>"$T/conf"
! ctl reload || fail "a broken file was taken"
wait_told READY=1 3
wait_told 'STATUS=pools: 2, .*; the last reload was refused, the configuration before goes on'
sed 's/^runtime_dir.*/&2/' "$T/good" >"$T/conf"
! ctl reload || fail "another runtime_dir was taken"
wait_told READY=1 4
cp "$T/good" "$T/conf"
kill -HUP "$MANAGER"
wait_told READY=1 5
wait_for '! grep -q refused <<<"$(last_status)"'
expect "the order" "$(grep -oP '\t\K(READY|RELOADING)(?==1)' "$TOLD" | tr '\n' ' ')" \
	"READY RELOADING READY RELOADING READY RELOADING READY RELOADING READY "
expect "reloads with their time" "$(grep -cP '\tRELOADING=1\tMONOTONIC_USEC=\d{5,}$' "$TOLD")" 4

# ---- the end
hearth_stop QUIT
wait_told STOPPING=1
grep -qP '\tSTOPPING=1\tSTATUS=finishing what runs, then exiting\tEXTEND_TIMEOUT_USEC=20000000$' "$TOLD" || fail "told: $(cat "$TOLD")"
expect "who has told it" "$(sed 1d "$TOLD" | cut -f1 | sort -u)" "$(sed -n 2p "$TOLD" | cut -f1)"
expect "who that was" "$(log_count "is running, pid $(sed -n 2p "$TOLD" | cut -f1)\$")" 1

# A stop without grace asks for no time of it; and what systemd said was for one start.
unhear
hear
hearth_start "$T/conf"
wait_told READY=1
hearth_stop TERM
wait_told STOPPING=1
grep -qP '\tSTOPPING=1\tSTATUS=exiting\tEXTEND_TIMEOUT_USEC=10000000$' "$TOLD" || fail "told: $(cat "$TOLD")"
