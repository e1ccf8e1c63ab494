#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A plain user who was given a capability (as systemd's AmbientCapabilities= does, for port 80) can
# start hearth, and nobody whom hearth starts has it.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can give capabilities away"
as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=+net_bind_service --ambient-caps=+net_bind_service)
"${as_nobody[@]}" true 2>/dev/null || skip "there is no capability to give"

mkdir "$T/run" && chown nobody "$T/run"
script caps <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
grep ^Cap /proc/self/status
END
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } | grep -v '^user = ' >"$T/conf"

: >>"$LOG"
"${as_nobody[@]}" "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>>"$LOG" </dev/null &
MANAGER=$!
expect_log 'ready to handle connections'
get_ok /cgi-bin/caps CapEff
! grep -E '^Cap(Inh|Prm|Eff|Amb):.*[1-9a-f]' "$T/body" || fail "a script has capabilities"
get_ok /app/hello hello
for program in hearth-gateway hearth-exec fcgi-probe; do
	for pid in $(pids_of $program); do
		! grep -E '^Cap(Inh|Prm|Eff|Amb):.*[1-9a-f]' "/proc/$pid/status" || fail "$program has capabilities"
	done
done
hearth_stop
