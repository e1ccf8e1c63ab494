#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The watchdog hears of the manager while the gateway answers it, also of one that replaces another;
# and nothing if it waits for another process.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/notify.sh"
GATEWAY_MAY_DIE=yes

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"

# Each command is a turn of the manager's loop, and takes longer than a turn; this one asks nothing of
# the gateway.
many_turns()
{
	local i
	for i in {1..15}; do ! ctl restart nobody || fail "nobody has been restarted"; done
}

# ---- for somebody else, for nobody, and no time
for for_whom in WATCHDOG_PID=1 WATCHDOG_USEC=soon; do
	hear
	env WATCHDOG_USEC=20000 "$for_whom" "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>>"$LOG" </dev/null &
	MANAGER=$!
	wait_told READY=1
	many_turns
	expect "signs of life with $for_whom" "$(told WATCHDOG=1)" 0
	hearth_stop
	unhear
done
expect_log 'WARNING: WATCHDOG_USEC is no time: the watchdog is told nothing'

# ---- for us
hear
cat >"$T/as-systemd" <<'EOF'
#!/bin/sh
WATCHDOG_PID=$$ WATCHDOG_USEC=200000 exec "$@"
EOF
chmod 755 "$T/as-systemd"
"$T/as-systemd" "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>>"$LOG" </dev/null &
MANAGER=$!
wait_told READY=1
wait_told WATCHDOG=1 3

# ---- a gateway that is replaced is no fault
kill -KILL "$(pids_of hearth-gateway)"
expect_log 'gateway [0-9]+ has taken over'
wait_told WATCHDOG=1 $(($(told WATCHDOG=1) + 2))

# ---- one that hangs is
gateway=$(pids_of hearth-gateway)
kill -STOP "$gateway"
# Since the last time that somebody looked, nothing; what it had answered before may still count then.
silent()
{
	local before
	before=$(told WATCHDOG=1)
	many_turns
	many_turns
	many_turns
	[ "$(told WATCHDOG=1)" -eq "$before" ]
}
poll_for silent 10 || { kill -CONT "$gateway"; fail "signs of life of a house whose gateway hangs"; }
before=$(told WATCHDOG=1)
kill -CONT "$gateway"
expect_log 'ERROR: the gateway does not answer: the watchdog is told nothing until it does'
expect_log 'the watchdog is told again that hearth is alive'
wait_told WATCHDOG=1 $((before + 2))
get_ok /app/hello hello
hearth_stop
