#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A body that cannot be read back from its file: 500, the script is ended and never takes the part
# that it has for the whole.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip "needs root, to spoil the gateway's file"

mkdir -m 1777 "$T/spool"
script reader <<'END'
#!/bin/sh
[ -z "$PATH_INFO" ] || printf 'Content-Type: text/plain\n\nbegun\n'
dd bs=1000 count=1 of=/dev/null 2>/dev/null
: >"$QUERY_STRING"
while [ ! -e "$QUERY_STRING.go" ]; do sleep 0.02; done
cat >/dev/null 2>&1 &&
	: >"$QUERY_STRING.whole"
END
{ head_of_conf "max_body = 100m" "spool_dir = $T/spool"; script_pool "kill_grace = 200ms"; } >"$T/conf"
hearth_start "$T/conf"
head -c 5000000 /dev/urandom >"$T/sent"

# spoil PATH NAME: while the script reads, the file becomes shorter.
spoil()
{
	local file
	get "$1?$T/mark/$2" -H Expect: --data-binary "@$T/sent" &
	wait_for "[ -e '$T/mark/$2' ]"
	file=$(find "/proc/$(pids_of hearth-gateway)/fd" -lname "$T/spool/*" | head -n 1)
	[ -n "$file" ] || fail "there is no file"
	truncate -s 100000 "$file" || fail "it cannot be spoiled"
	: >"$T/mark/$2.go"
	wait $!
	wait_for '! scripts_run'
	[ ! -e "$T/mark/$2.whole" ] || fail "it looked complete"
}

spoil /cgi-bin/reader silent
grep -q '^HTTP/1.1 500' "$T/head" || fail "not 500: $(cat "$T/head")"
expect_log 'ERROR: gateway: \[pool scripts\] request [0-9a-f]{16}: script .*/reader .*: its body cannot be read back from the spool: '
expect "lines about it" "$(log_count 'request [0-9a-f]{16}')" 1
spoil /cgi-bin/reader/begun begun
grep -q 'transfer closed\|(18)' "$T/curl.err" || fail "not cut: $(cat "$T/curl.err")"
hearth_stop
