#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve shows each request at once: on a terminal, and in a pipe, which goes on blocking
# those who share it with the log.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"

serve_on_terminal "$T/www" -l "127.0.0.1:$PORT"
get_ok '/file.txt?one'
wait_for 'grep -aE "200.*  GET .* /file.txt\?one" "$T/screen"'
raw 'GET /\033[2J\x9b HTTP/1.1\r\nHost: a\r\n\r\n' >/dev/null
wait_for 'grep -aF "/\\x1b[2J\\x9b" "$T/screen" || grep -aE "400.*  (GET|-) " "$T/screen"'
! grep -aF $'\033[2J' "$T/screen" || fail "a client has cleared the screen"
pids_of hearth | xargs kill -TERM
wait_quietly "$MANAGER"
MANAGER=
wait_for nothing_left

mkfifo "$T/pipe"
exec {reader}<>"$T/pipe"
"$T/bin/hearth" serve "$T/www" -l "127.0.0.1:$PORT" >"$T/stdout" 2>"$T/pipe" </dev/null &
MANAGER=$!
wait_for 'get /file.txt && [ "$STATUS" = 200 ]'
get_ok '/file.txt?three'
wait_for 'read -r -t 1 -u $reader line && [[ $line = *file.txt?three* ]]'
for pid in $(pids_of hearth); do
	[ "/proc/$pid/fd/2" -ef "$T/pipe" ] || continue
	flags=$(sed -n 's/^flags:[[:space:]]*//p' "/proc/$pid/fdinfo/2")
	expect "O_NONBLOCK of standard error" $((flags & 04000)) 0
	seen=1
done
expect "somebody writes to the pipe" "${seen:-0}" 1
hearth_stop
