#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth scale of a pool of scripts, under load: more run at once from then on, or fewer as they end;
# never more than the number allows, none is cut, none is lost.
. "$(dirname "$0")/lib.sh"

# Waits in sight until it is let go.
script held <<'END2'
#!/bin/sh
: >"$QUERY_STRING.$$"
while [ -e "$QUERY_STRING.$$" ]; do sleep 0.02; done
printf 'Content-Type: text/plain\n\nheld\n'
END2
{
	global_section "process_control_timeout = 300ms"
	gateway_section
	script_pool "pm.max_children = 2" "pm.queue_timeout = 100s" | sed '/max_children = 8/d'
} >"$T/conf"
hearth_start "$T/conf"

running()
{
	find "$T/mark" -name 'run.*' | wc -l
}
# let_go N: so many of them end.
let_go()
{
	find "$T/mark" -name 'run.*' | head -n "$1" | xargs rm -f
}
# From here on it may be so many at once: looked at long enough to see one more, if there was one.
stays()
{
	wait_for "[ \$(running) = $1 ]"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sleep 0.02
		expect "scripts at once" "$(running)" "$1"
	done
}

for i in $(seq 20); do
	curl -s -o /dev/null --max-time 50 -w '%{http_code}\n' "http://127.0.0.1:$PORT/cgi-bin/held?$T/mark/run" >"$T/code.$i" &
done
stays 2
ctl scale scripts 5 || fail "scale: $(cat "$T/ctl.err")"
stays 5
ctl scale scripts 1 || fail "scale: $(cat "$T/ctl.err")"
stays 5
let_go 3
stays 2
# More again, while two of those that were too many still run: they count.
ctl scale scripts 3 || fail "scale: $(cat "$T/ctl.err")"
stays 3
let_go 3
stays 3
ctl reload || fail "reload: $(cat "$T/ctl.err")"
ctl status scripts
grep -q 'ondemand, at most 2$' "$T/ctl.out" || fail "status: $(cat "$T/ctl.out")"
let_go 1
stays 2
ctl scale scripts 16 || fail "scale: $(cat "$T/ctl.err")"
wait_for '[ $(running) = 13 ]'
let_go 20
wait_for '[ $(cat "$T"/code.* | wc -l) = 20 ]' 20
expect "answers that are 200" "$(cat "$T"/code.* | grep -cx 200)" 20
ctl scale scripts 4 || fail "scale: $(cat "$T/ctl.err")"
ctl scale scripts 2 || fail "scale: $(cat "$T/ctl.err")"
hearth_stop
