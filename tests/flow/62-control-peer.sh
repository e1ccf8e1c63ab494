#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The control socket takes commands from root and its owner and from nobody else.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can play another user"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

ctl status || fail "root is refused: $(cat "$T/ctl.err")"
for verb in status reload stop; do
	setpriv --reuid nobody --regid nogroup --clear-groups \
		timeout 40 "$T/bin/hearth" "$verb" -s "$T/run/control.sock" >"$T/out" 2>&1 && fail "nobody may $verb"
done
# Even if the modes of file and directory let everybody in, the kernel says who it is.
chmod 777 "$T/run" "$T/run/control.sock"
setpriv --reuid nobody --regid nogroup --clear-groups \
	timeout 40 "$T/bin/hearth" stop -s "$T/run/control.sock" >"$T/out" 2>&1
expect "exit status for nobody" "$?" 1
get_ok /app/hello hello
hearth_stop
