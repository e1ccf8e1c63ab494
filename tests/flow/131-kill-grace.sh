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
	script_pool "request_terminate_timeout = 3s" "kill_grace = 20s"
	script_pool "request_terminate_timeout = 3s" "kill_grace = 200ms" |
		sed 's/^\[scripts\]/[soon]/; s|^route.*|route = /soon/|'
	script_pool "request_terminate_timeout = 3s" "kill_grace = 0" |
		sed 's/^\[scripts\]/[at-once]/; s|^route.*|route = /at-once/|'
} >"$T/conf"
hearth_start "$T/conf"

# ask NAME PATH: in the background, so that all are waited for together.
ask()
{
	curl -sS --max-time 50 -o "$T/$1.body" -w '%{http_code}' "http://127.0.0.1:$PORT$2" >"$T/$1.status" 2>"$T/$1.err" &
	asked+=($!)
}
asked=()
ask tidy "/cgi-bin/tidy?$T/mark/tidy"
ask begun "/cgi-bin/tidy/begun?$T/mark/begun"
ask deaf /soon/deaf
ask at-once "/at-once/tidy?$T/mark/never"
wait "${asked[@]}"
for name in tidy deaf at-once; do
	expect "status for $name" "$(cat "$T/$name.status")" 504
done
expect "status for one that has begun" "$(cat "$T/begun.status")" 200
expect "curl's opinion of a cut" "$(grep -c 'transfer closed\|(18)' "$T/begun.err")" 1
wait_for '[ -s "$T/mark/tidy" ] && [ -s "$T/mark/begun" ]'
wait_for '! scripts_run'
[ ! -e "$T/mark/never" ] || fail "it had time to tidy up"

why='child [1-9][0-9]*, script '"'[^']*'"' \(request: "GET /[^"]*"\) execution timed out .* request_terminate_timeout passed, request [0-9a-f]{16}$'
wait_for '[ "$(log_count "$why")" = 4 ]'
# A shell may remark that its children were told to end as well.
expect "lines about four scripts" "$(grep -av 'said into stderr' "$LOG" | grep -Ec 'request [0-9a-f]{16}')" 4
hearth_stop
