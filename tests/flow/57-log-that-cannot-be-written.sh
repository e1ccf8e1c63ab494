#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Clients do not notice an access log whose disk is full, or whose reader sleeps or has gone; the
# error log says so, once.
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"

many()
{
	curl -sS -o /dev/null --max-time 50 "http://127.0.0.1:$PORT/file.txt?$1-[1-$2]" || fail "requests $1"
}

# ---- a full disk
head_of_conf "access.log = /dev/full" "threads = 2" >"$T/conf"
hearth_start "$T/conf"
many full 300
expect_log 'access\.log: No space left on device: lines are lost'
many full 300
hearth_stop QUIT
expect "complaints" "$(log_count 'lines are lost')" 1
expect_log '600 lines were lost'

# ---- a reader that sleeps
: >"$LOG"
mkfifo -m 666 "$T/fifo"
exec {reader}<>"$T/fifo"
head_of_conf "access.log = $T/fifo" "threads = 2" >"$T/conf"
eval "hearth_start '$T/conf' $reader<&-" # which is not to inherit it
many asleep 1000
expect_no_log 'lines are lost' # they wait
timeout 40 cat <&"$reader" >"$T/read" &
awake=$!
wait_for '[ "$(grep -c asleep "$T/read")" = 1000 ]'
expect "whole lines" "$(grep -cE '^127\.0\.0\.1 - - \[[^]]*\] "GET /file\.txt\?asleep-[0-9]+ HTTP/1\.1" 200 7 "-" "curl[^"]*"$' "$T/read")" 1000
kill "$awake"
wait "$awake"

# ---- and one that has gone
exec {reader}>&-
many gone 300
expect_log 'access\.log: Broken pipe: lines are lost'
exec {reader}<>"$T/fifo"
wait_for 'many back 1; grep -a "access.log: it is written again; [0-9]* lines were lost" "$LOG"'
hearth_stop

# ---- a sleeping reader of stderr stops nobody, at the end neither
: >"$LOG"
mkfifo -m 666 "$T/fifo2"
exec {reader}<>"$T/fifo2"
head_of_conf "access.log = stderr" "threads = 2" | sed "s|^error_log.*|error_log = $LOG|" >"$T/conf"
"$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>"$T/fifo2" </dev/null &
MANAGER=$!
wait_for 'grep -a "ready to handle connections" "$LOG"'
many stderr 1000
hearth_stop QUIT
expect_log '[0-9]+ lines were lost'
