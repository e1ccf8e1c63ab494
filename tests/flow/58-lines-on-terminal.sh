#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve shows each request at once: on a terminal, and in a pipe, which goes on blocking
# those who share it with the log.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"

stop_serving()
{
	kill -TERM "$(pids_of hearth)"
	wait_quietly "$MANAGER"
	MANAGER=
	wait_for nothing_left 5
}

mkfifo "$T/keys" # the terminal's keyboard, on which nobody types
exec {keys}<>"$T/keys"
command script -qefc "$T/bin/hearth serve $T/www -l 127.0.0.1:$PORT" "$T/screen" <"$T/keys" >"$T/out" &
MANAGER=$!
wait_for 'grep -a "http://127.0.0.1:$PORT" "$T/screen"'
get_ok '/file.txt?one'
wait_for 'grep -a "\"GET /file.txt?one HTTP/1.1\" 200 7" "$T/screen"' 2
get '/file.txt?two' -A $'\x9b2J'
wait_for 'grep -aF "two HTTP/1.1\" 200 7 \"-\" \"\\x9b2J\"" "$T/screen"' 2
stop_serving

mkfifo "$T/pipe"
exec {reader}<>"$T/pipe"
"$T/bin/hearth" serve "$T/www" -l "127.0.0.1:$PORT" >"$T/stdout" 2>"$T/pipe" </dev/null &
MANAGER=$!
wait_for 'get /file.txt && [ "$STATUS" = 200 ]'
get_ok '/file.txt?three'
wait_for 'read -r -t 1 -u $reader line && [[ $line = *file.txt?three* ]]'
flags=$(sed -n 's/^flags:[[:space:]]*//p' "/proc/$MANAGER/fdinfo/2")
expect "O_NONBLOCK of standard error" $((flags & 04000)) 0
stop_serving
