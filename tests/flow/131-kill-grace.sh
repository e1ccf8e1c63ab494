#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A script that runs too long is told to end, and killed after kill_grace: 504 if it has said
# nothing, else its response is cut. The log has one line about it.
. "$(dirname "$0")/lib.sh"

# Tidies up when it is told to end; behind its head, if there is a second word.
script tidy <<'END'
#!/bin/sh
trap 'echo tidied >"$QUERY_STRING"; exit 0' TERM
[ -z "$PATH_INFO" ] || printf 'Content-Type: text/plain\n\nbegun\n'
while :; do sleep 0.05; done
END
script deaf <<'END'
#!/bin/sh
trap '' TERM
sleep 1000 &
wait
sleep 1000
END
{
	head_of_conf
	script_pool "request_terminate_timeout = 300ms" "kill_grace = 20s"
	script_pool "request_terminate_timeout = 300ms" "kill_grace = 200ms" |
		sed 's/^\[scripts\]/[soon]/; s|^route.*|route = /soon/|'
	script_pool "request_terminate_timeout = 300ms" "kill_grace = 0" |
		sed 's/^\[scripts\]/[at-once]/; s|^route.*|route = /at-once/|'
} >"$T/conf"
hearth_start "$T/conf"

get "/cgi-bin/tidy?$T/mark/tidy"
expect_status 504
wait_for '[ -s "$T/mark/tidy" ]'
get "/cgi-bin/tidy/begun?$T/mark/begun"
expect_status 200
expect "curl's opinion of a cut" "$(grep -c 'transfer closed\|(18)' "$T/curl.err")" 1
wait_for '[ -s "$T/mark/begun" ]'
wait_for '! scripts_run'

get /soon/deaf
expect_status 504
wait_for '! scripts_run'

get "/at-once/tidy?$T/mark/never"
expect_status 504
wait_for '! scripts_run'
[ ! -e "$T/mark/never" ] || fail "it had time to tidy up"

# A shell may remark that its children were told to end as well.
expect "lines about four scripts" "$(grep -av 'said into stderr' "$LOG" | grep -Ec 'request [0-9a-f]{16}')" 4
expect "lines that say why" "$(log_count 'child [1-9][0-9]*, script '"'[^']*'"' \(request: "GET /[^"]*"\) execution timed out .* request_terminate_timeout passed, request [0-9a-f]{16}$')" 4
hearth_stop
