#!/bin/bash
# SPDX-License-Identifier: MIT
#
# There are never more scripts at a time than pm.max_children, whatever happens to them: floods,
# crashes, time limits, clients that leave, runners that are killed, and pools that are changed.
. "$(dirname "$0")/lib.sh"
command -v flock >/dev/null || skip "there is no flock"

# Takes one of three places, or tells; then ends in one of many ways.
script counted <<'END'
#!/bin/sh
slots=${QUERY_STRING%%&*}
for i in 1 2 3; do
	exec 9>"$slots/$i"
	if flock -n 9; then
		place=$i
		break
	fi
done
[ -n "$place" ] || echo "$PATH_INFO" >>"$slots/over"
case $PATH_INFO in
/crash) kill -KILL $$ ;;
/late) trap '' TERM; sleep 1000 9>&- ;;
/runner) kill "-$((9 + 6 * ($$ % 2)))" $PPID; sleep 1000 9>&- ;;
esac
sleep 0.02 9>&-
printf 'Content-Type: text/plain\n\ncounted\n'
END
conf()
{
	head_of_conf
	script_pool "pm.max_children = 3" "kill_grace = 50ms" "request_terminate_timeout = $1" "pm.queue_timeout = 50s" |
		sed '/max_children = 8/d'
}
conf 300ms >"$T/conf"
hearth_start "$T/conf"
mkdir -m 1777 "$T/slots"
url="http://127.0.0.1:$PORT/cgi-bin/counted"

# many KIND N: so many requests, all at once.
many()
{
	curl -sS -Z --no-progress-meter --parallel-immediate --parallel-max 100 --max-time 50 -o /dev/null -w '%{http_code}\n' \
		"$url/$1?$T/slots&i=[1-$2]" 2>/dev/null >>"$T/$1.codes"
}

# Everything together.
jobs=()
many plain 150 & jobs+=($!)
many crash 30 & jobs+=($!)
many late 6 & jobs+=($!)
many runner 6 & jobs+=($!)
for _ in 1 2 3 4 5 6 7 8; do
	for _ in 1 2 3; do curl -s --max-time 0.1 -o /dev/null "$url/plain?$T/slots" & jobs+=($!); done
	sleep 0.1
done
for ms in 301 302 303; do
	many late 3 & jobs+=($!)
	sleep 0.1 # most are under way; if not, nothing is proved, and nothing fails
	conf ${ms}ms >"$T/conf"
	ctl reload || fail "reload: $(cat "$T/ctl.err")"
	many plain 30
done
wait "${jobs[@]}"
if [ -e "$T/slots/over" ]; then fail "too many: $(sort "$T/slots/over" | uniq -c)"; fi
for i in 1 2 3; do [ -e "$T/slots/$i" ] || fail "place $i was never taken"; done
[ "$(grep -cx 200 "$T/plain.codes")" -ge 200 ] || fail "plain ones: $(sort "$T/plain.codes" | uniq -c)"
# One or the other may have shared a runner that was killed.
grep -qx 504 "$T/late.codes" || fail "late ones: $(sort "$T/late.codes" | uniq -c)"

# And all three may be used afterwards.
conf 40s >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
: >"$T/plain.codes"
many plain 30
expect "plain ones afterwards" "$(grep -cx 200 "$T/plain.codes")" 30
wait_for '! scripts_run'
hearth_stop
