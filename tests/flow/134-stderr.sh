#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a script writes to its standard error: one record a line, with pool, request, script and pid,
# escaped, cut, and not without end; nobody can forge a record, and nobody waits for it.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script ok <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nok\n'
END
script says <<'END'
#!/bin/sh
printf 'one\ntwo\r\n\nthree' >&2
printf 'Content-Type: text/plain\n\n%s\n' "$REQUEST_ID"
END
script forges <<'END'
#!/bin/sh
printf 'a\rb\033[2J\b\0c\302\205d\377 \\x0a\n' >&2
printf '[21-Nov-2026 00:00:00.000] ALERT: [pool other] request 0: died\n' >&2
printf 'Content-Type: text/plain\n\nforged\n'
END
script long <<'END'
#!/bin/sh
head -c 100000 /dev/zero | tr '\0' x >&2
printf '\nshort\n' >&2
printf 'Content-Type: text/plain\n\nlong\n'
END
script floods <<'END'
#!/bin/sh
i=0
while [ $i -lt 300 ]; do i=$((i + 1)); echo "line $i"; done >&2
printf 'Content-Type: text/plain\n\nflooded\n'
END
script deluge <<'END'
#!/bin/sh
head -c 20000000 /dev/zero | tr '\0' '\n' >&2
head -c 20000000 /dev/zero >&2
printf 'Content-Type: text/plain\n\ndeluge\n'
END
script holds <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nheld\n'
setsid sh -c 'trap "" TERM; echo late >&2; : >"$1"; sleep 1000' sh "$QUERY_STRING" >/dev/null &
while [ ! -e "$QUERY_STRING" ]; do sleep 0.02; done
END
{
	head_of_conf
	script_pool
	script_pool | sed 's/^\[scripts\]/[loud]/; s|^route.*|route = /loud/|'
} >"$T/conf"
hearth_start "$T/conf"

get_ok /cgi-bin/says
id=$(body)
for word in one two three; do
	expect_log "WARNING: gateway: \[pool scripts\] request $id: script $T/www/cgi-bin/says \(pid [1-9][0-9]*\) said into stderr: \"$word\"\$"
done
expect "its lines" "$(log_count "request $id")" 3

get_ok /cgi-bin/forges forged
expect_log 'said into stderr: "a\\x0db\\x1b\[2J\\x08 c\\xc2\\x85d\\xff \\x0a"$'
expect_log 'said into stderr: "\[21-Nov-2026 00:00:00.000\] ALERT: \[pool other\] request 0: died"$'
expect_no_log '^\[21-Nov-2026 00:00:00.000\]'
expect "lines with controls" "$(LC_ALL=C grep -ac '[^[:print:]]' "$LOG")" 0

get_ok /cgi-bin/long long
expect_log 'script [^ ]*/long .*x\.\.\."$'
expect_log 'script [^ ]*/long .*"short"$'
expect "the longest line" "$(awk 'length > 4096' "$LOG" | wc -l)" 0

get_ok /cgi-bin/floods flooded
expect_log 'said into stderr: "line 100" \(its further lines are dropped\)$'
expect "its lines" "$(log_count 'said into stderr: "line ')" 100
get_ok /cgi-bin/deluge deluge

# A pool may say a thousand lines at once; 100 a second come on top while we wait here.
burst 30 /loud/floods
expect "good answers" "$(burst_count 200)" 30
expect_log '\[pool loud\] [1-9][0-9]* lines said into stderr were dropped'
# What is dropped is told once a while: the last of it may come behind the last answer.
dropped() { sed -n 's/.*\[pool loud\] \([0-9]*\) lines said into stderr were dropped.*/\1/p' "$LOG" | paste -sd+ | bc; }
said() { log_count '\[pool loud\].*said into stderr: "line '; }
wait_for '[ $(($(said) + $(dropped))) = 3000 ]'
[ "$(said)" -ge 1000 ] || fail "only $(said) lines of a pool"
# Others are not concerned.
get_ok /cgi-bin/says
expect_log "request $(body): .*\"three\""

get_ok "/cgi-bin/holds?$T/mark/late" held
expect_log 'said into stderr: "late"'
get_ok /cgi-bin/ok ok
wait_for '! scripts_run'
hearth_stop
