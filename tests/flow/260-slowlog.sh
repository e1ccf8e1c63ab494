#!/bin/bash
# SPDX-License-Identifier: MIT
#
# request_slowlog_timeout: one record for each request that runs too long, of a worker and of a script with
# its children, in the pool's own file or in the error log; nothing is stopped, and quick ones are let be.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script sleeper <<'END'
#!/bin/sh
mark=${QUERY_STRING%%&*}
sleep 1000 </dev/null >/dev/null 2>&1 &
: >"$mark"
while [ -e "$mark" ]; do sleep 0.05; done
kill $!
printf 'Content-Type: text/plain\n\nslept\n'
END
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "request_slowlog_timeout = 300ms" "slowlog = $T/\$pool.slow"
	probe_pool mute "pm = static" "pm.max_children = 1" "request_slowlog_timeout = 300ms"
	probe_pool quick "pm = static" "pm.max_children = 1" "request_slowlog_timeout = 300s" "slowlog = $T/quick.slow"
	script_pool "request_slowlog_timeout = 300ms" "slowlog = $T/scripts.slow"
} >"$T/conf"
hearth_start "$T/conf"
expect "mode of the file" "$(stat -c %a "$T/app.slow")" 600

hold_worker app
wait_for "grep -q '^files = ' '$T/app.slow'"
release_worker
expect_held "the slow one" 200
pid=$(cut -d' ' -f1 "$T/held")
for line in "^\[[0-9]{2}-[A-Z][a-z]{2}-20[0-9]{2} [0-9:]{8}\]  \[pool app\] pid $pid\$" "^request = GET /app/held\?$T/mark/held\$" \
	'^request_id = [0-9a-f]{16}$' '^running = [0-9]+\.[0-9]{3} sec$' '^process = fcgi-probe, [SRDT] ' \
	'^waits_in = ' '^syscall = ' '^stack = ' '^cpu = [0-9]+\.[0-9]{2} sec user, [0-9]+\.[0-9]{2} sec system$' \
	'^memory = [0-9]+ kB resident' '^files = ([0-9]+ open|not allowed)$'; do
	grep -Eq -- "$line" "$T/app.slow" || fail "not in the record: $line: $(cat "$T/app.slow")"
done
expect_log "WARNING: \[pool app\] child $pid, script .[^ ]*. \(request: \"GET /app/held\?$T/mark/held\"\) executing too slow \([0-9]+\.[0-9]{6} sec\), logging: request [0-9a-f]{16}\$"
expect "records" "$(grep -c '^request = ' "$T/app.slow")" 1

# To the error log, each line with whose it is.
hold_worker mute
expect_log '\[pool mute\] slow request [0-9a-f]{16}: process = fcgi-probe, '
release_worker
expect_held "the other slow one" 200
expect_log '\[pool mute\] slow request [0-9a-f]{16}: memory = [0-9]+ kB resident'

# A script, by its own pid, and what it has started.
# (On a slow machine it may have begun nothing when it is looked at: then again.)
slow_family()
{
	: >"$T/scripts.slow"
	hold "/cgi-bin/sleeper?$T/mark/script&x=%1b%5b2J"
	wait_for "grep -q '^files = ' '$T/scripts.slow'" 30
	grep -q '^child = [0-9]* sleep, S (sleeping), ' "$T/scripts.slow" && return
	wait_for '[ -e "$T/mark/script" ]'
	rm "$T/mark/script"
	wait "$HELD"
	return 1
}
poll_for slow_family 30 || fail "no child: $(cat "$T/scripts.slow")"
wait_for '[ -e "$T/mark/script" ]'
grep -Fq "script_filename = $T/www/cgi-bin/sleeper" "$T/scripts.slow" || fail "$(cat "$T/scripts.slow")"
grep -Eq '^process = (sleeper|sh), ' "$T/scripts.slow" || fail "$(cat "$T/scripts.slow")"
rm "$T/mark/script"
expect_held "the script" 200
expect "what it answers" "$(cat "$T/held")" slept

get_ok /quick/hello
expect "of the quick ones" "$(stat -c %s "$T/quick.slow")" 0
ctl status --json || fail "status"
hearth_stop
