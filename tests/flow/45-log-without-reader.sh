#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A log that is a FIFO is opened only if somebody reads it; nobody waits for a reader.
. "$(dirname "$0")/lib.sh"

{ head_of_conf "access.log = $T/access"; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
get_ok /app/hello hello
rm "$T/access"
mkfifo -m 666 "$T/access"

"$T/bin/hearth" reopen -s "$T/run/control.sock" 2>"$T/ctl.err" &
asker=$!
wait_quietly $asker
exec {reader}<>"$T/access"
expect "exit status of reopen" "$EXIT" 1
grep -q "access.log $T/access: " "$T/ctl.err" || fail "no complaint: $(cat "$T/ctl.err")"
get_ok /app/hello hello

ctl reopen || fail "with a reader: $(cat "$T/ctl.err")"
get_ok /app/hello?to-the-reader hello
wait_for "read -r -t 1 -u $reader line && [[ \$line = *to-the-reader* ]]"
exec {reader}>&-
hearth_stop
