#!/bin/bash
# SPDX-License-Identifier: MIT
#
# How a script ended is in the log, once: not a word of a good end, a notice of a bad one, a warning
# of a signal; and what the numbers mean that shells and env have for a command that is not there.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script ends <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n%s\n' "$REQUEST_ID"
exec >&-
case $QUERY_STRING in
[0-9]*) exit "$QUERY_STRING" ;;
*) kill "-$QUERY_STRING" $$ ;;
esac
END
script silent <<'END'
#!/bin/sh
exit "$QUERY_STRING"
END
script no-interpreter <<'END'
#!/usr/bin/env no-such-interpreter
END
script no-command <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n%s\n' "$REQUEST_ID"
no-such-command 2>/dev/null
END
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

# line LEVEL TEXT: the one line of the last request.
line()
{
	expect_log "$1: gateway: \[pool scripts\] request $(body): script $T/www/cgi-bin/[a-z-]* \(pid [1-9][0-9]*\) $2"
	expect "lines about it" "$(log_count "request $(body)")" 1
}

get_ok '/cgi-bin/ends?0'
good=$(body)
get_ok '/cgi-bin/ends?3'
line NOTICE 'exited with code 3$'
get_ok '/cgi-bin/ends?126'
line NOTICE 'exited with code 126, as when .* cannot be executed$'
get_ok /cgi-bin/no-command
line NOTICE 'exited with code 127, as when a command, .* is not found$'
for signal in TERM KILL SEGV ABRT PIPE; do
	get_ok "/cgi-bin/ends?$signal"
	line WARNING "exited on signal [0-9]+ \\(SIG$signal(, core dumped)?\\)\$"
done

# Where there was no answer, the line about that says it.
get '/cgi-bin/silent?9'
expect_status 502
expect_log 'ERROR: .*/silent \(pid [0-9]+\) \("GET [^"]*"\): it ended without any output \(it exited with code 9\)$'
get /cgi-bin/no-interpreter
expect_status 502
expect_log '/no-interpreter .*exited with code 127, as when a command, or the interpreter that its #! line has env look for, is not found\)$'
expect "lines about exits" "$(log_count ' exited (with|on)')" 10
expect "lines about a good one" "$(log_count "request $good")" 0
hearth_stop
