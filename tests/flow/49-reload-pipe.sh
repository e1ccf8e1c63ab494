#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A configuration that is no file any more is refused on reload; nobody waits for a writer.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
rm "$T/conf"
mkfifo "$T/conf"

"$T/bin/hearth" reload -s "$T/run/control.sock" 2>"$T/ctl.err" &
asker=$!
wait_quietly $asker
exec {fifo}<>"$T/conf" # whoever waited is let go
exec {fifo}>&-
expect "exit status of reload" "$EXIT" 1
grep -q "conf: this is not a file" "$T/ctl.err" || fail "no complaint: $(cat "$T/ctl.err")"
get_ok /app/hello hello
hearth_stop
