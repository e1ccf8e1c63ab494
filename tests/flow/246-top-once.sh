#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth top where nobody can press keys: one page, plain, and out. Bars in the letters that the language
# has; a daemon that is not there, or hangs, is said.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2"
	probe_pool asked "pm = ondemand" "pm.max_children = 4"
} >"$T/conf"
hearth_start "$T/conf"
hold_worker app
wait_for 'ctl status --json; grep -q "\"busy\":1" "$T/ctl.out"'
ctl drain asked || fail "drain: $(cat "$T/ctl.err")"

for how in "" -1 --once; do
	# shellcheck disable=SC2086 # no word, or one
	LC_ALL=C COLUMNS=90 ctl top $how || fail "top $how: $EXIT, $(cat "$T/ctl.err")"
	grep -q "^hearth [0-9.]* *pid $MANAGER " "$T/ctl.out" || fail "no daemon: $(cat "$T/ctl.out")"
	grep -q '^gateway [0-9]* .* 1 connection  .* 0 refused' "$T/ctl.out" || fail "no gateway: $(cat "$T/ctl.out")"
	grep -q '^app  *fastcgi static  *##*==*  *1  *1  *2  *0 ' "$T/ctl.out" || fail "no pool app: $(cat "$T/ctl.out")"
	grep -q '^asked  *fastcgi ondemand drained ' "$T/ctl.out" || fail "no pool asked: $(cat "$T/ctl.out")"
	grep -q "^ *[0-9.]*s  app  *$(pids_of fcgi-probe | head -n 9 | tr '\n' '|' | sed 's/|$//; s/|/\\|/g; s/.*/\\(&\\)/')  GET /app/held" "$T/ctl.out" || fail "no slowest request: $(cat "$T/ctl.out")"
	! LC_ALL=C grep -q '[^ -~]' "$T/ctl.out" || fail "more than ASCII: $(cat -v "$T/ctl.out")"
	! grep -q 'q quit' "$T/ctl.out" || fail "keys that nobody can press"
	expect "lines that are too long" "$(grep -c '.\{91\}' "$T/ctl.out")" 0
done
LC_ALL=C.UTF-8 ctl top -1
grep -q '█.*▒' "$T/ctl.out" || fail "no blocks: $(cat "$T/ctl.out")"

"$T/bin/hearth" top -1 -c "$T/conf" >"$T/ctl.out" || fail "top -c: $?"
grep -q '^app ' "$T/ctl.out" || fail "another daemon: $(cat "$T/ctl.out")"
for wrong in -2 app "-1 -1"; do
	# shellcheck disable=SC2086 # words
	ctl top $wrong
	expect "exit status of top $wrong" "$EXIT" 64
	grep -q '^usage: hearth top ' "$T/ctl.err" || fail "no usage: $(cat "$T/ctl.err")"
done
"$T/bin/hearth" top -1 -s "$T/nobody" 2>"$T/ctl.err"
expect "exit status without a daemon" $? 69
grep -q "no daemon answers at $T/nobody" "$T/ctl.err" || fail "why: $(cat "$T/ctl.err")"

# A gateway that does not answer is not waited for.
gateway=$(pids_of hearth-gateway)
kill -STOP "$gateway"
ctl top -1 || fail "top without an answer of the gateway: $(cat "$T/ctl.err")"
grep -q '^app ' "$T/ctl.out" || fail "no pools: $(cat "$T/ctl.out")"
kill -CONT "$gateway"
release_worker
expect_held "the request" 200
hearth_stop
