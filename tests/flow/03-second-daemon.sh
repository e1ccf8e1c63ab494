#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A second daemon on the same control socket and port is refused with a reason; the first serves on.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo one >"$T/www/one.txt"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
gateway=$(pids_of hearth-gateway)

timeout 40 "$T/bin/hearth" run -c "$T/conf" >"$T/second" 2>&1 </dev/null
code=$?
[ $code -ne 0 ] && [ $code -ne 124 ] || fail "the second daemon ended with $code"
[ -s "$T/second" ] || fail "the second daemon gave no reason"

get_ok /one.txt one
expect "the gateway" "$(pids_of hearth-gateway)" "$gateway"
ctl status || fail "the control socket does not answer any more"
hearth_stop
