#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Everything works for a user without privilege: boot, scripts, workers, reload, stop.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
	as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
	mkdir "$T/run" && chown nobody "$T/run"
fi
script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello as %s\n' "$(id -u)"
END
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } | grep -v '^user = ' >"$T/conf"

: >>"$LOG"
"${as_nobody[@]}" "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>>"$LOG" </dev/null &
MANAGER=$!
expect_log 'ready to handle connections'
get_ok /cgi-bin/hello "hello as $("${as_nobody[@]}" id -u)"
get_ok /app/hello hello
"${as_nobody[@]}" "$T/bin/hearth" reload -s "$T/run/control.sock" || fail "reload"
get_ok /app/hello hello
hearth_stop
