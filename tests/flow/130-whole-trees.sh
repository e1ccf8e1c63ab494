#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whatever a script has started ends with it, daemons of two forks included; and with a stop, a
# reload, and the death of a runner, the gateway or the manager.
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034 # lib.sh asks
GATEWAY_MAY_DIE=1

cp "$(readlink -f "$(command -v sleep)")" "$T/bin/lingerer"
# Five that live on: in the script's group, in a session of its own, of two forks, deaf to SIGTERM,
# and with all its ends closed, elsewhere.
script family <<END
#!/bin/sh
$T/bin/lingerer 1000 &
setsid $T/bin/lingerer 1001 &
setsid sh -c 'setsid $T/bin/lingerer 1002 & exit' &
(trap '' TERM; setsid $T/bin/lingerer 1003 &)
(cd / && setsid $T/bin/lingerer 1004 <&- >&- 2>&- &)
printf 'Content-Type: text/plain\r\n\r\nfamily\n'
[ -n "\$QUERY_STRING" ] || exit 0
: >"\$QUERY_STRING"
exec sleep 1000
END
script plain <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nplain\n'
END
conf()
{
	global_section "process_control_timeout = ${1:-10s}"
	gateway_section
	script_pool "kill_grace = 300ms" "${@:2}"
}
conf >"$T/conf"
hearth_start "$T/conf"

# start_family: a script that waits, with its five.
start_family()
{
	hold "/cgi-bin/family?$T/mark/up"
	wait_for '[ -e "$T/mark/up" ] && [ "$(count_of lingerer)" = 5 ]'
	rm "$T/mark/up"
}

# nobody_is_left WHAT
nobody_is_left()
{
	poll_for '[ "$(count_of lingerer)" = 0 ] && ! scripts_run' ||
		fail "$1: left are $(for pid in $(pids_of lingerer); do tr '\0' ' ' <"/proc/$pid/cmdline"; done)"
}

get_ok /cgi-bin/family family
nobody_is_left "a script that has ended"
expect_log 'said into stderr: .a script has left process [0-9]+ .* behind'

start_family
for pid in $(pids_of hearth-exec); do kill -TERM "$pid"; done
expect_held "its runner was told to end" 200 # cut, behind a head
nobody_is_left "a runner that was told to end"
get_ok /cgi-bin/plain plain

start_family
for pid in $(pids_of hearth-exec); do kill -KILL "$pid"; done
expect_held "its runner was killed" 200
nobody_is_left "a runner that was killed"
get_ok /cgi-bin/plain plain

start_family
for pid in $(pids_of hearth-gateway); do kill -KILL "$pid"; done
wait "$HELD"
nobody_is_left "a gateway that was killed"
expect_log 'gateway [0-9]+ has taken over'
get_ok /cgi-bin/plain plain

# The old pool's request may finish, and then everybody goes.
start_family
conf 1s "request_terminate_timeout = 8s" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait "$HELD"
nobody_is_left "a pool that is no more"

start_family
expect_held "too long" 200
nobody_is_left "a script that ran too long"
expect_log 'request_terminate_timeout passed'

start_family
hearth_stop
wait "$HELD"
nobody_is_left "hearth that has stopped"

hearth_start "$T/conf"
start_family
kill -KILL "$MANAGER"
{ wait "$MANAGER" "$HELD"; } 2>/dev/null
MANAGER=
nobody_is_left "a manager that was killed"
wait_for nothing_left
