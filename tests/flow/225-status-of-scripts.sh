#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The status page of a cgi pool: a script that runs is a process with its pid; of one that is over the
# page says what it used.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

PAGES="/usr/bin/python3 -S $ROOT/tests/flow/tools/status-pages.py"
script wait <<EOF
#!/bin/sh
echo \$\$ >$T/mark/pid
while [ ! -e $T/mark/go ]; do sleep 0.05; done
printf 'Content-Type: text/plain\r\n\r\nwaited\n'
EOF
script busy <<'EOF'
#!/bin/sh
i=0
while [ $i -lt 300000 ]; do i=$((i + 1)); done
printf 'Content-Type: text/plain\r\n\r\nbusy\n'
EOF
{
	head_of_conf
	script_pool "pm.status_path = /cgi-bin/status"
} >"$T/conf"
hearth_start "$T/conf"

get_ok '/cgi-bin/status?json&full'
expect "processes before any request" "$($PAGES processes json "$T/body" pid)" ""
expect "places" "$($PAGES get json "$T/body" "idle processes")" 8

hold '/cgi-bin/wait/extra?x=1'
wait_for '[ -s "$T/mark/pid" ]'
get_ok '/cgi-bin/status?json&full'
of()
{
	$PAGES processes json "$T/body" "$1"
}
expect "pid" "$(of pid)" "$(cat "$T/mark/pid")"
expect "state" "$(of state)" Running
expect "uri" "$(of "request uri")" "/cgi-bin/wait/extra?x=1"
expect "script" "$(of script)" "$T/www/cgi-bin/wait"
expect "memory of one that runs" "$(of "last request memory")" 0
expect "active" "$($PAGES get json "$T/body" "active processes")" 1
expect "cold starts" "$($PAGES get json "$T/body" "cold starts")" 1
touch "$T/mark/go"
expect_held "the script" 200
page()
{
	get_ok '/cgi-bin/status?json&full'
	[ "$($PAGES get json "$T/body" "active processes")" = 0 ]
}
wait_for page # whose place is free when it has ended, which may be behind its answer
get_ok /cgi-bin/busy busy
wait_for page
expect "places in use ever" "$(of pid | wc -l)" 1
expect "uri" "$(of "request uri")" /cgi-bin/busy
expect "state" "$(of state)" Idle
expect "requests" "$(of requests)" 2
[ "$(of "last request memory")" -gt 100000 ] || fail "a shell took $(of "last request memory") bytes"
[ "$($PAGES get json "$T/body" "memory peak")" -ge "$(of "last request memory")" ] || fail "the peak is no peak"
case $(of "last request cpu") in
0.0 | 0.00) fail "a script that counted took no CPU" ;;
esac
hearth_stop
