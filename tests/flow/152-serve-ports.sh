#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Where hearth serve listens: without -l at the next port that is free, and with it where it was
# told, or not at all; whoever has a port is named; others than this machine are warned of.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo one >"$T/www/file.txt"
mkdir "$T/other" "$T/www/cgi-bin"
echo two >"$T/other/file.txt"

# port_of_url: what it said that it serves at.
port_of_url()
{
	sed -n 's|^hearth: serving .* at http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$T/stdout"
}

# refused TEXT ARGUMENT...: it ends with 1 and says so.
refused()
{
	local text=$1
	shift
	serve "$@"
	wait_quietly "$MANAGER"
	MANAGER=
	expect "exit status with $*" "$EXIT" 1
	tail -n 3 "$LOG" | grep -aqF -- "$text" || fail "with $* it does not say: $text"
}

# Two of them, and nobody said where.
serve "$T/www"
first=$MANAGER first_port=$(port_of_url)
[ -n "$first_port" ] || fail "no port: $(cat "$T/stdout" "$LOG")"
serve "$T/other"
second_port=$(port_of_url)
[ "$second_port" -gt "$first_port" ] || fail "ports: $first_port, $second_port"
expect_log "^hearth: port 8080 is taken.*: taking $second_port\$"
[ "$first_port" -ne 8080 ] || expect_log "port 8080 is taken by hearth \(pid $first\)"
PORT=$second_port get_ok /file.txt two
PORT=$first_port get_ok /file.txt one
hearth_stop_one()
{
	kill -INT "$1"
	wait_quietly "$1"
	expect "exit status of hearth" "$EXIT" 0
}
hearth_stop_one "$MANAGER"

refused "hearth: 127.0.0.1:$first_port is taken by hearth (pid $first)" "$T/www" -l "$first_port"
refused "; the next that is free: -l 127.0.0.1:" "$T/www" -l "127.0.0.1:$first_port"
MANAGER=$first
hearth_stop INT

# All kinds of addresses, several at once. A port alone is one of this machine alone.
other=$(new_port)
serve "$T/www" -l "$PORT" -l"127.0.0.2:$other" -l "unix:$T/sock"
grep -qF "at http://127.0.0.1:$PORT/ http://127.0.0.2:$other/ unix:$T/sock (" "$T/stdout" || fail "$(cat "$T/stdout")"
expect_no_log 'not only this machine'
get_ok /file.txt one
expect "through the second" "$(curl -sS "http://127.0.0.2:$other/file.txt")" one
expect "through the socket" "$(curl -sS --unix-socket "$T/sock" http://a/file.txt)" one
! curl -sS --max-time 50 "http://127.0.0.2:$PORT/file.txt" 2>/dev/null || fail "a port alone is more than loopback"
hearth_stop INT
[ ! -e "$T/sock" ] || fail "the socket is left behind"

# A unix socket alone: no browser opens it, but the command that is shown does.
serve "$T/www" -l "unix:$T/sock"
how=$(sed -n 's|^hearth: to see it: ||p' "$T/stdout")
expect "the file by the command that is shown" "$(bash -c "${how}file.txt" 2>/dev/null)" one
hearth_stop INT

serve "$T/www" -l "*:$PORT"
grep -qF "at http://127.0.0.1:$PORT/ (" "$T/stdout" || fail "$(cat "$T/stdout")"
expect_log "^hearth: not only this machine can reach \*:$PORT: .*runs these scripts"
expect "from anywhere" "$(curl -sS "http://127.0.0.2:$PORT/file.txt")" one
hearth_stop INT

if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
	serve "$T/www" -l "[::1]:$PORT"
	expect "through IPv6" "$(curl -sS "http://[::1]:$PORT/file.txt")" one
	hearth_stop INT
fi

serve "$T/www" -l 0
[ "$(port_of_url)" -gt 0 ] || fail "no port from the kernel"
hearth_stop INT

refused "the address 80x has no port" "$T/www" -l 80x
refused "the address nowhere:80 " "$T/www" -l nowhere:80
refused "it is no address of this machine" "$T/www" -l "192.0.2.1:$PORT"
refused "needs a path that begins with /" "$T/www" -l unix:relative
refused "are the same address" "$T/www" -l "$PORT" -l "127.0.0.1:$PORT"
for words in "--warm" "-l" "$T/www $T/other" "-x"; do
	# shellcheck disable=SC2086 # two words may be in it
	"$T/bin/hearth" serve $words >"$T/stdout" 2>"$T/err"
	expect "exit status with $words" "$?" 64
	grep -q '^usage: hearth serve' "$T/err" || fail "no usage with $words"
done
"$T/bin/hearth" serve "$T/www" -l 2>&1 | grep -qF -- '-l needs a port' || fail "-l alone is not explained"
"$T/bin/hearth" serve --help | grep -q -- '-l unix:PATH' || fail "no help"
