#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A daemon that has said it is ready serves; TERM, INT and QUIT each end it with status 0 and leave
# nothing behind, neither processes nor its control socket.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "hello from a file" >"$T/www/hello.txt"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"

for signal in TERM INT QUIT; do
	hearth_start "$T/conf"
	get_ok /hello.txt "hello from a file"
	expect "gateways" "$(count_of hearth-gateway)" 1
	[ -S "$T/run/control.sock" ] || fail "no control socket"
	hearth_stop "$signal"
	[ ! -e "$T/run/control.sock" ] || fail "the control socket is left after $signal"
done
