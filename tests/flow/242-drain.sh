#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth drain in the middle of a burst: what has come in is answered, nothing is cut, then the workers
# leave and the command returns; it is undone by --off. Pools of workers and of scripts, under each pm.
# variants: plain
. "$(dirname "$0")/lib.sh"

script slow <<'END2'
#!/bin/sh
sleep 0.4
printf 'Content-Type: text/plain\n\nslow\n'
END2
{
	global_section "process_control_timeout = 60s"
	gateway_section
	probe_pool fixed "pm = static" "pm.max_children = 2"
	probe_pool wide "pm = static" "pm.max_children = 4"
	probe_pool asked "pm = ondemand" "pm.max_children = 3" "pm.process_idle_timeout = 60s"
	script_pool "pm.process_idle_timeout = 60s"
} >"$T/conf"
hearth_start "$T/conf"

# started POOL: how many workers it ever had.
started()
{
	ctl status --json "$1" && grep -o '"started":[0-9]*' "$T/ctl.out"
}
state()
{
	ctl status "$1" && sed -n 's/^    state  *\([a-z]*\).*/\1/p' "$T/ctl.out"
}

# drain_under_load POOL PATH: every answer is whole, or a polite refusal.
drain_under_load()
{
	local loads=()
	rm -f "$T/codes" "$T/enough"
	for _ in {1..12}; do
		while [ ! -e "$T/enough" ]; do
			curl -sS --max-time 50 -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$PORT$2" >>"$T/codes"
		done &
		loads+=($!)
	done
	wait_for '[ "$(grep -cx 200 "$T/codes")" -ge 3 ]'
	ctl drain "$1" || fail "drain $1: $EXIT, $(cat "$T/ctl.err")"
	touch "$T/enough"
	wait "${loads[@]}"
	expect "answers of $1 other than 200 and 503: $(sort "$T/codes" | uniq -c)" "$(grep -cvx '200\|503' "$T/codes")" 0
	expect_log "\[pool $1\] takes no new requests: it is drained"
	expect_log "\[pool $1\] is drained"
}

# The last in line are served by those who are there: none of them is sent away, and another one hired.
burst 6 "/wide/held?$T/mark/wide" &
curl=$!
wait_for "ctl status --json wide; grep -q '\"waiting\":2' '$T/ctl.out'" 30
"$T/bin/hearth" drain wide -s "$T/run/control.sock" >"$T/drain" 2>&1 &
drain=$!
expect_log '\[pool wide\] takes no new requests'
until not_running $curl; do
	rm -f "$T"/mark/*
	sleep 0.02
done
wait $drain || fail "drain wide: $(cat "$T/drain")"
expect "answers of wide" "$(burst_count 200)" 6
expect "workers that it ever had" "$(started wide)" '"started":4'

for pool in fixed asked; do
	drain_under_load $pool "/$pool/slow?ms=100"
	wait_for "[ \"\$(state $pool)\" = drained ]"
done
expect "workers" "$(count_of fcgi-probe)" 0
drain_under_load scripts /cgi-bin/slow
wait_for '[ "$(state scripts)" = drained ]'
expect "runners" "$(count_of hearth-exec)" 0
expect_no_log 'stopping it|SIGKILL|was still busy'

# Twice is once; a pool that is drained stays so.
ctl drain fixed || fail "drained again: $(cat "$T/ctl.err")"
expect "workers" "$(count_of fcgi-probe)" 0

for path in /fixed/hello /asked/hello /cgi-bin/slow; do
	get "$path"
	expect_status 503
	[ -n "$(header Retry-After)" ] || fail "no Retry-After: $(cat "$T/head")"
done
expect "workers for who was refused" "$(count_of fcgi-probe)$(count_of hearth-exec)" 00

for pool in fixed wide asked scripts; do
	ctl drain --off $pool || fail "drain --off: $(cat "$T/ctl.err")"
	expect "the state of $pool" "$(state $pool)" open
done
wait_for '[ "$(count_of fcgi-probe)" = 6 ]'
get_ok /fixed/hello hello
get_ok /asked/hello hello
get_ok /cgi-bin/slow slow

# A restart opens it as well.
ctl drain fixed || fail "drain: $(cat "$T/ctl.err")"
ctl restart fixed || fail "restart: $(cat "$T/ctl.err")"
expect "the state of fixed" "$(state fixed)" open
get_ok /fixed/hello hello
hearth_stop
