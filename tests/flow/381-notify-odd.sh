#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A daemon that cannot serve never says that it is ready, but why; in the background it says who it is;
# hearth serve notifies too. An address that is none, or that nobody reads at, costs a line in the log.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/notify.sh"

mkdir "$T/www/cgi-bin"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"

# ---- in the background, at an abstract address: told before the command returns
hear "@hearth-test-$$"
WATCHDOG_USEC=200000 timeout 20 "$T/bin/hearth" run -c "$T/conf" -D -p "$T/pid" >>"$LOG" 2>&1 </dev/null || fail "-D ended with $?"
MANAGER=$(cat "$T/pid")
wait_told "MAINPID=$MANAGER"
expect "who is ready" "$(grep -P '\tREADY=1\t' "$TOLD" | cut -f1-3 | tr '\t' ' ')" "$MANAGER READY=1 MAINPID=$MANAGER"
wait_told WATCHDOG=1 2
kill -TERM "$MANAGER"
wait_for "not_running $MANAGER" 10
MANAGER=
wait_told STOPPING=1
unhear

# ---- no port
hear
/usr/bin/python3 -c '
import os, socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(1)
print("has it", flush=True)
starter = os.getppid()
while os.getppid() == starter:
    time.sleep(0.1)
' "$PORT" >"$T/taken" </dev/null &
taken=$!
wait_for 'grep -q "has it" "$T/taken"'
hearth_launch "$T/conf"
wait_quietly "$MANAGER"
MANAGER=
[ "$EXIT" -ne 0 ] || fail "it started"
wait_told 'STATUS=did not start: .*127\.0\.0\.1:.* in use.*'
expect "READY without a port" "$(told READY=1)" 0
kill "$taken"
wait "$taken" 2>/dev/null

# ---- hearth serve
serve "$T/www" -l "$PORT"
wait_told READY=1
hearth_stop INT
wait_told STOPPING=1
unhear

# ---- nobody reads; and addresses that are none
hearth_start "$T/conf"
get_ok /app/hello hello
ctl reload || fail "reload: $(cat "$T/ctl.err")"
hearth_stop QUIT
expect "lines about nobody" "$(log_count "nobody hears at NOTIFY_SOCKET")" 1
while read -r address why; do
	: >"$LOG"
	NOTIFY_SOCKET=$address hearth_start "$T/conf"
	get_ok /app/hello hello
	expect_log "WARNING: NOTIFY_SOCKET=$address: $why"
	hearth_stop
done <<-END
	vsock:2:1234 it must be a unix socket
	run/notify it must be a unix socket
	/$(printf '%0120d' 0) it is too long
END
