#!/bin/bash
# SPDX-License-Identifier: MIT
#
# leftovers = keep: what a script has left running goes on, holds none of pm.max_children, and ends
# with its runner; but a script that is ended takes along all that it has started.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cp "$(readlink -f "$(command -v sleep)")" "$T/bin/lingerer"
# As git and fossil do it, and as a shell does.
script leave <<END
#!/bin/sh
(setsid $T/bin/lingerer 1000 </dev/null >/dev/null 2>&1 &)
$T/bin/lingerer 1001 </dev/null >/dev/null 2>&1 &
printf 'Content-Type: text/plain\r\n\r\nleft\n'
END
script stay <<END
#!/bin/sh
trap 'setsid $T/bin/lingerer 1004 & exit' TERM
(setsid $T/bin/lingerer 1002 </dev/null >/dev/null 2>&1 &)
$T/bin/lingerer 1003 &
printf 'Content-Type: text/plain\r\n\r\nstays\n'
wait
END
conf()
{
	head_of_conf
	script_pool "leftovers = keep" "kill_grace = 300ms" "$@" | sed 's/^\(pm.max_children\) = .*/\1 = 1/'
}
are_left()
{
	wait_for "[ \$(count_of lingerer) = $1 ]"
}

conf >"$T/conf"
hearth_start "$T/conf"
for round in 1 2 3; do get_ok /cgi-bin/leave left; done
are_left 6

# A client that leaves (what it has not read makes that a reset): all of that run, and nothing of the
# others.
exec {s}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET /cgi-bin/stay HTTP/1.1\r\nHost: a\r\n\r\n' >&"$s"
wait_for "read -r -t 0 -u $s"
are_left 8
exec {s}>&-
expect_log 'is ended: its client has left'
are_left 6
get_ok /cgi-bin/leave left
are_left 8

# With the pool that left them.
conf "request_terminate_timeout = 3s" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
are_left 0
get_ok /cgi-bin/leave left
are_left 2
get /cgi-bin/stay
expect_log 'request_terminate_timeout passed'
are_left 2

# With an idle pool.
conf "pm.process_idle_timeout = 1s" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
are_left 0
get_ok /cgi-bin/leave left
wait_for '[ "$(count_of hearth-exec)" = 0 ]'
are_left 0

# With the runner, and with hearth, however those end.
conf | sed 's/^pm = .*/pm = static/' >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
are_left 0
get_ok /cgi-bin/leave left
are_left 2
for pid in $(pids_of hearth-exec); do kill -KILL "$pid"; done
are_left 0
get_ok /cgi-bin/leave left
are_left 2
hearth_stop

# And by default they end.
conf | sed '/^leftovers/d' >"$T/conf"
hearth_start "$T/conf"
get_ok /cgi-bin/leave left
are_left 0
expect_log 'has left process [0-9]+ .(leave|setsid|lingerer). behind' # as whatever it is at that moment
