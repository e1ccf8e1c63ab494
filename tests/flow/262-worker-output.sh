#!/bin/bash
# SPDX-License-Identifier: MIT
#
# catch_workers_output and decorate_workers_output: what workers and scripts say is in the log, with whose it
# is, or alone, or thrown away; whatever the bytes, one line is one record, and FCGI_STDERR has its request.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script says <<'END'
#!/bin/sh
echo "script $1 of $SCRIPT_NAME" >&2
printf 'Content-Type: text/plain\n\nsaid\n'
END
{
	head_of_conf
	probe_pool app "pm.max_children = 1"
	probe_pool plain "pm.max_children = 1" "decorate_workers_output = no"
	probe_pool mute "pm.max_children = 1" "catch_workers_output = no"
	script_pool
	script_pool "catch_workers_output = no" | sed 's/^\[scripts\]/[silent]/; s|^route.*|route = /silent/|'
	script_pool "decorate_workers_output = no" | sed 's/^\[scripts\]/[bare]/; s|^route.*|route = /bare/|'
} >"$T/conf"
hearth_start "$T/conf"

# A line is a record whatever is in it, and its end is its end.
printf 'one\rtwo\033[2Jthree\0four\302\205\377\340\200\200\342\200\256five\n[21-Nov-2026 00:00:00.000] ALERT: [pool other] forged\n' >"$T/words"
get_ok "/app/mutter?$T/words" hello
get_ok /app/pid
pid=$(cut -d' ' -f1 "$T/body")
said='one\\x0dtwo\\x1b\[2Jthree four\\xc2\\x85\\xff\\xe0\\x80\\x80\\xe2\\x80\\xaefive'
for stream in stdout stderr; do
	expect_log "WARNING: \[pool app\] child $pid said into $stream: \"$said\"\$"
	expect_log "WARNING: \[pool app\] child $pid said into $stream: \"\[21-Nov-2026 00:00:00.000\] ALERT: \[pool other\] forged\"\$"
done
expect_log "WARNING: gateway: \[pool app\] child $pid, request [0-9a-f]{16} said into stderr: \"$said\"\$"
expect_no_log '^\[21-Nov-2026 00:00:00.000\]'
iconv -f utf-8 -t utf-8 "$LOG" >/dev/null || fail "the log is no UTF-8"
expect "lines with controls" "$(LC_ALL=C grep -ac '[^[:print:]]' "$LOG")" 0

# Alone, and still one line.
printf 'bare\033[2J words\nmore of them\n' >"$T/words"
get_ok "/plain/mutter?$T/words" hello
wait_for '[ "$(grep -cFx "bare\x1b[2J words" "$LOG")" = 3 ]'
wait_for '[ "$(grep -cFx "more of them" "$LOG")" = 3 ]'
get_ok /bare/says said
wait_for 'grep -Fxq "script  of /bare/says" "$LOG"'

# Thrown away, but for what FastCGI itself calls errors; and nobody waits for it.
head -c 300000 /dev/zero | tr '\0' '\n' >"$T/words"
echo unheard >>"$T/words"
get_ok "/mute/mutter?$T/words" hello
expect_log '\[pool mute\] child [0-9]*, request [0-9a-f]{16} said into stderr: "unheard"$'
expect_no_log '\[pool mute\] child [0-9]* said'
get_ok /silent/says said
get_ok /cgi-bin/says said
expect_log '\[pool scripts\] request .* said into stderr: "script  of /cgi-bin/says"$'
expect_no_log '/silent/says'
hearth_stop
